import { parse } from "yaml";
import { heals, specOf } from "../applications";
import { argocdConfigMap, TYPES } from "../kubernetes";
import { stacksWith, type Resource, type StackRule } from "../rule";

/** The triggers of which one tells that a cluster differs from Git. */
const TELLING = ["on-drift-found", "on-out-of-sync"];

/** A live edit that nobody reverts and nobody hears of stays. */
export const driftHealsOrAlerts: StackRule = {
  name: "drift-heals-or-alerts",
  displayName: "Drift heals or alerts",
  description: "Every Application reverts live edits, or somebody is told of them.",
  enforcementLevel: "mandatory",
  severity: "high",
  remediationSteps: "Set delivery.drift to heal, or to alert beside argocd.notifications.",
  url: "docs/adr/0001-production-waits-and-heals.md",
  validateStack: stacksWith(TYPES.application, ({ resources }, reportViolation) => {
    const deaf = resources.filter((resource) => resource.type === TYPES.application && !heals(specOf(resource)));
    if (deaf.length === 0) return;
    const missing = whatAlertsMiss(resources);
    if (missing === undefined) return;
    for (const { urn } of deaf) {
      reportViolation(
        `syncPolicy: got no healing, and argocd-notifications-cm ${missing}; expected one of the two.`,
        urn,
      );
    }
  }),
};

function whatAlertsMiss(resources: readonly Resource[]): string | undefined {
  const { defaultTriggers, subscriptions } = argocdConfigMap(resources, "argocd-notifications-cm")?.data ?? {};
  const triggers = list(defaultTriggers);
  if (!TELLING.some((trigger) => triggers.includes(trigger))) return `sends none of ${TELLING.join(", ")}`;
  const recipients = list(subscriptions).flatMap((each) => (each as { recipients?: unknown[] }).recipients ?? []);
  return recipients.length > 0 ? undefined : "has no recipient";
}

function list(text: string | undefined): unknown[] {
  const value: unknown = text === undefined ? undefined : parse(text);
  return Array.isArray(value) ? value : [];
}
