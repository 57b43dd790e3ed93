import { GITHUB } from "../github";
import { formatValue } from "@gitops-platform/contract/values/plain";
import { stacksWith, type StackRule } from "../rule";

interface Environment {
  environment?: string;
  canAdminsBypass?: boolean;
  deploymentBranchPolicy?: { protectedBranches?: boolean; customBranchPolicies?: boolean };
}

/** Otherwise a workflow on any branch could read the keys that release to production. */
export const workflowKeysStayOnMain: StackRule = {
  name: "workflow-keys-stay-on-main",
  displayName: "Workflows' keys stay on main",
  description: "Each deployment environment of the repository gives its keys only to workflows on main.",
  enforcementLevel: "mandatory",
  severity: "critical",
  remediationSteps: "Give each RepositoryEnvironment main as its only branch policy, and set canAdminsBypass: false.",
  url: "docs/adr/0006-rulesets-protect-the-repository.md",
  validateStack: stacksWith(GITHUB.environment, ({ resources }, reportViolation) => {
    const policies = resources.filter(({ type }) => type === GITHUB.environmentPolicy);
    for (const { props, urn } of resources.filter(({ type }) => type === GITHUB.environment)) {
      const { environment, canAdminsBypass, deploymentBranchPolicy } = props as Environment;
      if (canAdminsBypass !== false) {
        reportViolation(
          `canAdminsBypass: got ${formatValue(canAdminsBypass)}; expected false, because GitHub's default is true.`,
          urn,
        );
      }
      if (deploymentBranchPolicy?.customBranchPolicies !== true) {
        reportViolation(
          "deploymentBranchPolicy: got no customBranchPolicies; expected it, so that only main gets the keys.",
          urn,
        );
      }
      const patterns = policies
        .filter(({ props: policy }) => policy.environment === environment)
        .map(({ props: policy }) =>
          policy.tagPattern ? `tag ${String(policy.tagPattern)}` : String(policy.branchPattern),
        );
      if (patterns.join() !== "main") {
        reportViolation(
          `branches of ${formatValue(environment)}: got ${formatValue(patterns.join(", "))}; expected "main".`,
          urn,
        );
      }
    }
  }),
};
