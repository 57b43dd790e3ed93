import { environmentBranch } from "./catalogue";

/** What judges a pull request of the GitOps repository. */
export type Check = "validate" | "four-eyes";

/**
 * What a check is called on pull requests into a branch. GitHub keeps checks by commit, and one commit can be the head
 * of several pull requests: a name that says the base lets nothing into another branch.
 */
export function checkName(check: Check, base: string): string {
  return base === "main" ? check : `${check} (${base})`;
}

/** The same for pull requests into an environment's branch. */
export function environmentCheck(check: Check, environment: string): string {
  return checkName(check, environmentBranch(environment));
}
