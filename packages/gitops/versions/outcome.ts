import { isDeepStrictEqual } from "node:util";
import { environmentBranch } from "@gitops-platform/contract/branches";
import { Failure } from "@gitops-platform/contract/failure";
import { MANIFESTS, parseValuesPath, type ValuesFile, valuesPaths } from "@gitops-platform/contract/paths";
import type { Clone } from "../git/clone";
import { changesBetween } from "../git/file-history";
import { MAIN, remoteBranch } from "../git/refs";
import { GitFailure } from "../git/run-git";
import type { MergeResult } from "../github/merging";
import type { PullRequest } from "../github/pulls";
import type { Session } from "../session";
import { describeWaitReason, type WaitReason } from "../status/model";
import { imageAt, namesAt, textAt } from "../values/at";
import { leaves, summarizeValues } from "../values/differences";
import { sameVersion, type Version } from "@gitops-platform/contract/values/image";

/** The result of a bump, promotion or rollback. */
export interface Outcome {
  readonly service: string;
  /** The environment whose values changed. */
  readonly environment: string;
  /** The version: `sha-a1b2c3d` or `sha-a1b2c3d@sha256:…`. */
  readonly image: string;
  /**
   * - `already`: nothing had to be done. `merged`: it is on `main`. `waits`: a review is missing.
   * - `queued`: `gitops land` will merge the bump. `overtaken`: `main` has a newer version than the bump.
   * - `refused`: a bump cannot be merged, and has left the queue; or an automatic promotion failed. `reason` says why.
   * - `later`: an automatic promotion is not made yet. `waits` says why.
   */
  readonly state: "already" | "merged" | "waits" | "queued" | "overtaken" | "refused" | "later";
  /** Why it was refused. */
  readonly reason?: string;
  /** The pull request with the change. */
  readonly pullRequest?: PullRequest;
  /** The merge commit. */
  readonly commit?: string;
  /** Whose review is missing. */
  readonly waitsFor?: string;
  /** What an automatic promotion waits for. */
  readonly waits?: WaitReason;
  /** The version of a later change that has replaced it in the meantime. */
  readonly replacedBy?: string;
  /** The environment's approval branch, if the version runs only after the approval of a release into it. */
  readonly release?: string;
  /** The other changes by the commits that a rollback undoes, which it keeps. Absent if there are none. */
  readonly kept?: readonly Kept[];
  /** A summary for people, such as `Deploy api sha-a1b2c3d to dev`. */
  readonly summary: string;
}

/** The part of an outcome that comes from the merge of its pull request. */
export function landedOutcome(landed: MergeResult): Pick<Outcome, "state" | "pullRequest" | "commit" | "waitsFor"> {
  const pullRequest = { number: landed.number, url: landed.url };
  return landed.state === "merged"
    ? { state: "merged", pullRequest, commit: landed.commit }
    : { state: "waits", pullRequest, waitsFor: landed.for };
}

/** Describes an outcome on one line, and changes that a rollback keeps on further lines. */
export function describeOutcome(outcome: Outcome): string {
  const { summary, state, environment, pullRequest, waitsFor, replacedBy, release, reason, waits, kept = [] } = outcome;
  const line = {
    already: `${summary}: nothing to do, it is there already.`,
    merged: `${summary}: merged${pullRequest ? `, ${pullRequest.url}` : ""}`,
    waits: `${summary}: waits for ${waitsFor ?? "review"}, ${pullRequest?.url ?? ""}`,
    queued: `${summary}: waits in the queue. The workflow Land merges it.`,
    overtaken: `${summary}: dropped, because main has a newer version.`,
    refused: `${summary}: refused. ${reason ?? ""}`,
    later: `${summary}: waits for ${waits === undefined ? "later" : describeWaitReason(waits)}.`,
  }[state];
  const more = [
    replacedBy === undefined ? "" : `${replacedBy} came after it.`,
    release === undefined || ["waits", "refused", "later"].includes(state)
      ? ""
      : `${environment} gets it when its release into ${release} is approved.`,
  ].filter((text) => text !== "");
  return [[line, ...more].join(" "), ...describeKept(kept)].join("\n");
}

