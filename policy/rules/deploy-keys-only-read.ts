import { GITHUB } from "../github";
import { resourcesOfType, show, type ResourceRule } from "../rule";

/** A cluster's key that may write would bring a cluster's thief into every environment. */
export const deployKeysOnlyRead: ResourceRule = {
  name: "deploy-keys-only-read",
  displayName: "Deploy keys only read",
  description: "The key that a cluster reads the repository with cannot write to it.",
  enforcementLevel: "mandatory",
  severity: "critical",
  remediationSteps: "Set readOnly: true. What writes is a GitHub App, which the rulesets know.",
  url: "docs/adr/0006-rulesets-protect-the-repository.md",
  validateResource: resourcesOfType(GITHUB.deployKey, (args, reportViolation) => {
    if (args.props.readOnly === true) return;
    reportViolation(`readOnly: got ${show(args.props.readOnly)}; expected true.`);
  }),
};
