import { generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type AppSlug, apps, emailOf, gitHostSeed, logins, organization, type Person } from "./accounts";
import { type EnvironmentName, environmentNames, forEnvironments, type SandboxPaths } from "./paths";

/** The sandbox's secrets: random, generated once, and stored in files of mode 0600 below `.sandbox/`. */
export interface Credentials {
  /** Token of an owner of the organisation, used by `pulumi up` of the stack that owns the repository. */
  platformToken: string;
  /** Token of a member with read access only, which Argo CD uses to clone. */
  argocdToken: string;
  /** Token that can start workflows, which a service's CI uses to request a bump. */
  ciToken: string;
  /** Token that can read the repository, its pull requests, checks and deployments, used by the board. */
  boardToken: string;
  /** Token of each person. */
  people: Record<Person, string>;
  /** The key pairs with which the platform's Apps authenticate, in PEM. */
  apps: Record<AppSlug, { privateKey: string; publicKey: string }>;
  /** Secret of each environment's Argo CD webhook. */
  webhookSecrets: Record<EnvironmentName, string>;
  /** Encrypts the secrets in the Pulumi CLI's state, if the CLI is used. */
  passphrase: string;
}

const random = (): string => randomBytes(20).toString("hex");

/**
 * Returns the sandbox's secrets. If there are none yet, generates them and writes them and the Git host's seed.
 * @throws if an earlier version, which had fewer accounts, generated them
 */
export function ensureCredentials(paths: SandboxPaths): Credentials {
  if (existsSync(paths.credentials)) {
    const found = JSON.parse(readFileSync(paths.credentials, "utf8")) as Partial<Credentials>;
    if (isComplete(found)) return found;
    throw new Error(`${paths.credentials}: got an earlier version's secrets; expected this one's. Run: npm run reset`);
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
  writePrivate(paths.github.seed, JSON.stringify(gitHostSeed({ ...credentials, unusedToken: random }), null, 2));
  writePrivate(paths.credentials, JSON.stringify(credentials, null, 2));
  return credentials;
}

/**
 * Writes a shell file for each person: after `. .sandbox/as/developer`, `gitops` acts as `developer`.
 * @param gitHost the Git host's URL
 */
export function writeShellFiles(paths: SandboxPaths, { people }: Credentials, gitHost: string): void {
  const clusters = environmentNames.map((name) => `${name}=${paths.environments[name].kubeconfig}`);
  for (const login of logins) {
    const variables = {
      ...githubVariables(gitHost, people[login]),
      GIT_AUTHOR_NAME: login,
      GIT_AUTHOR_EMAIL: emailOf(login),
      // With it, `gitops status` also shows drift.
      GITOPS_CLUSTERS: shellQuote(clusters.join(",")),
      // The drift check compares with Helm's output, so it needs the sandbox's Helm.
      PATH: `${shellQuote(paths.bin)}:"$PATH"`,
    };
    const lines = Object.entries(variables).map(([name, value]) => `export ${name}=${value}\n`);
    writePrivate(join(paths.as, login), lines.join(""));
  }
}

/** Quotes a string for a shell: the folder's name may contain spaces. */
function shellQuote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** The environment variables that tell `gitops` which repository to use, and with which token. */
export function githubVariables(gitHost: string, token: string): Record<string, string> {
  return {
    GITHUB_SERVER_URL: gitHost,
    GITHUB_API_URL: `${gitHost}/api/v3`,
    GITHUB_REPOSITORY: `${organization}/gitops`,
    GITHUB_TOKEN: token,
  };
}

/** Writes a file that only its owner can read, and creates missing parent folders. */
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
  // The formats in which GitHub provides App keys.
  return generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
}

function fromKeys<K extends string, V>(keys: readonly K[], make: () => V): Record<K, V> {
  return Object.fromEntries(keys.map((key) => [key, make()])) as Record<K, V>;
}
