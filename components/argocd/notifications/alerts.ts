import type { DeliveryPolicy } from "@gitops-platform/environments/environment";
import { COMPARISON_FAILING, OPERATION, PHASE, REVISION, SETTLED, SYNC_FAILING, type Condition } from "./conditions";

/** A notification for people, independent of the channel. The strings are Go templates. */
export interface Alert {
  readonly condition: Omit<Condition, "send">;
  /** `info`: nobody has to do anything. */
  readonly severity: "error" | "warning" | "info";
  /** A heading of a few words. */
  readonly title: string;
  /** One sentence about what happened. */
  readonly what: string;
  /** What to do about it. */
  readonly advice: string;
}

const SHORT = "toString | trunc 7";
const TIP = ".app.status.sync.revision";
/** The commit of the last sync. If a sync failed before it resolved its commit: the branch's newest commit. */
const DEPLOYED = `{{(.${OPERATION}.syncResult | default dict).revision | default ${TIP} | ${SHORT}}}`;
const NEWEST = `{{${TIP} | ${SHORT}}}`;
// Slack accepts 3000 characters in one text object.
const REASON = `{{.${OPERATION}.message | default "Argo CD gives no reason." | toString | trunc 1000}}`;

/** Argo CD sorts conditions by type, and ComparisonError sorts first. */
const COMPARISON_ERROR = "{{(first .app.status.conditions).message | trunc 1000}}";

/**
 * Every alert by its template's name. The trigger's name is the same with the prefix `on-`.
 * @param revision The ref that the environment's Applications follow, as a full name.
 */
export function alerts({ sync, drift }: DeliveryPolicy, revision: string): Record<string, Alert> {
  return {
    "drift-found": {
      condition: { when: `app.status.sync.status == 'OutOfSync' and ${SETTLED}${commitMayWait({ sync, drift })}` },
      severity: "warning",
      title: "edited by hand",
      what: `The cluster differs from the deployed ${DEPLOYED}: somebody edited it by hand, and nothing reverts it.`,
      advice: "Sync it to restore the state in Git, or commit the change to Git.",
    },
    "drift-healed": {
      condition: {
        when: `${PHASE} == 'Succeeded' and (${OPERATION}?.operation?.sync?.autoHealAttemptsCount ?? 0) > 0`,
        // Once for each operation, so that every heal of one revision is reported.
        oncePer: `${OPERATION}?.finishedAt`,
      },
      severity: "info",
      title: "live edit reverted",
      what: `Somebody edited the cluster by hand; it was restored to ${DEPLOYED}.`,
      advice:
        "If the change is needed, commit it to Git. If this alert repeats, a controller may be making the change.",
    },
    "out-of-sync": {
      condition: { when: "app.status.sync.status == 'OutOfSync'", oncePer: "app.status.sync.revision" },
      severity: "warning",
      title: "waiting to be synced",
      what: `The cluster differs from ${NEWEST}, the newest commit.`,
      advice: "Review the difference, then sync it.",
    },
    "sync-failing": {
      condition: { when: SYNC_FAILING, oncePer: `${OPERATION}?.syncResult?.revision ?? app.status.sync.revision` },
      severity: "error",
      title: "cannot be deployed",
      what: `${DEPLOYED} cannot be deployed: ${REASON}`,
      advice: "Fix it in Git, or roll back. Until then, what is running stays unchanged.",
    },
    "comparison-failing": {
      condition: { when: COMPARISON_FAILING },
      severity: "error",
      title: "cannot be compared",
      what: `Argo CD cannot compare Git with the cluster: ${COMPARISON_ERROR}`,
      advice:
        "Fix it in Git, or let Argo CD reach the repository. " +
        "Until then, nothing is deployed and no live edit is detected.",
    },
    "other-branch": {
      // Argo CD ignores `source` when `sources` is set.
      condition: {
        when: `app.spec.source?.targetRevision != '${revision}' or len(app.spec.sources ?? []) > 0`,
        oncePer: "string(app.spec.source?.targetRevision) + ' ' + string(app.spec.sources)",
      },
      severity: "error",
      title: "follows another branch",
      what: `Argo CD no longer follows ${revision}: somebody edited the Application by hand, bypassing every approval.`,
      advice: "Find out who did it, and restore the Application: pulumi up --refresh.",
    },
    degraded: {
      condition: { when: `app.status.health.status in ['Degraded', 'Suspended'] and ${REVISION} != ''` },
      severity: "error",
      title: "not healthy",
      what: `${DEPLOYED} is deployed and is {{.app.status.health.status}}.`,
      advice:
        "Check the events and logs of its pods. If it began with this version, roll back. " +
        "If it has no pods, somebody scaled it by hand: scale it back.",
    },
  };
}

/** The triggers that are active by default under a delivery policy. */
export function defaultTriggers({ sync, drift }: DeliveryPolicy): string[] {
  return [
    // Also with drift: heal. An edit that is not reverted then means that somebody disabled healing.
    "on-drift-found",
    ...(drift === "heal" ? ["on-drift-healed"] : []),
    ...(sync === "manual" && drift === "alert" ? ["on-out-of-sync"] : []),
    "on-sync-failing",
    "on-comparison-failing",
    "on-other-branch",
    "on-degraded",
  ];
}

/** The alerts that the platform team gets about every service: somebody bypassed Git, or Git cannot be read. */
export const PLATFORM_TRIGGERS: readonly string[] = ["on-drift-found", "on-comparison-failing", "on-other-branch"];

/**
 * With automated sync, OutOfSync always means a live edit. With manual sync it can also mean a commit that waits, so it
 * is certainly a live edit only while the branch is at the deployed commit.
 */
function commitMayWait({ sync, drift }: DeliveryPolicy): string {
  return sync === "manual" && drift === "alert" ? ` and app.status.sync.revision == ${REVISION}` : "";
}
