import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { SeedInput } from "./github/seed";
import { type EnvironmentName, forEnvironments, type SandboxPaths } from "./paths";

/** The sandbox's secrets. Random, made once, kept in files of mode 0600 below `.sandbox/`. */
export interface Credentials {
  /** Token of an owner of the organisation: what `pulumi up` of the owning stack uses. */
  platformToken: string;
  /** Token of a member who may write to the GitOps repository: what a person in the sandbox pushes with. */
  developerToken: string;
  /** Token of a member who may only read: what Argo CD clones with. */
  argocdToken: string;
  /** Secret of each environment's Argo CD webhook. */
  webhookSecrets: Record<EnvironmentName, string>;
  /** Encrypts the secrets in the state of the Pulumi CLI, where that is used. */
  passphrase: string;
}

/** The organisation that owns the sandbox's repositories. */
export const organization = "vaarak";

const random = (): string => randomBytes(20).toString("hex");

/** The sandbox's secrets; made, and written with the Git host's accounts, when there are none yet. */
export function ensureCredentials(paths: SandboxPaths): Credentials {
  if (existsSync(paths.credentials)) return JSON.parse(readFileSync(paths.credentials, "utf8")) as Credentials;
  const credentials: Credentials = {
    platformToken: random(),
    developerToken: random(),
    argocdToken: random(),
    webhookSecrets: forEnvironments(random),
    passphrase: random(),
  };
  writePrivate(paths.github.seed, JSON.stringify(gitHostSeed(credentials), null, 2));
  writePrivate(paths.credentials, JSON.stringify(credentials, null, 2));
  return credentials;
}

/** The accounts that the Git host starts with. */
function gitHostSeed(credentials: Credentials): SeedInput {
  return {
    organizations: [{ login: organization }],
    users: [
      { login: "platform", token: credentials.platformToken, organizations: { [organization]: "admin" } },
      {
        login: "developer",
        token: credentials.developerToken,
        organizations: { [organization]: "member" },
        repositories: { [`${organization}/gitops`]: "write" },
      },
      { login: "argocd", token: credentials.argocdToken, organizations: { [organization]: "member" } },
    ],
  };
}

/** Writes a file that only its owner may read, and the folders above it. */
export function writePrivate(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, text, { mode: 0o600 });
}
