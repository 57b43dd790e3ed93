/**
 * The branches that the platform writes: the first part of their names, and how many parts follow. A release's is
 * `release/<environment>/<service>`.
 */
const FAMILIES: Readonly<Record<string, number>> = {
  env: 1,
  release: 2,
  bump: 1,
  "bump-queue": 2,
  promote: 1,
  rollback: 1,
  platform: 1,
};

/** The first parts of the names of the branches that the platform writes. */
export const BRANCH_FAMILIES: readonly string[] = Object.keys(FAMILIES);

/**
 * The names that nobody may give a branch, as patterns of GitHub's rulesets. Git keeps no branch below another: a
 * branch `release` would keep every
 * release's from being made, and one below a release's the release itself.
 */
export function reservedBranchPatterns(): string[] {
  return Object.entries(FAMILIES).flatMap(([family, parts]) => {
    const names = Array.from({ length: parts + 1 }, (_, count) => `refs/heads/${family}${"/*".repeat(count)}`);
    const [whole, ...shorter] = names.reverse();
    return [...shorter.reverse(), `${whole ?? ""}/**/*`];
  });
}

/** Whether a branch has one of the names of {@link reservedBranchPatterns}. */
export function isReservedBranch(branch: string): boolean {
  const [family = "", ...parts] = branch.split("/");
  const expected = Object.hasOwn(FAMILIES, family) ? FAMILIES[family] : undefined;
  return expected !== undefined && parts.length !== expected;
}
