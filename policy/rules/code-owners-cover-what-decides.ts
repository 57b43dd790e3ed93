import { decidingRule, parseCodeOwners } from "../../environments/code-owners";
import { CODE_OWNERS, GITHUB, repositoryFiles } from "../github";
import { stacksWith, type StackRule } from "../rule";

interface Config {
  branches: Record<string, string[]>;
}

/** A path without an owner gets in by any writer's approval, and on main without one. */
export const codeOwnersCoverWhatDecides: StackRule = {
  name: "code-owners-cover-what-decides",
  displayName: "CODEOWNERS covers what decides",
  description:
    "On main, CODEOWNERS gives charts, rules, workflows and itself an owner; on an approved branch it gives everything one, production's values among it.",
  enforcementLevel: "mandatory",
  severity: "critical",
  remediationSteps: "Set repository.platformTeam and repository.approvers, and leave no line without an owner.",
  url: "docs/adr/0006-rulesets-protect-the-repository.md",
  configSchema: {
    properties: {
      branches: {
        type: "object",
        additionalProperties: { type: "array", items: { type: "string" } },
        default: {
          main: [
            "charts/service/Chart.yaml",
            "gitops.yaml",
            ".github/workflows/release.yaml",
            ".github/gitops/gitops.mjs",
            CODE_OWNERS,
          ],
          "env/prod": [
            "environments/prod/api.yaml",
            "charts/service/Chart.yaml",
            ".github/workflows/release.yaml",
            CODE_OWNERS,
          ],
        },
        description: "By branch, paths that must have an owner.",
      },
    },
  },
  validateStack: stacksWith(GITHUB.repository, (stack, reportViolation) => {
    const { resources } = stack;
    const files = repositoryFiles(resources);
    if (files.length === 0)
      stack.notApplicable("The repository is adopted: its files are Git's, and not this program's.");
    for (const [branch, paths] of Object.entries(stack.getConfig<Config>().branches)) {
      const file = files.find((each) => each.branch === branch && each.path === CODE_OWNERS);
      if (!file) {
        const repository = resources.find(({ type }) => type === GITHUB.repository);
        reportViolation(
          `${CODE_OWNERS} on ${branch}: got none; expected one: without it nobody owns anything.`,
          repository?.urn,
        );
        continue;
      }
      const rules = parseCodeOwners(file.text);
      for (const path of paths.filter((each) => (decidingRule(rules, each)?.owners.length ?? 0) === 0)) {
        reportViolation(`${CODE_OWNERS} on ${branch}: got no owner of ${path}; expected one.`, file.resource.urn);
      }
    }
  }),
};
