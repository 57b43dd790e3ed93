import { isAutomated, specOf } from "../applications";
import { metadata, TYPES } from "../kubernetes";
import { resourcesOfType, type ResourceRule } from "../rule";

const SKIP = "argocd.argoproj.io/skip-reconcile";

/** `selfHeal` without effect is worse than none, because it looks as if production healed itself. */
export const selfHealCanAct: ResourceRule = {
  name: "self-heal-can-act",
  displayName: "selfHeal is effective",
  description: "If an Application sets selfHeal, no other setting disables it.",
  enforcementLevel: "mandatory",
  severity: "high",
  remediationSteps:
    "Remove automated.enabled: false and the annotation. To require approval and still heal, follow env/<environment>.",
  url: "https://github.com/argoproj/argo-cd/issues/4414",
  validateResource: resourcesOfType(TYPES.application, (args, reportViolation) => {
    const spec = specOf(args);
    if (!spec.syncPolicy?.automated?.selfHeal) return;
    if (!isAutomated(spec)) {
      reportViolation("automated.enabled: got false; expected true or unset, because Argo CD does not heal otherwise.");
    }
    if (metadata(args).annotations?.[SKIP] === "true") {
      reportViolation(`annotation ${SKIP}: got "true"; expected none, because it disables the Application.`);
    }
  }),
};
