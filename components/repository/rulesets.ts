import { RECORD_TAGS } from "@gitops-platform/contract/tags";
import type { types } from "@pulumi/github";
import { environmentBranch, reservedBranchPatterns } from "@gitops-platform/contract/branches";
import { type Check, checkName } from "@gitops-platform/contract/checks";
import { PLATFORM_FILES } from "@gitops-platform/contract/code-owners";

type Rules = types.input.RepositoryRulesetRules;

/** A GitHub ruleset without its repository. */
export interface Ruleset {
  /** The name on GitHub: usually the branch, or the pattern of branches or tags, that it protects. */
  readonly name: string;
  readonly target: "branch" | "tag";
  readonly enforcement: Enforcement;
  readonly conditions: { readonly refName: { readonly includes: string[]; readonly excludes: string[] } };
  readonly bypassActors: never[];
  readonly rules: Rules;
}

/** Whether GitHub enforces the rulesets, or only stores them. */
export type Enforcement = "active" | "disabled";

/** The settings on which the rulesets depend. */
export interface Protection {
  readonly enforcement: Enforcement;
  /** The id of the GitHub App whose checks count. A check with the same name from any other source does not count. */
  readonly checksApp: number;
  /**
   * The id of the team that owns the platform's paths. If it is set, the ruleset requires this team's review in
   * addition to the code owners'. Undefined: only code owners are required.
   */
  readonly platformTeamId: number | undefined;
}

/** All rulesets of the repository. */
export interface Rulesets {
  /** Of the branches below `env/` that nobody may create. */
  readonly reserved: Ruleset;
  /** Of each approval branch, by environment. */
  readonly environments: ReadonlyMap<string, Ruleset>;
  /** Of the names of other branches and of tags. */
  readonly names: readonly Ruleset[];
  readonly main: Ruleset;
}

/** Builds all rulesets. `environments` are those that have an approval branch. */
export function buildRulesets(environments: readonly string[], protection: Protection): Rulesets {
  return {
    reserved: reservedRuleset(environments, protection),
    environments: new Map(environments.map((name) => [name, environmentRuleset(name, protection)])),
    names: [recordsRuleset, reservedTagsRuleset, reservedBranchesRuleset].map((build) => build(protection)),
    main: mainRuleset(protection),
  };
}

/** Neither deletion nor force pushes. */
const PERMANENT = { deletion: true, nonFastForward: true };

/**
 * The common part of both pull request rules. Only merge commits are allowed: one pull request is then one first-parent
 * commit, on which `git log` and `git revert` rely, and its commits keep their messages. A squash commit would have the
 * pull request's author and an arbitrary message.
 */
const PULL_REQUEST = {
  requireCodeOwnerReview: true,
  dismissStaleReviewsOnPush: true,
  requiredReviewThreadResolution: false,
  allowedMergeMethods: ["merge"],
};

/**
 * `main` accepts pull requests that pass `validate`, with the platform team's approval for the paths that it owns. No
 * other approvals are required: CI's bumps and promotions merge without a person, because the approval for production
 * is required on `env/<name>`.
 */
export function mainRuleset(protection: Protection): Ruleset {
  const { platformTeamId } = protection;
  return ruleset("main", protection, {
    ...PERMANENT,
    pullRequest: {
      ...PULL_REQUEST,
      requiredApprovingReviewCount: 0,
      // It requires an approval even if the count is zero, and CI's bumps get none. Undocumented, but observed:
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
 * `env/<name>` requires both checks, and an approver who is neither the author nor the last pusher. `four-eyes` checks
 * that nobody approved their own change: a bot opens releases, so GitHub's rule about authors does not cover the
 * person.
 */
export function environmentRuleset(environment: string, protection: Protection): Ruleset {
  const branch = environmentBranch(environment);
  return ruleset(branch, protection, {
    ...PERMANENT,
    pullRequest: { ...PULL_REQUEST, requiredApprovingReviewCount: 1, requireLastPushApproval: true },
    requiredStatusChecks: checks(protection, branch, "validate", "four-eyes"),
  });
}

/**
 * Nobody can create any other branch below `env/`, at any depth. If an environment later gets an approval branch, an
 * existing branch of that name would count as approved, whatever its content.
 */
export function reservedRuleset(environments: readonly string[], protection: Protection): Ruleset {
  const excludes = environments.map((name) => `refs/heads/${environmentBranch(name)}`);
  return {
    ...ruleset("env/*", protection, { creation: true, update: true }),
    conditions: { refName: { includes: ["refs/heads/env/**/*"], excludes } },
  };
}

/**
 * Nobody can create a branch whose name is a path prefix or an extension of one that the platform writes: Git could
 * then not create the platform's branch.
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

/** The tags of release records: `release/<environment>/<commit>`. */
const RECORDS = "refs/tags/release/*/*";

/**
 * The tags below `release/`, which record who approved what, cannot be changed or deleted. Creation must be open to
 * everybody, because nobody can bypass a rule, not even the App that creates them. A tag without the App's signature
 * proves nothing.
 */
export function recordsRuleset(protection: Protection): Ruleset {
  return tagRuleset(RECORD_TAGS, { includes: [`refs/tags/${RECORD_TAGS}`] }, protection, {
    ...PERMANENT,
    update: true,
  });
}

/**
 * Nobody can create or move any other tag. A tag can have the same name as a branch, and a short name may then resolve
 * to the tag. Also, a tag `release` would keep Git from creating any tag below `release/`.
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
    // Nobody, because attackers would target an account that can bypass the rules.
    bypassActors: [],
    rules,
  };
}

function checks({ checksApp }: Protection, branch: string, ...names: Check[]): Rules["requiredStatusChecks"] {
  return {
    requiredChecks: names.map((name) => ({ context: checkName(name, branch), integrationId: checksApp })),
    // Requiring an up-to-date branch would dismiss a release's approvals after every other release.
    strictRequiredStatusChecksPolicy: false,
    doNotEnforceOnCreate: false,
  };
}
