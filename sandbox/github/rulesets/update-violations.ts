import type { DeploymentParameters, PullRequestParameters, Rule, StatusCheckParameters } from "./schema";

/** A change of a ref, as far as rules look at it. */
export interface UpdateFacts {
  kind: "create" | "update" | "delete";
  /** What moves. */
  target: "branch" | "tag";
  /** The old commit is an ancestor of the new one; true for what is created or deleted. */
  isFastForward: boolean;
  /** Whether a merge commit is among the commits that the ref did not reach before. */
  bringsMergeCommit: boolean;
  /** Whether a commit that nobody is shown to have signed is among those. */
  bringsUnverified: boolean;
  /** What the pull request that brings the change lacks for a rule; undefined: none brings it. */
  pullRequest: ((parameters: PullRequestParameters) => string[]) | undefined;
  /** What the commit lacks for a rule about checks. */
  checks: (parameters: StatusCheckParameters) => string[];
  /** The environments to which the commit was not deployed, of those that a rule asks for. */
  undeployed: (parameters: DeploymentParameters) => string[];
}

/** Which rules a change of a ref breaks: GitHub's sentence for each, in the order of the rules. */
export function updateViolations(rules: readonly Rule[], facts: UpdateFacts): string[] {
  const found = rules.flatMap((rule) => violation(rule, facts));
  return [...new Set(found)];
}

function violation(rule: Rule, facts: UpdateFacts): string[] {
  const { kind, target } = facts;
  switch (rule.type) {
    case "creation":
      return kind === "create" ? ["Cannot create ref due to creations being restricted."] : [];
    case "update":
      return kind === "update" ? ["Cannot update this protected ref."] : [];
    case "deletion":
      return kind === "delete" ? [`Cannot delete this ${target}`] : [];
    case "non_fast_forward":
      return facts.isFastForward ? [] : [`Cannot force-push to this ${target}`];
    case "required_linear_history":
      return facts.bringsMergeCommit ? ["This branch must not contain merge commits."] : [];
    case "required_signatures":
      return kind !== "delete" && facts.bringsUnverified ? ["Commits must have verified signatures."] : [];
    case "merge_queue":
      // There is no queue here, so nothing comes through it.
      return kind === "update" ? ["Changes must be made through the merge queue"] : [];
    case "required_deployments":
      if (kind !== "update") return [];
      return facts.undeployed(rule.parameters).map((name) => `Missing successful active ${name} deployment.`);
    case "pull_request":
      // A new branch has nothing to request a pull into: that it may be made is the `creation` rule's matter.
      if (kind !== "update") return [];
      return facts.pullRequest?.(rule.parameters) ?? ["Changes must be made through a pull request."];
    case "required_status_checks":
      if (kind === "delete" || (kind === "create" && rule.parameters.do_not_enforce_on_create)) return [];
      return facts.checks(rule.parameters);
  }
}
