/**
 * The branches that the platform writes: the first segment of their names, and the number of segments that follow. For
 * example, a release's branch is `release/<environment>/<service>`.
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

/** The first segments of the names of the branches that the platform writes. */
export const BRANCH_FAMILIES: readonly string[] = Object.keys(FAMILIES);

/**
 * The branch names that nobody may use, as patterns for GitHub rulesets. Git cannot have both `a` and `a/b`, so a
 * branch `release` would block every release's branch, and an extension of a release's branch would block that release.
 */
export function reservedBranchPatterns(): string[] {
  return Object.entries(FAMILIES).flatMap(([family, parts]) => {
    const names = Array.from({ length: parts + 1 }, (_, count) => `refs/heads/${family}${"/*".repeat(count)}`);
    const [whole, ...shorter] = names.reverse();
    return [...shorter.reverse(), `${whole ?? ""}/**/*`];
  });
}

/** Whether a branch's name matches {@link reservedBranchPatterns}. */
export function isReservedBranch(branch: string): boolean {
  const [family = "", ...parts] = branch.split("/");
  const expected = Object.hasOwn(FAMILIES, family) ? FAMILIES[family] : undefined;
  return expected !== undefined && parts.length !== expected;
}
