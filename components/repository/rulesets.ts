import type { types } from "@pulumi/github";
import { reservedBranchPatterns } from "../../environments/branches";
import { environmentBranch } from "../../environments/catalogue";
import { type Check, checkName } from "../../environments/checks";
import { PLATFORM_FILES } from "../../environments/code-owners";

type Rules = types.input.RepositoryRulesetRules;

/** A ruleset, before it knows its repository. */
export interface Ruleset {
  /** Its name on GitHub: the branch, or the pattern of branches or tags, that it protects. */
  readonly name: string;
  readonly target: "branch" | "tag";
  readonly enforcement: Enforcement;
  readonly conditions: { readonly refName: { readonly includes: string[]; readonly excludes: string[] } };
  readonly bypassActors: never[];
  readonly rules: Rules;
}

/** Whether GitHub acts on the rulesets, or only keeps them. */
export type Enforcement = "active" | "disabled";

/** What the rulesets depend on. */
export interface Protection {
  readonly enforcement: Enforcement;
  /** The id of the GitHub App whose checks count. A check of that name by anyone else does not. */
  readonly checksApp: number;
  /**
   * The number of the team that owns the platform's paths, so that GitHub asks for it by a second rule. Undefined: code
   * owners alone ask.
   */
  readonly platformTeamId: number | undefined;
}

/** History stays, and the branch with it. */
const KEPT = { deletion: true, nonFastForward: true };

/**
 * What both pull request rules say. Merge commits only: one pull request is one first-parent commit, which is what `git
 * log` and `git revert` read, and the commits inside keep their own messages. A squash has the pull request's author
 * and any text.
 */
const PULL_REQUEST = {
  requireCodeOwnerReview: true,
  dismissStaleReviewsOnPush: true,
  requiredReviewThreadResolution: false,
  allowedMergeMethods: ["merge"],
};

/**
 * `main`: pull requests that are valid, and that the platform team approves where it owns what they change. Zero
 * approvals otherwise: CI's bumps and promotions merge without a person, because the one human gate is at `env/<name>`.
 */
export function mainRuleset(protection: Protection): Ruleset {
  const { platformTeamId } = protection;
  return ruleset("main", protection, {
    ...KEPT,
    pullRequest: {
      ...PULL_REQUEST,
      requiredApprovingReviewCount: 0,
      // It asks for an approval even beside a count of zero, which CI's bumps could not get. Not documented, but seen:
      // https://github.com/jordanconway/package-manager-hardening/pull/29
      requireLastPushApproval: false,
      ...(platformTeamId !== undefined && {
        requiredReviewers: [
          {
            filePatterns: [...PLATFORM_FILES],
            minimumApprovals: 1,
            reviewer: { id: platformTeamId, type: "Team" },
          },
        ],
      }),
    },
    requiredStatusChecks: checks(protection, "main", "validate"),
  });
}

/**
 * `env/<name>`: an approver who is neither the author nor the last to push, and both checks. `four-eyes` shows that
 * nobody let in their own change: a release is opened by a bot, so GitHub's rule about authors does not see the person.
 */
export function environmentRuleset(environment: string, protection: Protection): Ruleset {
  const branch = environmentBranch(environment);
  return ruleset(branch, protection, {
    ...KEPT,
    pullRequest: { ...PULL_REQUEST, requiredApprovingReviewCount: 1, requireLastPushApproval: true },
    requiredStatusChecks: checks(protection, branch, "validate", "four-eyes"),
  });
}

/**
 * Every other branch below `env/`, at any depth: nobody makes one. An environment that is changed to wait for approvals
 * starts its branch at `main`; one that was there already, with whatever it holds, would be taken for approved.
 */
export function reservedRuleset(environments: readonly string[], protection: Protection): Ruleset {
  const excludes = environments.map((name) => `refs/heads/${environmentBranch(name)}`);
  return {
    ...ruleset("env/*", protection, { creation: true, update: true }),
    conditions: { refName: { includes: ["refs/heads/env/**/*"], excludes } },
  };
}

/**
 * Names above and below those of the branches that the platform writes: nobody makes such a branch, which would keep
 * the platform's from being made.
 */
export function reservedBranchesRuleset({ enforcement }: Protection): Ruleset {
  return {
    name: "reserved branches",
    target: "branch",
    enforcement,
    conditions: { refName: { includes: reservedBranchPatterns(), excludes: [] } },
    bypassActors: [],
    rules: { creation: true, update: true },
  };
}

/** What a record's tag is called: `release/<environment>/<commit>`. */
const RECORDS = "refs/tags/release/*/*";

/**
 * The records of who approved what, tags below `release/`: one that is there stays as it is. Making one must be open to
 * all, for nobody bypasses a rule, the App that makes them neither; what is not signed by it proves nothing.
 */
export function recordsRuleset(protection: Protection): Ruleset {
  return tagRuleset("release/**/*", { includes: ["refs/tags/release/**/*"] }, protection, { ...KEPT, update: true });
}

/**
 * Every other tag: nobody makes or moves one. A tag can have the name of a branch, and whoever reads a short name may
 * get the tag. And Git keeps no tag below another: a tag `release` would keep all records from being written.
 */
export function reservedTagsRuleset(protection: Protection): Ruleset {
  const names = { includes: ["~ALL"], excludes: [RECORDS] };
  return tagRuleset("release", names, protection, { creation: true, update: true });
}

function tagRuleset(
  name: string,
  { includes, excludes = [] }: { includes: string[]; excludes?: string[] },
  { enforcement }: Protection,
  rules: Rules,
): Ruleset {
  return { name, target: "tag", enforcement, conditions: { refName: { includes, excludes } }, bypassActors: [], rules };
}

function ruleset(branch: string, { enforcement }: Protection, rules: Rules): Ruleset {
  return {
    name: branch,
    target: "branch",
    enforcement,
    conditions: { refName: { includes: [`refs/heads/${branch}`], excludes: [] } },
    // Nobody: an account that can bypass a rule is the account to steal.
    bypassActors: [],
    rules,
  };
}

function checks({ checksApp }: Protection, branch: string, ...names: Check[]): Rules["requiredStatusChecks"] {
  return {
    requiredChecks: names.map((name) => ({ context: checkName(name, branch), integrationId: checksApp })),
    // A release is rebuilt only when its own content changes: asking for the newest base would dismiss approvals after
    // every other one.
    strictRequiredStatusChecksPolicy: false,
    doNotEnforceOnCreate: false,
  };
}
