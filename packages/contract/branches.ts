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
  catalogue: 1,
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

/** The prefix of all approval branches. */
export const ENVIRONMENT_BRANCHES = "env/";

/** The name of an environment's approval branch, which holds its approved state. Not every environment has one. */
export function environmentBranch(environment: string): string {
  return `${ENVIRONMENT_BRANCHES}${environment}`;
}

/**
 * The environment that an approval branch is named after, whether or not there is one; undefined for any other name,
 * such as `env/prod/x`.
 */
export function environmentNameIn(branch: string): string | undefined {
  const [family, name, ...more] = branch.split("/");
  return `${family ?? ""}/` === ENVIRONMENT_BRANCHES && more.length === 0 && name !== "" ? name : undefined;
}

/** The branch of a release's pull request. Its unit is a service, or `charts`. */
export function releaseBranch(environment: string, unit: string): string {
  return `release/${environment}/${unit}`;
}

/** The branch on which a bump waits until a batch takes it. */
export function queuedBumpBranch(environment: string, service: string): string {
  return `bump-queue/${environment}/${service}`;
}

/** The branch of a pull request with bumps: a batch of an environment, or one service's own. */
export function bumpBranch(environment: string, service?: string): string {
  return service === undefined ? `bump/${environment}` : `bump/${environment}-${service}`;
}

/** The branch of a promotion's pull request. */
export function promotionBranch(service: string, to: string): string {
  return `promote/${service}-to-${to}`;
}

/** The branch of a rollback's pull request. */
export function rollbackBranch(service: string, environment: string): string {
  return `rollback/${service}-in-${environment}`;
}

/** The branch of a pull request that adds, moves or retires a service, or adds or updates a third-party chart. */
export function catalogueBranch(action: "add" | "move" | "retire" | "chart", service: string): string {
  return `catalogue/${action}-${service}`;
}

/** The branch that updates the platform's files: on `main`, or on an environment's branch. */
export function updateBranch(environment?: string): string {
  return environment === undefined ? "platform/update" : `platform/env-${environment}`;
}

/** Whether the platform opens pull requests from a branch of that name. */
export function isPlatformBranch(branch: string): boolean {
  return /^(bump|promote|rollback|release|catalogue|platform)\//.test(branch);
}
