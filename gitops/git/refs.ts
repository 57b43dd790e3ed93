import { BRANCH_FAMILIES } from "../../environments/branches";

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
