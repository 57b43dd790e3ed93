import { Failure } from "../failure";

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
