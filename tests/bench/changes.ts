import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Octokit } from "@octokit/rest";
import { execa } from "execa";
import { organization } from "@gitops-platform/sandbox/accounts";
import { ensureCredentials } from "@gitops-platform/sandbox/credentials";
import { rememberedPorts } from "@gitops-platform/sandbox/ports";
import { gitHostUrl } from "@gitops-platform/sandbox/stack-files";
import { until } from "@gitops-platform/clients/until";
import { paths } from "./sandbox";

/** The GitOps repository. */
export const gitops = { owner: organization, repo: "gitops" } as const;

/** Git in the sandbox's clone, as the developer. */
export const git = (...args: string[]) => execa("git", args, { cwd: paths.clone });

/** The Git host's address. */
export async function gitHost(): Promise<string> {
  return gitHostUrl(await rememberedPorts(paths));
}

/** GitHub's API with a token. */
export async function github(auth: string): Promise<Octokit> {
  return new Octokit({ auth, baseUrl: `${await gitHost()}/api/v3` });
}

/** Everybody's tokens. */
export const credentials = () => ensureCredentials(paths);

let last = 0;

/** A version that there was not yet. */
export function newTag(): string {
  return `sha-${(++last).toString(16).padStart(7, "0")}`;
}

/** Path of a service's values in dev. */
export const valuesFile = (service: string) => `environments/dev/${service}.yaml`;

/** Writes a tag into a service's values in the clone. */
export async function writeTag(service: string, tag: string): Promise<void> {
  const file = join(paths.clone, valuesFile(service));
  await writeFile(file, (await readFile(file, "utf8")).replace(/tag: .*/, `tag: "${tag}"`));
}

/** Proposes what is different in the clone, and waits until it may be merged. Returns the pull request's number. */
export async function propose({ rest }: Octokit, branch: string, approver?: Octokit): Promise<number> {
  await git("switch", "--quiet", "--force-create", branch, "--no-track", "origin/main");
  await git("add", "--all");
  await git("commit", "--quiet", "--message", `Bench: ${branch}`);
  await git("push", "--quiet", "origin", branch);
  const { data } = await rest.pulls.create({ ...gitops, title: `Bench: ${branch}`, head: branch, base: "main" });
  await approver?.rest.pulls.createReview({ ...gitops, pull_number: data.number, event: "APPROVE" });
  return until<number>(
    `${branch} may be merged`,
    async () => {
      const { data: pull } = await rest.pulls.get({ ...gitops, pull_number: data.number });
      return pull.mergeable_state === "clean" ? { done: pull.number } : { waitingFor: pull.mergeable_state };
    },
    { timeoutSeconds: 900 },
  );
}

/** Merges a pull request. Returns when the host had accepted it, by `performance.now()`. */
export async function mergePull({ rest }: Octokit, pull: number): Promise<number> {
  await rest.pulls.merge({ ...gitops, pull_number: pull, merge_method: "merge" });
  return performance.now();
}

/** Brings the clone to the host's `main`. */
export async function updateClone(): Promise<void> {
  await git("fetch", "--quiet", "origin", "main");
  await git("switch", "--quiet", "main");
  await git("reset", "--quiet", "--hard", "origin/main");
}
