import { parse } from "yaml";
import type { Mirror } from "@gitops-platform/contract/environment-graph";
import { RULES_PATH } from "@gitops-platform/contract/paths";
import { graph } from "@gitops-platform/environments/environments";
import { parseRules } from "@gitops-platform/rules/rules";
import { mirrorDifferences, type Values } from "@gitops-platform/rules/mirror";
import { GITHUB, repositoryFiles } from "../github";
import { stacksWith, type StackRule } from "../rule";

interface Config {
  mirrors: Mirror[];
}

/** A test in staging is only meaningful for production if both have the same configuration. */
export const stagingMirrorsProduction: StackRule = {
  name: "staging-mirrors-production",
  displayName: "Staging mirrors production",
  description:
    "In the repository's initial values, staging equals production, except for what the repository's gitops.yaml " +
    "lets differ.",
  enforcementLevel: "mandatory",
  severity: "medium",
  remediationSteps: "Make the two files below gitops-repo/environments equal.",
  url: "gitops-repo/README.md",
  configSchema: {
    properties: {
      mirrors: {
        type: "array",
        items: { type: "object", properties: { trial: { type: "string" }, production: { type: "string" } } },
        default: graph.mirrors,
        description:
          "Pairs of environments to compare. Default: each of the stage production, and the one that it promotes from.",
      },
    },
  },
  validateStack: stacksWith(GITHUB.repository, (stack, reportViolation) => {
    const files = repositoryFiles(stack.resources).filter(({ branch }) => branch === "main");
    if (files.length === 0)
      stack.notApplicable(
        "This program does not write the repository's files, so the check validate compares its values.",
      );
    const text = files.find(({ path }) => path === RULES_PATH)?.text;
    const { rules, problems } = parseRules(text);
    for (const { file, message } of problems) reportViolation(`${file ?? ""}: ${message}`);
    const services = (environment: string) =>
      files.filter(({ path }) => path.startsWith(`environments/${environment}/`));
    for (const { trial, production } of stack.getConfig<Config>().mirrors) {
      const productionFiles = new Map(services(production).map((file) => [file.path.split("/").at(-1), file]));
      for (const { resource, path, text } of services(trial)) {
        const name = path.split("/").at(-1);
        const productionFile = productionFiles.get(name);
        productionFiles.delete(name);
        if (!productionFile) {
          reportViolation(`${path}: got no matching environments/${production}/${name}; expected both.`, resource.urn);
          continue;
        }
        for (const { message } of mirrorDifferences(
          parse(text) as Values,
          parse(productionFile.text) as Values,
          rules.staging,
        )) {
          reportViolation(`${path}: ${message}`, resource.urn);
        }
      }
      for (const { resource, path } of productionFiles.values()) {
        reportViolation(`${path}: got no matching file in environments/${trial}; expected both.`, resource.urn);
      }
    }
  }),
};
