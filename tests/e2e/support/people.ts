import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Octokit } from "@octokit/rest";
import { execa } from "execa";
import { type Check, checkName } from "@gitops-platform/contract/checks";
import type { ServiceOutcome } from "@gitops-platform/gitops/catalogue/change";
import { organization, type Person } from "@gitops-platform/sandbox/accounts";
import type { Credentials } from "@gitops-platform/sandbox/credentials";
import { gitHostUrl } from "@gitops-platform/sandbox/stack-files";
import { rememberedPorts } from "@gitops-platform/sandbox/ports";
import { until } from "@gitops-platform/clients/until";
import { git, paths, root } from "./platform";

/** The GitOps repository, as parameters of Octokit's calls. */
export const gitops = { owner: organization, repo: "gitops" } as const;

/** The sandbox's secrets. */
export function credentials(): Credentials {
  return JSON.parse(readFileSync(paths.credentials, "utf8")) as Credentials;
}

/** The Git host's URL. */
export async function gitHost(): Promise<string> {
  return gitHostUrl(await rememberedPorts(paths));
}

/** A client of GitHub's API with a token. */
export async function withToken(token: string): Promise<Octokit> {
  return new Octokit({ auth: token, baseUrl: `${await gitHost()}/api/v3`, log: quiet });
}

/** A client of GitHub's API as one of the sandbox's people. */
export function as(login: Person): Promise<Octokit> {
  return withToken(credentials().people[login]);
}

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** Runs `gitops …` as one of the sandbox's people. Never rejects. */
export async function cli(login: Person, ...args: string[]) {
  return start(login, ...args);
}

/** Like {@link cli}, but returns the running process. */
export function start(login: Person, ...args: string[]) {
  const lines = readFileSync(join(paths.as, login), "utf8").matchAll(/^export (\w+)=(.*)$/gm);
  const variables = [...lines].map(([, name = "", value = ""]): [string, string] => [name, value]);
  // Promotions rely on the health that clusters reported to GitHub. A test that reads a cluster names it explicitly.
  const env = Object.fromEntries(variables.filter(([name]) => name !== "GITOPS_CLUSTERS"));
  return execa(process.execPath, [join(root, "packages/gitops/bin/gitops.js"), ...args], {
    cwd: paths.folder,
    env: { ...env, PATH: `${paths.bin}:${process.env.PATH ?? ""}`, NO_COLOR: "1" },
    reject: false,
    all: true,
  });
}

/** The pull request that {@link propose} opens. */
export interface Proposal {
  by: Person;
  base: string;
  title: string;
  /** The head branch. Default: a new one. */
  branch?: string;
  /** Path → new content. */
  files: Readonly<Record<string, string>>;
}

/** Opens a pull request that changes files, like GitHub's web interface. */
export async function propose(proposal: Proposal): Promise<number> {
  const { by, base, title, files } = proposal;
  const { rest } = await as(by);
  const { branch = `${by}/${title.toLowerCase().replace(/[^a-z0-9]+/g, "-")}-${Date.now()}` } = proposal;
  const { data: start } = await rest.git.getRef({ ...gitops, ref: `heads/${base}` });
  await rest.git.createRef({ ...gitops, ref: `refs/heads/${branch}`, sha: start.object.sha });
  for (const [path, text] of Object.entries(files)) await writeFile(by, branch, path, text, title);
  const { data } = await rest.pulls.create({ ...gitops, title, head: branch, base });
  return data.number;
}

/** Commits a file to a branch, like GitHub's editor. */
export async function writeFile(
  by: Person,
  branch: string,
  path: string,
  text: string,
  message: string,
): Promise<void> {
  const { rest } = await as(by);
  const existing = await rest.repos.getContent({ ...gitops, path, ref: branch }).catch(() => undefined);
  const sha = existing && "sha" in existing.data ? existing.data.sha : undefined;
  const content = Buffer.from(text).toString("base64");
  await rest.repos.createOrUpdateFileContents({ ...gitops, branch, path, content, message, ...(sha && { sha }) });
}

/** A file's content on a branch. */
export async function fileOn(branch: string, path: string): Promise<string> {
  const { rest } = await as("developer");
  const { data } = await rest.repos.getContent({ ...gitops, path, ref: branch });
  if (!("content" in data)) throw new Error(`${path} on ${branch} is no file`);
  return Buffer.from(data.content, "base64").toString();
}

