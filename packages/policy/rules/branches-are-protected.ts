import { environmentBranch, reservedBranchPatterns } from "@gitops-platform/contract/branches";
import { type Check, checkName } from "@gitops-platform/contract/checks";
import { graph } from "@gitops-platform/environments/environments";
import { GITHUB, refsOf } from "../github";
import { formatValue } from "@gitops-platform/contract/values/plain";
import { stacksWith, type Resource, type StackRule } from "../rule";

interface Config {
  approved: string[];
  checks: { main: Check[]; approved: Check[] };
}

interface Rules {
  deletion?: boolean;
  nonFastForward?: boolean;
  creation?: boolean;
  update?: boolean;
  pullRequest?: Record<string, unknown>;
  requiredStatusChecks?: { requiredChecks?: { context?: string; integrationId?: number }[] };
}

type Report = (message: string, urn?: string) => void;

/** Required settings of the rule `pullRequest`: for every protected branch, and for branches that need approval. */
const PULL_REQUEST = { requireCodeOwnerReview: true, dismissStaleReviewsOnPush: true };
const APPROVED = { ...PULL_REQUEST, requireLastPushApproval: true };

/** The clusters trust the repository: anyone who can write to `env/<name>` can deploy to that environment. */
export const branchesAreProtected: StackRule = {
  name: "branches-are-protected",
  displayName: "The repository's branches are protected",
  description:
    "The stack that owns the GitOps repository protects main, each approved branch, and names of branches that block " +
    "the platform's branches.",
  enforcementLevel: "mandatory",
  severity: "critical",
  remediationSteps: "Restore what is missing in components/repository/rulesets.ts.",
  url: "docs/adr/0006-rulesets-protect-the-repository.md",
  configSchema: {
    properties: {
      approved: {
        type: "array",
        items: { type: "string" },
        default: graph.approved.map(environmentBranch),
        description: "The branches that change only by approved pull requests.",
      },
      checks: {
        type: "object",
        properties: {
          main: { type: "array", items: { type: "string" } },
          approved: { type: "array", items: { type: "string" } },
        },
        default: { main: ["validate"], approved: ["validate", "four-eyes"] },
        description:
          "The required checks of pull requests into main and into approved branches. For the latter, the full name " +
          "is `<check> (<branch>)`.",
      },
    },
  },
  validateStack: stacksWith(GITHUB.repository, (stack, reportViolation) => {
    const { resources } = stack;
    const { approved, checks } = stack.getConfig<Config>();
    const rulesets = resources.filter(({ type }) => type === GITHUB.ruleset);
    protectedBranch(rulesets, "main", PULL_REQUEST, checks.main, reportViolation);
    for (const branch of approved) protectedBranch(rulesets, branch, APPROVED, checks.approved, reportViolation);
    reservedNames(rulesets, approved, reportViolation);
    platformNames(rulesets, reportViolation);
  }),
};

function protectedBranch(
  rulesets: Resource[],
  branch: string,
  pullRequest: Readonly<Record<string, boolean>>,
  checks: readonly Check[],
  report: Report,
): void {
  const found = rulesets.find((ruleset) => refsOf(ruleset).includes.includes(`refs/heads/${branch}`));
  if (!found) {
    report(`ruleset of ${branch}: got none; expected one that protects it.`);
    return;
  }
  const { deletion, nonFastForward, pullRequest: asked, requiredStatusChecks } = rulesOf(found);
  // Excluded patterns take precedence over included ones.
  for (const ref of refsOf(found).excludes) {
    report(`conditions of ${branch}: got ${ref} excluded; expected nothing excluded.`, found.urn);
  }
  if (found.props.target !== "branch") {
    report(`target of ${branch}: got ${formatValue(found.props.target)}; expected "branch".`, found.urn);
  }
  const expect = (path: string, got: unknown, expected: unknown) => {
    if (got !== expected)
      report(`rules.${path} of ${branch}: got ${formatValue(got)}; expected ${formatValue(expected)}.`, found.urn);
  };
  expect("deletion", deletion, true);
  expect("nonFastForward", nonFastForward, true);
  for (const [key, value] of Object.entries(pullRequest)) expect(`pullRequest.${key}`, asked?.[key], value);
  if (pullRequest.requireLastPushApproval && !(Number(asked?.requiredApprovingReviewCount) >= 1)) {
    expect("pullRequest.requiredApprovingReviewCount", asked?.requiredApprovingReviewCount, 1);
  }
  for (const check of checks.map((name) => checkName(name, branch))) {
    const required = requiredStatusChecks?.requiredChecks?.find(({ context }) => context === check);
    if (!required) report(`required checks of ${branch}: got no ${check}; expected it.`, found.urn);
    else if (!required.integrationId) {
      report(
        `check ${check} of ${branch}: got no integrationId; expected the platform's App, because otherwise anyone ` +
          "could set the check.",
        found.urn,
      );
    }
  }
}

/**
 * Otherwise, somebody could create env/<name> before the environment requires approvals, and its content would then
 * count as approved.
 */
function reservedNames(rulesets: Resource[], approved: readonly string[], report: Report): void {
  const reserved = rulesets.find((ruleset) => refsOf(ruleset).includes.includes("refs/heads/env/**/*"));
  if (!reserved) {
    report("ruleset of env/**/*: got none; expected one that lets nobody create or update such a branch.");
    return;
  }
  const { creation, update } = rulesOf(reserved);
  if (creation !== true || update !== true) {
    report(
      `rules of env/**/*: got creation ${formatValue(creation)}, update ${formatValue(update)}; expected both true.`,
      reserved.urn,
    );
  }
  const known = approved.map((branch) => `refs/heads/${branch}`);
  for (const ref of refsOf(reserved).excludes.filter((each) => !known.includes(each))) {
    report(`conditions of env/**/*: got ${ref} excluded; expected only ${known.join(", ")}.`, reserved.urn);
  }
}

/** Git does not allow a branch below another: a branch named `release` would block all release branches. */
function platformNames(rulesets: readonly Resource[], report: Report): void {
  const reserving = rulesets.filter((ruleset) => {
    const { creation, update } = rulesOf(ruleset);
    const { excludes } = refsOf(ruleset);
    return ruleset.props.target === "branch" && creation === true && update === true && excludes.length === 0;
  });
  const reserved = new Set(reserving.flatMap((ruleset) => refsOf(ruleset).includes));
  const free = reservedBranchPatterns().filter((pattern) => !reserved.has(pattern));
  if (free.length > 0) {
    report(
      `reserved branches: got ${free.join(", ")} left out; expected rulesets that let nobody create or update one.`,
    );
  }
}

function rulesOf({ props }: Resource): Rules {
  return (props.rules ?? {}) as Rules;
}
