import assert from "node:assert/strict";
import { until } from "@gitops-platform/clients/until";
import { gitops } from "../../e2e/support/people";
import { afterwards } from "./cleaning";
import type { Actor } from "./actors";
import { type Answer, allowed, call } from "./github";
import type { Files, CommitMetadata, Workshop } from "./git";

/** The fields of a pull request that attacks use. */
export interface Pull {
  readonly number: number;
  readonly title: string;
  readonly state: string;
  readonly merged: boolean;
  readonly body: string | null;
  readonly html_url: string;
  readonly head: { readonly ref: string; readonly sha: string };
  readonly base: { readonly ref: string };
  readonly user: { readonly login: string };
}

let count = 0;

/** A branch name that no earlier attack used. */
export function freshBranch(prefix = "attack"): string {
  count += 1;
  return `${prefix}-${process.pid}-${count}`;
}

/** Pushes a commit as a branch and opens a pull request for it. Both are removed afterwards. */
export async function open(
  workshop: Workshop,
  by: Actor,
  commit: string,
  base: string,
  { title = "Change", branch = freshBranch() } = {},
): Promise<Pull> {
  const pushed = await workshop.push(by, `${commit}:refs/heads/${branch}`);
  if (pushed.refused) throw new Error(`${branch}: ${pushed.said}`);
  return openBranch(by, branch, base, title);
}

/** Opens a pull request for an existing branch. It is closed afterwards. */
export async function openBranch(by: Actor, branch: string, base: string, title = "Change"): Promise<Pull> {
  const pull = await allowed<Pull>(by, "POST", "pulls", { title, head: branch, base });
  afterwards(() => close(pull.number));
  return pull;
}

/** Opens a pull request that changes files. */
export async function propose(
  workshop: Workshop,
  by: Actor,
  base: string,
  files: Files,
  more: CommitMetadata & { title?: string; branch?: string } = {},
): Promise<Pull> {
  await workshop.fetch();
  const commit = workshop.commit(workshop.tip(base), files, { email: `${by}@users.noreply.localhost`, ...more });
  return open(workshop, by, commit, base, more);
}

export async function close(number: number): Promise<void> {
  const { state } = await pullOf(number);
  if (state === "open") await allowed("the organisation's owner", "PATCH", `pulls/${number}`, { state: "closed" });
}

export function pullOf(number: number): Promise<Pull> {
  return allowed<Pull>("developer", "GET", `pulls/${number}`);
}

/** Approves the current state of a pull request. Returns GitHub's response. */
export function approve(by: Actor, number: number): Promise<Answer> {
  return call(by, "POST", `pulls/${number}/reviews`, { event: "APPROVE" });
}

export function merge(by: Actor, number: number): Promise<Answer> {
  return call(by, "PUT", `pulls/${number}/merge`, { merge_method: "merge" });
}

/** The state of a release App's check on a commit. */
export interface Verdict {
  readonly status: string;
  readonly conclusion: string | null;
  /** Title and summary. */
  readonly said: string;
}

/** The name of a check for pull requests into a branch. */
export function checkName(check: "validate" | "four-eyes", base: string): string {
  return base === "main" ? check : `${check} (${base})`;
}

/** Waits until `validate` has completed on a pull request's head. */
export async function validated({ number, base }: Pick<Pull, "number" | "base">): Promise<Verdict> {
  return until<Verdict>(`validate on #${number}`, async () => {
    const found = await verdictOn(number, checkName("validate", base.ref));
    return found?.status === "completed" ? { done: found } : { waitingFor: found?.status ?? "no check" };
  });
}

/** Asserts that `validate` refuses a pull request with a message that matches a pattern. Returns the message. */
export async function invalid(pull: Pull, pattern: RegExp): Promise<string> {
  const { conclusion, said } = await validated(pull);
  assert.equal(conclusion, "failure", `validate: ${said}`);
  if (!pattern.test(said)) throw new Error(`validate refused for another reason: ${said}`);
  return `validate: ${lineLike(said, pattern)}`;
}

/** The release App's newest check with a name on a pull request's head. */
export async function verdictOn(number: number, name: string): Promise<Verdict | undefined> {
  const { head } = await pullOf(number);
  const query = `check_name=${encodeURIComponent(name)}&filter=latest`;
  const { check_runs: runs } = await allowed<{ check_runs: CheckRun[] }>(
    "developer",
    "GET",
    `commits/${head.sha}/check-runs?${query}`,
  );
  const [newest] = runs.filter(({ app }) => app?.slug === "gitops-release").sort((a, b) => b.id - a.id);
  if (!newest) return undefined;
  const { status, conclusion, output } = newest;
  return { status, conclusion, said: `${output.title ?? ""}\n${output.summary ?? ""}` };
}

interface CheckRun {
  readonly id: number;
  readonly status: string;
  readonly conclusion: string | null;
  readonly app: { readonly slug: string } | null;
  readonly output: { readonly title: string | null; readonly summary: string | null };
}

export function lineLike(text: string, pattern: RegExp): string {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return (lines.find((line) => pattern.test(line)) ?? lines[0] ?? "").replace(/^[-#]\s*/, "");
}

/** Waits until the workflow has opened a service's release with a string in its title. */
export async function releaseOf(text: string, service = "api"): Promise<Pull> {
  return until<Pull>(`a release of ${service} with ${text}`, async () => {
    const head = `${gitops.owner}:release/prod/${service}`;
    const pulls = await allowed<Pull[]>("developer", "GET", `pulls?head=${encodeURIComponent(head)}&state=open`);
    const found = pulls.find(({ title }) => title.includes(text));
    return found ? { done: found } : { waitingFor: pulls.map(({ title }) => title).join(", ") || "none is open" };
  });
}
