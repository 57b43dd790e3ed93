import type { Inputs } from "../../provider";
import { snakeCase } from "./resource-kind";

/** A rule in the format of the REST API. */
export interface Rule {
  type: string;
  parameters?: Inputs;
}

/** Rules without parameters, which are on or off. */
const FLAGS: Record<string, string> = {
  creation: "creation",
  deletion: "deletion",
  nonFastForward: "non_fast_forward",
};

/** Rules with parameters. Pulumi's provider always sends all of them, with these defaults. */
const PARAMETERS: Record<string, (given: Inputs) => Inputs> = {
  pullRequest: (given) => ({
    allowed_merge_methods: given.allowedMergeMethods ?? ["merge", "squash", "rebase"],
    dismiss_stale_reviews_on_push: given.dismissStaleReviewsOnPush ?? false,
    require_code_owner_review: given.requireCodeOwnerReview ?? false,
    require_last_push_approval: given.requireLastPushApproval ?? false,
    required_approving_review_count: given.requiredApprovingReviewCount ?? 0,
    required_review_thread_resolution: given.requiredReviewThreadResolution ?? false,
    ...(given.requiredReviewers === undefined
      ? {}
      : { required_reviewers: (given.requiredReviewers as Inputs[]).map(snakeCase) }),
  }),
  requiredStatusChecks: (given) => ({
    do_not_enforce_on_create: given.doNotEnforceOnCreate ?? false,
    required_status_checks: (given.requiredChecks as Inputs[]).map(snakeCase),
    strict_required_status_checks_policy: given.strictRequiredStatusChecksPolicy ?? false,
  }),
};

/**
 * Converts the rules of a `RepositoryRuleset` to the format of the REST API. Throws if a rule is not supported.
 */
export function toRules(rules: Inputs): Rule[] {
  return Object.entries(rules).flatMap(([key, value]): Rule[] => {
    if (value === undefined || value === false) return [];
    if (key === "update") return [{ type: key, parameters: { update_allows_fetch_and_merge: false } }];
    if (FLAGS[key]) return [{ type: FLAGS[key] }];
    const parameters = PARAMETERS[key];
    if (!parameters) throw new Error(`RepositoryRuleset: rules.${key}: the local engine does not support this rule.`);
    return [{ type: Object.keys(snakeCase({ [key]: true })).join(""), parameters: parameters(value as Inputs) }];
  });
}
