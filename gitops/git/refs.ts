import { BRANCH_FAMILIES } from "../../contract/branches";
import { Failure } from "../errors";

/** The branch that every change goes through first. */
export const MAIN = "refs/remotes/origin/main";

/**
 * The full name under which a clone keeps a branch of its remote. Commands use full names only: Git resolves a short
 * one such as `origin/main` to a tag of that name first, and any writer can push a tag.
 * @param branch As the remote names it: `main`, `env/prod`.
 */
export function remoteBranch(branch: string): string {
  return `refs/remotes/origin/${branch}`;
}

/**
 * What a fetch brings so that {@link remoteBranch} finds it. `branch` may end with `*`; an exact one must exist on the
 * remote.
 */
export function fetchOf(branch: string): string {
  return `+refs/heads/${branch}:${remoteBranch(branch)}`;
}

/** Where a fetch puts the head of a pull request. */
export function pullHead(number: number): string {
  return `refs/pull/${number}/head`;
}

/** What a fetch brings so that {@link pullHead} is there. A pull request of a fork has one too. */
export function fetchOfPull(number: number): string {
  return `+${pullHead(number)}:${pullHead(number)}`;
}

/** The branches that commands read. */
export const FETCHED_BRANCHES: readonly string[] = [
  fetchOf("main"),
  ...BRANCH_FAMILIES.map((family) => fetchOf(`${family}/*`)),
];

/**
 * All that commands read of the remote, and nothing else: branches of the platform's own names, and the tags that
 * record approvals. A name that somebody else pushes is not even fetched.
 */
export const FETCHED: readonly string[] = [...FETCHED_BRANCHES, "+refs/tags/release/*:refs/tags/release/*"];

/** Branches or tags keep another from being made: Git keeps no name below another. It does not pass by waiting. */
export class NameTaken extends Failure {
  /**
   * @param ref What was to be made, by its full name.
   * @param taken The full names in its way.
   */
  constructor(
    readonly ref: string,
    readonly taken: readonly string[],
  ) {
    super(`${shortOf(ref)}: got ${taken.map(named).join(", ")} in its way; expected none. ${wayOut(taken)}`);
  }
}

/** The full names above a ref: `refs/heads/release` and `refs/heads/release/prod` for a release of production. */
export function namesAbove(ref: string): string[] {
  const [refs, kind, ...parts] = ref.split("/");
  return parts.slice(1).map((_, index) => [refs, kind, ...parts.slice(0, index + 1)].join("/"));
}

/**
 * The names that keep some refs from being made.
 * @param list Lists the remote's refs of some patterns, as `git ls-remote` does: a line each, which ends with the full
 * name.
 */
export async function namesInTheWay(
  refs: readonly string[],
  list: (...patterns: string[]) => Promise<string>,
): Promise<NameTaken | undefined> {
  if (refs.length === 0) return undefined;
  const listing = await list(...refs.flatMap((ref) => [...namesAbove(ref), `${ref}/*`]));
  const present = listing.split("\n").flatMap((line) => line.split("\t")[1] ?? []);
  for (const ref of refs) {
    const above = namesAbove(ref);
    // ls-remote takes a pattern for the end of a name, too.
    const taken = present.filter((name) => above.includes(name) || name.startsWith(`${ref}/`));
    if (taken.length > 0) return new NameTaken(ref, taken);
  }
  return undefined;
}

function shortOf(ref: string): string {
  return ref.replace(/^refs\/(heads|tags)\//, "");
}

function isTag(ref: string): boolean {
  return ref.startsWith("refs/tags/");
}

function named(ref: string): string {
  return `the ${isTag(ref) ? "tag" : "branch"} ${shortOf(ref)}`;
}

/** A ruleset keeps tags below `release/` from being deleted. */
function wayOut(taken: readonly string[]): string {
  const kept = taken.filter((ref) => ref.startsWith("refs/tags/release/"));
  const who =
    kept.length > 0
      ? "An administrator of the repository can, who disables the ruleset release/**/* for that moment"
      : "Anyone who may write to the repository can";
  return `Git keeps no name below another. ${who}: git push origin ${taken.map((ref) => `:${ref}`).join(" ")}`;
}
