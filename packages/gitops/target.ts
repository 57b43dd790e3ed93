import { execa } from "execa";
import { trimSecret } from "@gitops-platform/environments/keys";
import { Failure } from "@gitops-platform/contract/failure";
import { personal } from "@gitops-platform/clients/git/environment";

/** The GitOps repository that a command works on, and its token. */
export interface Target {
  readonly owner: string;
  readonly name: string;
  /** The host's URL without a path: `https://github.com`. */
  readonly server: string;
  /** The URL of its REST API: `https://api.github.com`, or `<server>/api/v3` on a GitHub Enterprise Server. */
  readonly api: string;
  /** A token with the permissions that the command needs. */
  readonly token: string;
}

/** The URL of a repository's page, or of a page below it, such as `/pull/7`. */
export function pageOf({ server, owner, name }: Pick<Target, "server" | "owner" | "name">, path = ""): string {
  return `${server}/${owner}/${name}${path}`;
}

/** Where to find the target. */
export interface TargetSources {
  /** `owner/name` or the URL; undefined: from the variables of GitHub Actions, or else the clone's `origin`. */
  readonly repository: string | undefined;
  /** Default: this process's. */
  readonly env?: NodeJS.ProcessEnv;
  /** Folder of the clone. Default: the working directory. */
  readonly folder?: string;
}

/**
 * Finds the repository, by the option, the variables of GitHub Actions or the clone in the folder, and the token.
 * @throws {Failure} if there is no repository or no token.
 */
export async function findTarget({ repository, env = process.env, folder = "." }: TargetSources): Promise<Target> {
  const server = (env.GITHUB_SERVER_URL ?? "https://github.com").replace(/\/$/, "");
  const named = repository ?? env.GITHUB_REPOSITORY;
  const address = named ?? (await originOf(folder));
  const found = parse(address ?? "", server);
  const problems = [];
  if (found && named === undefined && found.server !== server) {
    // A clone can be from anywhere, so it must not decide which host gets the token.
    problems.push(
      `origin: got ${found.server}; expected ${server}. ` +
        `Set GITHUB_SERVER_URL=${found.server} where your token is for that host.`,
    );
  }
  if (!found) {
    const got = address === undefined ? "nothing" : JSON.stringify(withoutPassword(address));
    problems.push(`repository: got ${got}; expected owner/name. Pass --repo owner/name, or run in a clone of it.`);
  }
  const token = [env.GITHUB_TOKEN, env.GH_TOKEN].map((value) => trimSecret(value ?? "")).find((value) => value !== "");
  if (token === undefined) {
    problems.push(
      "GITHUB_TOKEN: got nothing; expected a token that may read and write the repository. With the GitHub CLI: " +
        "export GITHUB_TOKEN=$(gh auth token)",
    );
  }
  if (token !== undefined && !/^[!-~]+$/.test(token)) {
    problems.push(
      "GITHUB_TOKEN: got a value with spaces, line ends or other letters in it; expected a token. " +
        "Copy the token alone.",
    );
  }
  if (!found || token === undefined || problems.length > 0) throw new Failure(...problems);
  const isHere = found.server === server;
  const api = isHere && env.GITHUB_API_URL !== undefined ? env.GITHUB_API_URL : apiOf(found.server);
  return { ...found, api: api.replace(/\/$/, ""), token };
}

function apiOf(server: string): string {
  return server === "https://github.com" ? "https://api.github.com" : `${server}/api/v3`;
}

function parse(address: string, server: string): Pick<Target, "owner" | "name" | "server"> | undefined {
  const short = /^([\w.-]+)\/([\w.-]+?)(?:\.git)?$/.exec(address);
  if (short?.[1] !== undefined && short[2] !== undefined) return { owner: short[1], name: short[2], server };
  const scp = /^(?:ssh:\/\/)?git@([^/:]+)[/:]([\w.-]+)\/([\w.-]+?)(?:\.git)?$/.exec(address);
  if (scp) return { owner: scp[2] ?? "", name: scp[3] ?? "", server: `https://${scp[1] ?? ""}` };
  const web = /^(https?:\/\/)(?:[^/@]*@)?([^/]+)\/([\w.-]+)\/([\w.-]+?)(?:\.git)?\/?$/.exec(address);
  if (web) return { owner: web[3] ?? "", name: web[4] ?? "", server: `${web[1] ?? ""}${web[2] ?? ""}` };
  return undefined;
}

async function originOf(folder: string): Promise<string | undefined> {
  // Uses the person's own settings, which may rewrite the URL by insteadOf.
  const { stdout, failed } = await execa("git", ["remote", "get-url", "origin"], {
    cwd: folder,
    env: personal(),
    extendEnv: false,
    reject: false,
  });
  return failed || stdout === "" ? undefined : stdout;
}

function withoutPassword(address: string): string {
  return address.replace(/\/\/[^/@]*@/, "//");
}
