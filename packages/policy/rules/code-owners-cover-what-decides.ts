import { decidingRule, parseCodeOwners } from "@gitops-platform/contract/code-owners";
import { declarationPath, deliveryPath } from "@gitops-platform/contract/catalogue";
import { environmentBranch } from "@gitops-platform/contract/branches";
import { CODE_OWNERS_PATH, valuesPaths } from "@gitops-platform/contract/paths";
import { graph } from "@gitops-platform/environments/environments";
import { GITHUB, repositoryFiles } from "../github";
import { stacksWith, type StackRule } from "../rule";

interface Config {
  branches: Record<string, string[]>;
}

/** Paths of an approval branch. */
function pathsOf(environment: string): string[] {
  return [
    ...valuesPaths({ environment, service: "api" }),
    "charts/service/Chart.yaml",
    ".github/workflows/release.yaml",
    CODE_OWNERS_PATH,
  ];
}

/** Changes of a path without an owner need only the approval of any writer, and on main no approval. */
export const codeOwnersCoverWhatDecides: StackRule = {
  name: "code-owners-cover-what-decides",
  displayName: "CODEOWNERS covers critical files",
  description:
    "On main, CODEOWNERS assigns an owner to charts, rules, the catalogue, workflows and CODEOWNERS; on an approved " +
    "branch it assigns an owner to everything, including production's values.",
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
            declarationPath("api"),
            ...graph.names.map((environment) => deliveryPath({ environment, service: "api" })),
            ".github/workflows/release.yaml",
            ".github/gitops/gitops.mjs",
            CODE_OWNERS_PATH,
          ],
          ...Object.fromEntries(graph.approved.map((name) => [environmentBranch(name), pathsOf(name)])),
        },
        description: "By branch, the paths that must have an owner.",
      },
    },
  },
  validateStack: stacksWith(GITHUB.repository, (stack, reportViolation) => {
    const { resources } = stack;
    const files = repositoryFiles(resources);
    if (files.length === 0) stack.notApplicable("The repository is adopted, so this program does not write its files.");
    const isFilled = !files.some((file) => file.branch === "main");
    for (const [branch, paths] of Object.entries(stack.getConfig<Config>().branches)) {
      const file = files.find((each) => each.branch === branch && each.path === CODE_OWNERS_PATH);
      // Git has the files of a filled repository's main, and `gitops platform --check` compares its CODEOWNERS.
      if (!file && isFilled && branch === "main") continue;
      if (!file) {
        const repository = resources.find(({ type }) => type === GITHUB.repository);
        reportViolation(
          `${CODE_OWNERS_PATH} on ${branch}: got none; expected one, because without it no file has an owner.`,
          repository?.urn,
        );
        continue;
      }
      const rules = parseCodeOwners(file.text);
      for (const path of paths.filter((each) => (decidingRule(rules, each)?.owners.length ?? 0) === 0)) {
        reportViolation(`${CODE_OWNERS_PATH} on ${branch}: got no owner of ${path}; expected one.`, file.resource.urn);
      }
    }
  }),
};
