import { generateKeyPairSync, randomBytes } from "node:crypto";
import type { AppName } from "@gitops-platform/contract/apps";
import { Failure } from "@gitops-platform/contract/failure";
import { isMap } from "@gitops-platform/contract/values/plain";
import { sshPublicKey } from "@gitops-platform/environments/keys";
import type { Pulumi, StackFile, Stacks, Values } from "./stacks";
import type { State } from "./state";

/** A place of a secret: a stack, and the setting's path there. */
interface Place {
  readonly stack: StackFile;
  readonly path: string;
}

/** A secret that stacks need. All of its places have the same value. */
export interface Secret {
  /** Its name in the state, such as `webhook.dev`. */
  readonly name: string;
  readonly places: readonly Place[];
  /** Makes a value. Undefined: only GitHub can. */
  readonly make?: () => string;
}

/** The secret of each App's private key. */
export const keyOf = (app: AppName): string => `key.${app}`;

/** Every secret of the stacks, except the person's token. */
export function secretsOf({ all, owner }: Stacks): Secret[] {
  const webhooks = owner.get("webhooks");
  return [
    ...all.flatMap((stack): Secret[] => {
      const { environment } = stack;
      const isRegistered = isMap(webhooks) && webhooks[environment] !== undefined;
      return [
        {
          name: `webhook.${environment}`,
          places: [
            { stack, path: "webhookSecret" },
            ...(isRegistered ? [{ stack: owner, path: `webhookSecrets.${environment}` }] : []),
          ],
          make: () => randomBytes(32).toString("hex"),
        },
        ...(readsOtherwise(stack)
          ? []
          : [{ name: deployKey(environment), places: [{ stack, path: "repositoryKey" }], make: makeDeployKey }]),
      ];
    }),
    { name: keyOf("bump"), places: [{ stack: owner, path: "bumpAppKey" }] },
    { name: keyOf("release"), places: [{ stack: owner, path: "releaseAppKey" }] },
    { name: keyOf("argocd"), places: all.map((stack) => ({ stack, path: "deploymentsAppKey" })) },
  ];
}

/** Whether a secret is encrypted in the stacks' files, in all of its places. */
export function isStored({ places }: Secret): boolean {
  return places.every(({ stack, path }) => stack.has(path));
}

/** The secrets that are not stored yet, or whose public key the owning stack lacks: it cannot be found again. */
export function missingSecrets(stacks: Stacks): Secret[] {
  const lacksPublicKey = ({ name }: Secret) =>
    stacks.all.some(
      ({ environment }) =>
        name === deployKey(environment) && stacks.owner.get(`deployKeys.${environment}`) === undefined,
    );
  return secretsOf(stacks).filter((secret) => !isStored(secret) || lacksPublicKey(secret));
}

/** Whether Argo CD of a stack reads with another credential than a deploy key, which somebody set before. */
export function readsOtherwise(stack: StackFile): boolean {
  return stack.has("repositoryToken") || stack.has("repositoryAppKey");
}

/** Makes the secrets that neither the stacks' files nor the state have, and keeps them in the state. */
export function makeSecrets(stacks: Stacks, state: State): void {
  for (const { name, make } of missingSecrets(stacks)) if (make) state.secrets[name] ??= make();
  state.save();
}

/** The settings of the owning stack that follow from the deploy keys in the state. */
export function deployKeySettings({ all }: Stacks, state: State): Values {
  return Object.fromEntries(
    all.map(({ environment }) => {
      const key = state.secrets[deployKey(environment)];
      const value = key === undefined ? undefined : `${sshPublicKey(key) ?? ""} argocd-${environment}`;
      return [`deployKeys.${environment}`, value];
    }),
  );
}

/**
 * Encrypts every secret of the state into the stacks' files, and then removes it from the state.
 * @throws {Failure} if Pulumi refuses, or if an App's key is lost.
 */
export async function storeSecrets(stacks: Stacks, state: State, pulumi: Pulumi): Promise<void> {
  for (const secret of secretsOf(stacks)) {
    const value = state.secrets[secret.name];
    if (value === undefined) continue;
    for (const { stack, path } of secret.places) {
      await pulumi.setSecret(stack.environment, path, value);
      stack.reload();
    }
    state.secrets[secret.name] = undefined;
    state.save();
  }
}

/** The refusal of an App whose key neither the stacks' files nor the state have. */
export function lostKey(app: AppName, secret: Secret | undefined, page: string): Failure {
  const missing = (secret?.places ?? []).filter(({ stack, path }) => !stack.has(path));
  const commands = missing.map(
    ({ stack, path }) => `pulumi config set --secret ${path} -s ${stack.environment} < <the .pem file>`,
  );
  return new Failure(
    `key of the App ${app}: got nothing, here and in the stacks; expected the key that GitHub shows once. ` +
      `Generate a private key at ${page}, run the following, and then this command again:\n  ${commands.join("\n  ")}`,
  );
}

function deployKey(environment: string): string {
  return `deploy.${environment}`;
}

/** RSA, because every version of OpenSSH and Go reads it in the format that Node writes. */
function makeDeployKey(): string {
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 3072,
    publicKeyEncoding: { type: "pkcs1", format: "pem" },
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
  });
  return privateKey;
}
