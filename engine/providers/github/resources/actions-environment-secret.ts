import type { Applied, Inputs } from "../../../provider";
import { type ResourceKind, stringInput } from "../resource-kind";
import type { GitHub } from "../rest";
import { seal } from "../sealed-box";

interface PublicKey {
  key_id: string;
  key: string;
}

interface Secret {
  created_at: string;
  updated_at: string;
}

/**
 * `github.ActionsEnvironmentSecret`; id `<repository>:<environment>:<name>`, with `:` in the environment escaped as
 * `??`. GitHub never returns a secret's value, so only a change in the program updates it.
 */
export const actionsEnvironmentSecret: ResourceKind = {
  inputs: ["repository", "environment", "secretName", "value"],
  required: ["repository", "environment", "secretName", "value"],
  replaceOn: ["repository", "environment", "secretName"],
  computed: ["keyId", "createdAt", "updatedAt", "remoteUpdatedAt"],

  create: async (github, inputs) => put(github, secretIdOf(inputs), inputs),

  update: async (github, old, inputs) => put(github, parseId(old.id), inputs),

  async read(github, id, inputs) {
    const { name, ...rest } = parseId(id);
    const found = (await github.find(pathOf(github, { name, ...rest }))) as Secret | undefined;
    return found && { id, outputs: { ...inputs, ...rest, secretName: name, ...times(found) } };
  },

  // The secret's creator is unknown, but that does not matter: a create overwrites an existing secret.
  find: (_github, inputs) => Promise.resolve(idOf(secretIdOf(inputs))),

  async delete(github, state) {
    await github.call("DELETE", pathOf(github, parseId(state.id)));
  },
};

interface SecretId {
  repository: string;
  environment: string;
  name: string;
}

async function put(github: GitHub, secretId: SecretId, inputs: Inputs): Promise<Applied> {
  const key = (await github.call("GET", pathOf(github, { ...secretId, name: "public-key" }))) as PublicKey;
  const body = { encrypted_value: await seal(stringInput(inputs, "value"), key.key), key_id: key.key_id };
  await github.call("PUT", pathOf(github, secretId), body);
  const written = (await github.find(pathOf(github, secretId))) as Secret | undefined;
  return { id: idOf(secretId), outputs: { ...inputs, keyId: key.key_id, ...(written && times(written)) } };
}

function times({ created_at, updated_at }: Secret): Inputs {
  return { createdAt: created_at, updatedAt: updated_at, remoteUpdatedAt: updated_at };
}

function pathOf(github: GitHub, { repository, environment, name }: SecretId): string {
  const secrets = github.repository(repository, "environments", encodeURIComponent(environment), "secrets");
  return `${secrets}/${encodeURIComponent(name)}`;
}

function secretIdOf(inputs: Inputs): SecretId {
  return {
    repository: stringInput(inputs, "repository"),
    environment: stringInput(inputs, "environment"),
    name: stringInput(inputs, "secretName"),
  };
}

function idOf({ repository, environment, name }: SecretId): string {
  return [repository, environment.replaceAll(":", "??"), name].join(":");
}

function parseId(id: string): SecretId {
  const [repository = "", environment = "", name = ""] = id.split(":");
  return { repository, environment: environment.replaceAll("??", ":"), name };
}
