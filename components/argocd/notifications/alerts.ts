import type { Delivery } from "../../../environments/environment";
import { COMPARISON_FAILING, OPERATION, PHASE, REVISION, SETTLED, SYNC_FAILING, type Condition } from "./conditions";

/** Something that people are told, whatever way it reaches them. The texts are templates of Go. */
export interface Alert {
  readonly condition: Omit<Condition, "send">;
  /** In a few words, as a heading. */
  readonly title: string;
  /** What happened, as a sentence. */
  readonly what: string;
  /** What to do about it. */
  readonly advice: string;
}

const SHORT = "toString | trunc 7";
/** The commit that was deployed last, or was to be. Where a sync failed before it knew its commit: what Git says. */
const DEPLOYED = `{{(.${OPERATION}.syncResult | default dict).revision | default .app.status.sync.revision | ${SHORT}}}`;
const WANTED = `{{.app.status.sync.revision | ${SHORT}}}`;
// Slack takes 3000 characters in one piece.
const REASON = `{{.${OPERATION}.message | default "Argo CD gives no reason." | toString | trunc 1000}}`;

/** Argo CD sorts them by type, and no other type comes before ComparisonError. */
const REFUSAL = "{{(first .app.status.conditions).message | trunc 1000}}";

/**
 * All that people may be told, by name: of the template, and with `on-` before it of the trigger.
 * @param revision What the environment's Applications follow, as its full name.
 */
export function alerts({ sync, drift }: Delivery, revision: string): Record<string, Alert> {
  return {
    "drift-found": {
      condition: { when: `app.status.sync.status == 'OutOfSync' and ${SETTLED}${commitMayWait({ sync, drift })}` },
      title: "edited by hand",
      what: `The cluster differs from ${DEPLOYED}, which was deployed: somebody edited it by hand, and nothing reverts it.`,
      advice: "Sync it to go back to what Git says, or bring the change to Git.",
    },
    "drift-healed": {
      condition: {
        when: `${PHASE} == 'Succeeded' and (${OPERATION}?.operation?.sync?.autoHealAttemptsCount ?? 0) > 0`,
        // Once for each operation: every heal of one revision tells.
        oncePer: `${OPERATION}?.finishedAt`,
      },
      title: "live edit reverted",
      what: `Somebody edited the cluster by hand; it is back at ${DEPLOYED}.`,
      advice: "If the change is needed, bring it to Git. If this comes again and again, a controller fights Git.",
    },
    "out-of-sync": {
      condition: { when: "app.status.sync.status == 'OutOfSync'", oncePer: "app.status.sync.revision" },
      title: "waits to be synced",
      what: `The cluster differs from ${WANTED}, the newest commit.`,
      advice: "Look at the difference, then sync it.",
    },
    "sync-failing": {
      condition: { when: SYNC_FAILING, oncePer: `${OPERATION}?.syncResult?.revision ?? app.status.sync.revision` },
      title: "cannot be deployed",
      what: `${DEPLOYED} cannot be deployed: ${REASON}`,
      advice: "Mend it in Git, or roll back; what runs stays as it is meanwhile.",
    },
    "comparison-failing": {
      condition: { when: COMPARISON_FAILING },
      title: "cannot be compared",
      what: `What Git says cannot be compared with the cluster: ${REFUSAL}`,
      advice:
        "Mend it in Git, or let Argo CD reach the repository; nothing is deployed and no live edit is found meanwhile.",
    },
    "other-branch": {
      // Argo CD does not read `source` beside `sources`.
      condition: {
        when: `app.spec.source?.targetRevision != '${revision}' or len(app.spec.sources ?? []) > 0`,
        oncePer: "string(app.spec.source?.targetRevision) + ' ' + string(app.spec.sources)",
      },
      title: "follows another branch",
      what: `Argo CD does not follow ${revision} any more: somebody edited the Application by hand, past every approval.`,
      advice: "Find out who, and make it again as the program says: pulumi up --refresh.",
    },
    degraded: {
      condition: { when: `app.status.health.status in ['Degraded', 'Suspended'] and ${REVISION} != ''` },
      title: "not healthy",
      what: `${DEPLOYED} is deployed and is {{.app.status.health.status}}.`,
      advice:
        "Look at its pods' events and logs; roll back if it began with this version. Without pods it was scaled by hand: scale it back.",
    },
  };
}

/** What an environment's people must hear of, by its delivery policy: names of triggers. */
export function defaultTriggers({ sync, drift }: Delivery): string[] {
  return [
    // Where live edits are reverted, one that stays means that somebody switched that off.
    "on-drift-found",
    ...(drift === "heal" ? ["on-drift-healed"] : []),
    ...(sync === "manual" && drift === "alert" ? ["on-out-of-sync"] : []),
    "on-sync-failing",
    "on-comparison-failing",
    "on-other-branch",
    "on-degraded",
  ];
}

/**
 * Automated syncs leave nothing but live edits out of sync. Where people sync, a commit that waits looks the same, and
 * it is a live edit for sure only while Git is where it was.
 */
function commitMayWait({ sync, drift }: Delivery): string {
  return sync === "manual" && drift === "alert" ? ` and app.status.sync.revision == ${REVISION}` : "";
}
