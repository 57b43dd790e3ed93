import { isAutomated, specOf } from "../applications";
import { metadata, TYPES } from "../kubernetes";
import { resourcesOfType, type ResourceRule } from "../rule";

const SKIP = "argocd.argoproj.io/skip-reconcile";

/** `selfHeal` that does nothing is worse than none: it reads as if production healed. */
export const selfHealCanAct: ResourceRule = {
  name: "self-heal-can-act",
  displayName: "selfHeal can act",
  description: "Where an Application says selfHeal, Argo CD acts on it.",
  enforcementLevel: "mandatory",
  severity: "high",
  remediationSteps:
    "Remove automated.enabled: false and the annotation. To wait for a person and heal all the same, follow env/<environment>.",
  url: "https://github.com/argoproj/argo-cd/issues/4414",
  validateResource: resourcesOfType(TYPES.application, (args, reportViolation) => {
    const spec = specOf(args);
    if (!spec.syncPolicy?.automated?.selfHeal) return;
    if (!isAutomated(spec)) {
      reportViolation(
        "automated.enabled: got false; expected nothing, or true, beside selfHeal: Argo CD heals nothing then.",
      );
    }
    if (metadata(args).annotations?.[SKIP] === "true") {
      reportViolation(`annotation ${SKIP}: got "true"; expected none: Argo CD does not look at the Application then.`);
    }
  }),
};
