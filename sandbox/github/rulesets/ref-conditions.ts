import { fnmatch } from "./fnmatch";
import type { Ruleset } from "../store/ruleset-schema";

/**
 * Whether a ruleset applies to a ref (a full name). `include` and `exclude` contain patterns of full names, `~ALL` and,
 * for branches, `~DEFAULT_BRANCH`. At least one pattern of `include` must match, and none of `exclude`.
 */
export function appliesTo(
  ruleset: Pick<Ruleset, "target" | "conditions">,
  ref: string,
  defaultBranch: string,
): boolean {
  const folder = ruleset.target === "branch" ? "refs/heads/" : "refs/tags/";
  if (!ref.startsWith(folder)) return false;
  const matches = (pattern: string) => {
    if (pattern === "~ALL") return true;
    if (pattern === "~DEFAULT_BRANCH") return ref === `refs/heads/${defaultBranch}`;
    return fnmatch(pattern.startsWith("refs/") ? pattern : `${folder}${pattern}`, ref);
  };
  const { include, exclude } = ruleset.conditions.ref_name;
  return include.some(matches) && !exclude.some(matches);
}
