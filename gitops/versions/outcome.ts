import { isDeepStrictEqual } from "node:util";
import { parse } from "yaml";
import { environmentBranch } from "../../contract/branches";
import { MANIFESTS, parseValuesPath, type ValuesFile, valuesPath } from "../../contract/paths";
import type { Clone } from "../git/clone";
import { changesBetween } from "../git/file-history";
import { MAIN, remoteBranch } from "../git/refs";
import type { Landed } from "../github/merging";
import type { PullRequest } from "../github/pulls";
import type { Session } from "../session";
import { leaves } from "../values/differences";
import { readImage, sameVersion, type Version } from "../values/image";

/** What a change of a service's version came to. */
export interface Outcome {
  readonly service: string;
  /** The environment whose values changed. */
  readonly environment: string;
  /** The version, as `sha-a1b2c3d` or `sha-a1b2c3d@sha256:…`. */
  readonly image: string;
  /** `already`: nothing was to do; `merged`: it is on `main`; `waits`: a review is missing. */
  readonly state: "already" | "merged" | "waits";
  /** What brought it, or is to. */
  readonly pullRequest?: PullRequest;
  /** The merge's commit. */
  readonly commit?: string;
  /** Whose review is missing. */
  readonly waitsFor?: string;
  /** The version that another change brought over it meanwhile. */
  readonly replacedBy?: string;
  /** The environment's branch, where it runs only once a release into that was approved. */
  readonly release?: string;
  /** What of the commits whose image a rollback undoes stays, because it is no image. Not there where nothing does. */
  readonly kept?: readonly Kept[];
  /** What was done, for people: `Deploy api sha-a1b2c3d to dev`. */
  readonly summary: string;
}

/** What the landing of a pull request adds to an outcome. */
export function landedOutcome(landed: Landed): Pick<Outcome, "state" | "pullRequest" | "commit" | "waitsFor"> {
  const pullRequest = { number: landed.number, url: landed.url };
  return landed.state === "merged"
    ? { state: "merged", pullRequest, commit: landed.commit }
    : { state: "waits", pullRequest, waitsFor: landed.for };
}

/** An outcome in one line; what stays of a version that goes back has a line of its own. */
export function describeOutcome(outcome: Outcome): string {
  const { summary, state, environment, pullRequest, waitsFor, replacedBy, release, kept = [] } = outcome;
  const line = {
    already: `${summary}: nothing to do, it is there already.`,
    merged: `${summary}: merged${pullRequest ? `, ${pullRequest.url}` : ""}`,
    waits: `${summary}: waits for ${waitsFor ?? "review"}, ${pullRequest?.url ?? ""}`,
  }[state];
  const more = [
    replacedBy === undefined ? "" : `${replacedBy} came after it.`,
    release === undefined || state === "waits"
      ? ""
      : `${environment} gets it when its release into ${release} is approved.`,
  ].filter((text) => text !== "");
  return [[line, ...more].join(" "), ...describeKept(kept)].join("\n");
}

/** What a commit changed beside a service's image, and `main` still has after the image went back. */
interface Kept {
  readonly commit: string;
  /** Git's command that undoes all of it, to be brought in by a pull request. */
  readonly undo: string;
  /** Keys of the service's values file: `resources.limits.cpu`. */
  readonly values: readonly string[];
  /** Other files. */
  readonly files: readonly string[];
}

/**
 * What stays of the commits whose image a rollback undoes, newest first. A commit that beside the service's values
 * changed those of other services alone, as bumps do that came together, leaves nothing of this one.
 */
export async function keptOf(clone: Clone, commits: readonly string[], path: string): Promise<Kept[]> {
  const found: Kept[] = [];
  await clone.prefetch(commits.flatMap((commit) => [`${commit}^1:${path}`, `${commit}:${path}`]));
  for (const commit of commits) {
    const [id, before, ...more] = (await clone.git("rev-list", "--parents", "--max-count=1", commit)).split(" ");
    if (id === undefined || before === undefined) continue;
    const values = await keptValues(clone, { before, commit, path });
    const files = (await keptFiles(clone, before, commit)).filter((file) => file !== path);
    if (values.length === 0 && files.every(parseValuesPath)) continue;
    found.push({ commit, undo: `git revert${more.length > 0 ? " -m 1" : ""} ${commit.slice(0, 12)}`, values, files });
  }
  return found;
}

/** In one sentence for each commit. */
export function describeKept(kept: readonly Kept[]): string[] {
  return kept.map(({ commit, undo, values, files }) => {
    const what = [...shorten(values), ...shorten(files)].join(", ");
    return `Only the image went back: what else ${commit.slice(0, 12)} changed stays (${what}). To undo all of that commit, bring this in by a pull request: ${undo}`;
  });
}

/** So many names are read; programs get all. */
const SHOWN = 5;

function shorten(names: readonly string[]): string[] {
  return names.length <= SHOWN ? [...names] : [...names.slice(0, SHOWN), `${names.length - SHOWN} more`];
}

/** What a rollback restores. */
const RESTORED = ["image.tag", "image.digest"];

async function keptValues(
  clone: Clone,
  { before, commit, path }: { readonly before: string; readonly commit: string; readonly path: string },
): Promise<string[]> {
  const texts = [before, commit, MAIN].map((revision) => clone.read(revision, path));
  const [was, made, is] = (await Promise.all(texts)).map(valuesOf);
  if (!was || !made || !is) return [];
  const changed = [...new Set([...was.keys(), ...made.keys()])].filter((key) => !RESTORED.includes(key));
  return changed.filter(
    (key) => !isDeepStrictEqual(was.get(key), made.get(key)) && !isDeepStrictEqual(was.get(key), is.get(key)),
  );
}

/** Undefined where there is no file, or none that can be read. */
function valuesOf(text: string | undefined): Map<string, unknown> | undefined {
  try {
    return text === undefined ? undefined : leaves(parse(text, { logLevel: "error" }));
  } catch {
    return undefined;
  }
}

async function keptFiles(clone: Clone, before: string, commit: string): Promise<string[]> {
  const changes = await changesBetween(clone, before, commit);
  const now = await changesBetween(clone, before, MAIN);
  const differ = new Set(now.map(({ path }) => path));
  // Manifests are no change of their own: they follow from the rest.
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
  const path = valuesPath(file);
  const text = await session.clone.read(remoteBranch(release), path);
  return text !== undefined && sameVersion(readImage(text, path), version) ? {} : { release };
}