/**
 * Waits until the release App has set a check on a pull request's head, and returns its conclusion; `in_progress` while
 * it runs, as four-eyes does from the approval to the merge.
 */
export async function conclusion(pull: number, check: Check, wanted?: string): Promise<string> {
  const { rest } = await as("developer");
  return until<string>(`${check} on #${pull}`, async () => {
    const { data } = await rest.pulls.get({ ...gitops, pull_number: pull });
    const name = checkName(check, data.base.ref);
    const { data: found } = await rest.checks.listForRef({ ...gitops, ref: data.head.sha, check_name: name });
    const set = found.check_runs.find(({ app }) => app?.slug === "gitops-release");
    const got = set?.conclusion ?? set?.status ?? "nothing";
    const done = set && (wanted === undefined || got === wanted);
    return done ? { done: got } : { waitingFor: `the App gitops-release reported ${got}` };
  });
}

/** Waits for `validate` and merges, like GitHub's merge button. Returns the merge commit. */
export async function merge(by: Person, pull: number): Promise<string> {
  await conclusion(pull, "validate", "success");
  const { rest } = await as(by);
  const { data } = await rest.pulls.merge({ ...gitops, pull_number: pull, merge_method: "merge" });
  return data.sha;
}

/** Approves a pull request as one of the platform team, and merges it. */
export async function approveAndMerge(pull: number): Promise<void> {
  const { rest } = await as("engineer");
  await rest.pulls.createReview({ ...gitops, pull_number: pull, event: "APPROVE" });
  await merge("developer", pull);
}

/**
 * Opens a pull request into `main` from the developer's clone, with what is rendered from the catalogue, as
 * docs/adding-a-service.md says.
 */
export async function proposeRendered(title: string, files: Readonly<Record<string, string>>): Promise<number> {
  const branch = `developer/${title.toLowerCase().replace(/[^a-z0-9]+/g, "-")}-${Date.now()}`;
  await git("fetch", "--quiet", "origin");
  await git("switch", "--quiet", "--create", branch, "origin/main");
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(paths.clone, path)), { recursive: true });
    writeFileSync(join(paths.clone, path), text);
  }
  const program = join(paths.clone, ".github/gitops/gitops.mjs");
  await execa(process.execPath, [program, "service", "render"], { cwd: paths.clone });
  await git("add", "--all");
  await git("commit", "--quiet", "--message", title);
  await git("push", "--quiet", "origin", branch);
  await git("switch", "--quiet", "main");
  const { rest } = await as("developer");
  const { data } = await rest.pulls.create({ ...gitops, title, head: branch, base: "main" });
  return data.number;
}

/** Runs `gitops service …` as the developer. Returns the number of the pull request that it opens. */
export async function changesService(...args: string[]): Promise<number> {
  const { exitCode, stdout, all } = await cli("developer", "service", ...args, "--json");
  if (exitCode !== 0) throw new Error(all);
  const { pullRequest } = JSON.parse(stdout) as ServiceOutcome;
  if (pullRequest === undefined) throw new Error(`no pull request: ${stdout}`);
  return pullRequest.number;
}

/** Waits until the workflow has opened a service's release with a string in its title. */
export async function openRelease(service: string, text: string): Promise<number> {
  const { rest } = await as("developer");
  return until<number>(`a release of ${service} with ${text}`, async () => {
    const head = `${gitops.owner}:release/prod/${service}`;
    const { data } = await rest.pulls.list({ ...gitops, head, state: "open" });
    const found = data.find(({ title }) => title.includes(text));
    return found ? { done: found.number } : { waitingFor: data.map(({ title }) => title).join(", ") || "none is open" };
  });
}

/** Waits for an open pull request of bumps. */
export async function openBump(): Promise<number> {
  const { rest } = await as("developer");
  return until<number>("the bump's pull request", async () => {
    const { data } = await rest.pulls.list({ ...gitops, state: "open" });
    const found = data.find(({ head }) => head.ref.startsWith("bump/"));
    return found ? { done: found.number } : { waitingFor: "none is open" };
  });
}
