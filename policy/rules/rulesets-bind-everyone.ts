import { GITHUB } from "../github";
import { resourcesOfType, show, type ResourceRule } from "../rule";

interface Ruleset {
  enforcement?: string;
  bypassActors?: { actorType?: string; actorId?: number }[];
}

/** An account that may bypass a rule is the account to steal. */
export const rulesetsBindEveryone: ResourceRule = {
  name: "rulesets-bind-everyone",
  displayName: "Rulesets bind everyone",
  description: "Every ruleset of the GitOps repository is active, and nobody bypasses it.",
  enforcementLevel: "mandatory",
  severity: "critical",
  remediationSteps: "Remove the bypass actors, and repository.enforcement from the stack's configuration.",
  url: "docs/adr/0006-rulesets-protect-the-repository.md",
  validateResource: resourcesOfType(GITHUB.ruleset, (args, reportViolation) => {
    const { enforcement, bypassActors } = args.props as Ruleset;
    if (enforcement !== "active") reportViolation(`enforcement: got ${show(enforcement)}; expected "active".`);
    for (const { actorType, actorId } of bypassActors ?? []) {
      reportViolation(`bypassActors: got ${actorType ?? "an actor"} ${show(actorId)}; expected nobody.`);
    }
  }),
};
