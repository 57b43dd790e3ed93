import { generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type AppSlug, apps, emailOf, gitHostSeed, logins, organization, type Person } from "./accounts";
import { type EnvironmentName, environmentNames, forEnvironments, type SandboxPaths } from "./paths";

/** The sandbox's secrets. Random, made once, kept in files of mode 0600 below `.sandbox/`. */
export interface Credentials {
  /** Token of an owner of the organisation: what `pulumi up` of the owning stack uses. */
  platformToken: string;
  /** Token of a member who may only read: what Argo CD clones with. */
  argocdToken: string;
  /** Token that may start workflows: what a service's CI asks for a bump with. */
  ciToken: string;
  /** Token that may read the repository, its pull requests, checks and deployments: what the board looks with. */
  boardToken: string;
  /** Everybody's token. */
  people: Record<Person, string>;
  /** The keys by which the platform's Apps prove who they are, in PEM. */
  apps: Record<AppSlug, { privateKey: string; publicKey: string }>;
  /** Secret of each environment's Argo CD webhook. */
  webhookSecrets: Record<EnvironmentName, string>;
  /** Encrypts the secrets in the state of the Pulumi CLI, where that is used. */
  passphrase: string;
}

const random = (): string => randomBytes(20).toString("hex");

/**
 * The sandbox's secrets; made, and written with the Git host's accounts, when there are none yet.
 * @throws where an earlier version made them, which knew fewer accounts.
 */
export function ensureCredentials(paths: SandboxPaths): Credentials {
  if (existsSync(paths.credentials)) {
    const found = JSON.parse(readFileSync(paths.credentials, "utf8")) as Partial<Credentials>;
    if (isComplete(found)) return found;
    throw new Error(`${paths.credentials}: got an earlier version's; expected this one's. Run: npm run reset`);
  }
  const credentials: Credentials = {
    platformToken: random(),
    argocdToken: random(),
    ciToken: random(),
    boardToken: random(),
    people: fromKeys(logins, random),
    apps: fromKeys(Object.keys(apps) as AppSlug[], keyPair),
    webhookSecrets: forEnvironments(random),
    passphrase: random(),
  };
  writePrivate(paths.github.seed, JSON.stringify(gitHostSeed({ ...credentials, unused: random }), null, 2));
  writePrivate(paths.credentials, JSON.stringify(credentials, null, 2));
  return credentials;
}

/**
 * Writes a file for each person that makes a shell theirs: `. .sandbox/as/developer`, and `gitops` works as
 * `developer`.
 * @param gitHost The Git host's address.
 */
export function writeShellFiles(paths: SandboxPaths, { people }: Credentials, gitHost: string): void {
  const clusters = environmentNames.map((name) => `${name}=${paths.environments[name].kubeconfig}`);
  for (const login of logins) {
    const variables = {
      ...githubVariables(gitHost, people[login]),
      GIT_AUTHOR_NAME: login,
      GIT_AUTHOR_EMAIL: emailOf(login),
      // `gitops status` then shows drift, too.
      GITOPS_CLUSTERS: shellWord(clusters.join(",")),
      // It compares with what Helm renders.
      PATH: `${shellWord(paths.bin)}:"$PATH"`,
    };
    const lines = Object.entries(variables).map(([name, value]) => `export ${name}=${value}\n`);
    writePrivate(join(paths.as, login), lines.join(""));
  }
}

/** Quoted for a shell: the folder's name may have spaces. */
function shellWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** The variables by which `gitops` finds the GitOps repository and what it may do there. */
export function githubVariables(gitHost: string, token: string): Record<string, string> {
  return {
    GITHUB_SERVER_URL: gitHost,
    GITHUB_API_URL: `${gitHost}/api/v3`,
    GITHUB_REPOSITORY: `${organization}/gitops`,
    GITHUB_TOKEN: token,
  };
}

/** Writes a file that only its owner may read, and the folders above it. */
export function writePrivate(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, text, { mode: 0o600 });
}

function isComplete(found: Partial<Credentials>): found is Credentials {
  return (
    found.boardToken !== undefined &&
    logins.every((login) => found.people?.[login] !== undefined) &&
    Object.keys(apps).every((slug) => found.apps?.[slug as AppSlug] !== undefined)
  );
}

function keyPair(): { privateKey: string; publicKey: string } {
  // In the form in which GitHub hands out the keys of Apps.
  return generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
}

function fromKeys<K extends string, V>(keys: readonly K[], make: () => V): Record<K, V> {
  return Object.fromEntries(keys.map((key) => [key, make()])) as Record<K, V>;
}
