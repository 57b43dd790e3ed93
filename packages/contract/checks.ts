import { environmentBranch } from "./branches";

/** A required status check for pull requests in the GitOps repository. */
export type Check = "validate" | "four-eyes";

/**
 * The name of a check for pull requests into a branch. GitHub stores checks by commit, and one commit can be the head
 * of several pull requests. The base in the name keeps a check from counting for another branch.
 */
export function checkName(check: Check, base: string): string {
  return base === "main" ? check : `${check} (${base})`;
}

/** The name of a check for pull requests into an environment's branch. */
export function environmentCheck(check: Check, environment: string): string {
  return checkName(check, environmentBranch(environment));
}
