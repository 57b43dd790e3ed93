import { BRANCH_FAMILIES } from "@gitops-platform/contract/branches";
import { Failure } from "@gitops-platform/contract/failure";

/** The clone's copy of `main`, which gets every change first. */
export const MAIN = "refs/remotes/origin/main";

/**
 * The full name under which a clone keeps a branch of its remote. Commands use full names only: Git resolves a short
 * one such as `origin/main` to a tag of that name first, and any writer can push a tag.
 * @param branch Its name on the remote, such as `main` or `env/prod`.
 */
export function remoteBranch(branch: string): string {
  return `refs/remotes/origin/${branch}`;
}

/**
 * The refspec that fetches a branch for {@link remoteBranch}. `branch` may end with `*`; without it, the branch must
 * exist on the remote.
 */
export function fetchOf(branch: string): string {
  return `+refs/heads/${branch}:${remoteBranch(branch)}`;
}

/** The name of a pull request's head, on the remote and in a clone. */
export function pullHead(number: number): string {
  return `refs/pull/${number}/head`;
}

/** The refspec that fetches {@link pullHead}. It works for pull requests from forks as well. */
export function fetchOfPull(number: number): string {
  return `+${pullHead(number)}:${pullHead(number)}`;
}

/** The branches that commands read. */
export const FETCHED_BRANCHES: readonly string[] = [
  fetchOf("main"),
  ...BRANCH_FAMILIES.map((family) => fetchOf(`${family}/*`)),
];

/** Everything that commands read: the platform's own branches, and the tags of release records. */
export const FETCHED: readonly string[] = [...FETCHED_BRANCHES, "+refs/tags/release/*:refs/tags/release/*"];

/** Existing branches or tags prevent the creation of another, because Git permits no name below another one. */
export class NameTaken extends Failure {
  /**
   * @param ref The full name that cannot be created.
   * @param taken The full names that prevent it.
   */
  constructor(
    readonly ref: string,
    readonly taken: readonly string[],
  ) {
    super(`${shortOf(ref)}: got ${taken.map(named).join(", ")} in its way; expected none. ${wayOut(taken)}`);
  }
}

/** The full names above a ref, such as `refs/heads/release` and `refs/heads/release/prod` for a release. */
export function namesAbove(ref: string): string[] {
  const [refs, kind, ...parts] = ref.split("/");
  return parts.slice(1).map((_, index) => [refs, kind, ...parts.slice(0, index + 1)].join("/"));
}

/**
 * Finds names that prevent the creation of refs.
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
    // ls-remote also matches a pattern with the end of a name.
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
