import { GITHUB } from "../github";
import { formatValue } from "@gitops-platform/contract/values/plain";
import { resourcesOfType, type ResourceRule } from "../rule";

/** If a cluster's key could write, an attacker in that cluster could change every environment. */
export const deployKeysOnlyRead: ResourceRule = {
  name: "deploy-keys-only-read",
  displayName: "Deploy keys are read-only",
  description: "The key with which a cluster reads the repository cannot write to it.",
  enforcementLevel: "mandatory",
  severity: "critical",
  remediationSteps: "Set readOnly: true. To write, use a GitHub App, which the rulesets take into account.",
  url: "docs/adr/0006-rulesets-protect-the-repository.md",
  validateResource: resourcesOfType(GITHUB.deployKey, (args, reportViolation) => {
    if (args.props.readOnly === true) return;
    reportViolation(`readOnly: got ${formatValue(args.props.readOnly)}; expected true.`);
  }),
};