/** Changes by a commit other than a service's image that `main` still has after the image's rollback. */
interface Kept {
  readonly commit: string;
  /** The Git command that undoes the whole commit, for a pull request. */
  readonly undo: string;
  /** Keys of the service's values file, such as `resources.limits.cpu`. */
  readonly values: readonly string[];
  /** Paths of other files. */
  readonly files: readonly string[];
}

/**
 * The other changes by the commits that a rollback undoes, newest first. A commit that changed only images of several
 * services, such as a batch of bumps, has none.
 */
export async function keptOf(clone: Clone, commits: readonly string[], file: ValuesFile): Promise<Kept[]> {
  const found: Kept[] = [];
  await clone.prefetch(commits.flatMap((commit) => [...namesAt(`${commit}^1`, file), ...namesAt(commit, file)]));
  for (const commit of commits) {
    const [id, before, ...more] = (await clone.git("rev-list", "--parents", "--max-count=1", commit)).split(" ");
    if (id === undefined || before === undefined) continue;
    const values = await keptValues(clone, { before, commit, file });
    const files = (await keptFiles(clone, before, commit)).filter((path) => !valuesPaths(file).includes(path));
    if (values.length === 0 && files.every(parseValuesPath)) continue;
    found.push({ commit, undo: `git revert${more.length > 0 ? " -m 1" : ""} ${commit.slice(0, 12)}`, values, files });
  }
  return found;
}

/** Describes the remaining changes of each commit. */
export function describeKept(kept: readonly Kept[]): string[] {
  return kept.map(({ commit, undo, values, files }) => {
    const what = [...shorten(values), ...shorten(files)].join(", ");
    return (
      `Only the image went back: what else ${commit.slice(0, 12)} changed stays (${what}). ` +
      `To undo all of that commit, bring this in by a pull request: ${undo}`
    );
  });
}

/** The maximum number of names to print. JSON has all of them. */
const SHOWN = 5;

function shorten(names: readonly string[]): string[] {
  return names.length <= SHOWN ? [...names] : [...names.slice(0, SHOWN), `${names.length - SHOWN} more`];
}

async function keptValues(
  clone: Clone,
  { before, commit, file }: { readonly before: string; readonly commit: string; readonly file: ValuesFile },
): Promise<string[]> {
  const [was, made, is] = await Promise.all([before, commit, MAIN].map((revision) => valuesOf(clone, revision, file)));
  if (!was || !made || !is) return [];
  return [...new Set([...was.keys(), ...made.keys()])].filter(
    (key) => !isDeepStrictEqual(was.get(key), made.get(key)) && !isDeepStrictEqual(was.get(key), is.get(key)),
  );
}

/** The values that a rollback does not restore. Undefined if there is no file, or if it cannot be read. */
async function valuesOf(clone: Clone, revision: string, file: ValuesFile): Promise<Map<string, unknown> | undefined> {
  try {
    const found = await textAt(clone, revision, file);
    return found && leaves(summarizeValues(found.text, found.source).others);
  } catch (error) {
    if (error instanceof GitFailure || !(error instanceof Failure)) throw error;
    return undefined;
  }
}

async function keptFiles(clone: Clone, before: string, commit: string): Promise<string[]> {
  const changes = await changesBetween(clone, before, commit);
  const now = await changesBetween(clone, before, MAIN);
  const differ = new Set(now.map(({ path }) => path));
  // Manifests follow from the other files.
  return changes.map(({ path }) => path).filter((path) => differ.has(path) && !path.startsWith(`${MANIFESTS}/`));
}

/** The branch that an environment follows, where it has one; undefined: it follows `main`. */
export async function branchOf({ clone }: Session, environment: string): Promise<string | undefined> {
  const branch = environmentBranch(environment);
  return (await clone.resolve(remoteBranch(branch))) === undefined ? undefined : branch;
}

/** The branch into which a version has still to be released before the environment runs it. */
export async function releaseOf(
  session: Session,
  file: ValuesFile,
  version: Version,
): Promise<Pick<Outcome, "release">> {
  const release = await branchOf(session, file.environment);
  if (release === undefined) return {};
  const released = await imageAt(session.clone, remoteBranch(release), file);
  return released && sameVersion(released, version) ? {} : { release };
}
