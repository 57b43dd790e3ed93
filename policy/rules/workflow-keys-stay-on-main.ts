import { GITHUB } from "../github";
import { show, stacksWith, type StackRule } from "../rule";

interface Environment {
  environment?: string;
  canAdminsBypass?: boolean;
  deploymentBranchPolicy?: { protectedBranches?: boolean; customBranchPolicies?: boolean };
}

/** A workflow on a branch of one's own would otherwise take the keys that release to production. */
export const workflowKeysStayOnMain: StackRule = {
  name: "workflow-keys-stay-on-main",
  displayName: "Workflows' keys stay on main",
  description: "Each deployment environment of the repository gives its keys to workflows on main and to no others.",
  enforcementLevel: "mandatory",
  severity: "critical",
  remediationSteps: "Give each RepositoryEnvironment the one branch policy main, and let administrators not bypass it.",
  url: "docs/adr/0006-rulesets-protect-the-repository.md",
  validateStack: stacksWith(GITHUB.environment, ({ resources }, reportViolation) => {
    const policies = resources.filter(({ type }) => type === GITHUB.environmentPolicy);
    for (const { props, urn } of resources.filter(({ type }) => type === GITHUB.environment)) {
      const { environment, canAdminsBypass, deploymentBranchPolicy } = props as Environment;
      if (canAdminsBypass !== false) {
        reportViolation(
          `canAdminsBypass: got ${show(canAdminsBypass)}; expected false: GitHub's default is true.`,
          urn,
        );
      }
      if (deploymentBranchPolicy?.customBranchPolicies !== true) {
        reportViolation(
          "deploymentBranchPolicy: got no customBranchPolicies; expected it: any branch gets the keys.",
          urn,
        );
      }
      const patterns = policies
        .filter(({ props: policy }) => policy.environment === environment)
        .map(({ props: policy }) =>
          policy.tagPattern ? `tag ${String(policy.tagPattern)}` : String(policy.branchPattern),
        );
      if (patterns.join() !== "main") {
        reportViolation(`branches of ${show(environment)}: got ${show(patterns.join(", "))}; expected "main".`, urn);
      }
    }
  }),
};
