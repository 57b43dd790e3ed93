import { GITHUB } from "../github";
import { formatValue } from "@gitops-platform/contract/values/plain";
import { resourcesOfType, type ResourceRule } from "../rule";

interface Ruleset {
  enforcement?: string;
  bypassActors?: { actorType?: string; actorId?: number }[];
}

/** An account that can bypass a rule would be the target of attackers. */
export const rulesetsBindEveryone: ResourceRule = {
  name: "rulesets-bind-everyone",
  displayName: "Rulesets apply to everyone",
  description: "Every ruleset of the GitOps repository is active, and nobody can bypass it.",
  enforcementLevel: "mandatory",
  severity: "critical",
  remediationSteps: "Remove the bypass actors, and remove repository.enforcement from the stack's configuration.",
  url: "docs/adr/0006-rulesets-protect-the-repository.md",
  validateResource: resourcesOfType(GITHUB.ruleset, (args, reportViolation) => {
    const { enforcement, bypassActors } = args.props as Ruleset;
    if (enforcement !== "active") reportViolation(`enforcement: got ${formatValue(enforcement)}; expected "active".`);
    for (const { actorType, actorId } of bypassActors ?? []) {
      reportViolation(`bypassActors: got ${actorType ?? "an actor"} ${formatValue(actorId)}; expected none.`);
    }
  }),
};
