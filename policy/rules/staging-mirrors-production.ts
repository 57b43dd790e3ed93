import { parse } from "yaml";
import { RULES_PATH } from "../../gitops/rules/entry";
import { parseRules } from "../../gitops/rules/rules";
import { mirrorDifferences, type Values } from "../../gitops/values/mirror";
import { GITHUB, repositoryFiles } from "../github";
import { show, stacksWith, type StackRule } from "../rule";

interface Config {
  staging: string;
  production: string;
}

/** What was tried in staging is what production gets, only if both are configured alike. */
export const stagingMirrorsProduction: StackRule = {
  name: "staging-mirrors-production",
  displayName: "Staging mirrors production",
  description:
    "Of the values that the repository starts with, staging's are production's, apart from what gitops.yaml there lets differ.",
  enforcementLevel: "mandatory",
  severity: "medium",
  remediationSteps: "Make the two files below gitops-repo/environments agree.",
  url: "gitops-repo/README.md",
  configSchema: {
    properties: {
      staging: { type: "string", default: "staging", description: "The environment that mirrors." },
      production: { type: "string", default: "prod", description: "The environment that is mirrored." },
    },
  },
  validateStack: stacksWith(GITHUB.repository, (stack, reportViolation) => {
    const { staging, production } = stack.getConfig<Config>();
    const files = repositoryFiles(stack.resources);
    if (files.length === 0) stack.notApplicable("The repository is adopted: the check validate compares its values.");
    const text = files.find(({ branch, path }) => branch === "main" && path === RULES_PATH)?.text;
    const { rules, problems } = parseRules(text);
    for (const { file, message } of problems) reportViolation(`${file ?? ""}: ${message}`);
    const services = (environment: string) =>
      files.filter(({ branch, path }) => branch === "main" && path.startsWith(`environments/${environment}/`));
    const twins = new Map(services(production).map((file) => [file.path.split("/").at(-1), file]));
    for (const { resource, path, text } of services(staging)) {
      const name = path.split("/").at(-1);
      const twin = twins.get(name);
      twins.delete(name);
      if (!twin) {
        reportViolation(
          `${path}: got no environments/${production}/${show(name)} beside it; expected both.`,
          resource.urn,
        );
        continue;
      }
      for (const { message } of mirrorDifferences(parse(text) as Values, parse(twin.text) as Values, rules.staging)) {
        reportViolation(`${path}: ${message}`, resource.urn);
      }
    }
    for (const { resource, path } of twins.values()) {
      reportViolation(`${path}: got no file in environments/${staging} beside it; expected both.`, resource.urn);
    }
  }),
};
