import { parse } from "yaml";
import { heals, specOf } from "../applications";
import { argocdConfigMap, TYPES } from "../kubernetes";
import { stacksWith, type Resource, type StackRule } from "../rule";

/** Notification triggers for a cluster that differs from Git. One of them is enough. */
const DRIFT_TRIGGERS = ["on-drift-found", "on-out-of-sync"];

/** A live edit that is neither reverted nor reported stays unnoticed. */
export const driftHealsOrAlerts: StackRule = {
  name: "drift-heals-or-alerts",
  displayName: "Drift heals or alerts",
  description: "Every Application either reverts live edits or sends an alert about them.",
  enforcementLevel: "mandatory",
  severity: "high",
  remediationSteps: "Set delivery.drift to heal; or set it to alert, and configure argocd.notifications.",
  url: "docs/adr/0001-production-waits-and-heals.md",
  validateStack: stacksWith(TYPES.application, ({ resources }, reportViolation) => {
    const unhealed = resources.filter((resource) => resource.type === TYPES.application && !heals(specOf(resource)));
    if (unhealed.length === 0) return;
    const missing = missingAlert(resources);
    if (missing === undefined) return;
    for (const { urn } of unhealed) {
      reportViolation(
        `syncPolicy: got no self-healing, and argocd-notifications-cm ${missing}; expected self-healing or an alert.`,
        urn,
      );
    }
  }),
};

function missingAlert(resources: readonly Resource[]): string | undefined {
  const { defaultTriggers, subscriptions } = argocdConfigMap(resources, "argocd-notifications-cm")?.data ?? {};
  const triggers = list(defaultTriggers);
  if (!DRIFT_TRIGGERS.some((trigger) => triggers.includes(trigger))) {
    return `sends none of ${DRIFT_TRIGGERS.join(", ")}`;
  }
  const recipients = list(subscriptions).flatMap((each) => (each as { recipients?: unknown[] }).recipients ?? []);
  return recipients.length > 0 ? undefined : "has no recipient";
}

function list(text: string | undefined): unknown[] {
  const value: unknown = text === undefined ? undefined : parse(text);
  return Array.isArray(value) ? value : [];
}
