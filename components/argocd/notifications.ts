import { stringify } from "yaml";
import type { Delivery } from "../../environments/environment";

/** One condition of a trigger, in the words of Argo CD's notifications controller. */
interface Condition {
  readonly when: string;
  readonly send: readonly string[];
  /** The message is sent once for each value of this expression; absent: each time the condition becomes true. */
  readonly oncePer?: string;
}

const OPERATION = "app.status.operationState";

const TRIGGERS: Readonly<Record<string, Condition>> = {
  // The revision that was synced successfully is no longer what runs: only a live edit leads there.
  "on-drift-found": {
    when:
      `app.status.sync.status == 'OutOfSync' and ${OPERATION}?.phase == 'Succeeded' and ` +
      `app.status.sync.revision == ${OPERATION}?.syncResult?.revision`,
    send: ["drift-found"],
  },
  // Once for each operation: every heal of one revision tells.
  "on-drift-healed": {
    when: `${OPERATION}?.phase == 'Succeeded' and (${OPERATION}?.operation?.sync?.autoHealAttemptsCount ?? 0) > 0`,
    send: ["drift-healed"],
    oncePer: `${OPERATION}?.finishedAt`,
  },
  "on-out-of-sync": {
    when: "app.status.sync.status == 'OutOfSync'",
    send: ["out-of-sync"],
    oncePer: "app.status.sync.revision",
  },
  // Automated syncs are retried without end, so their operation never becomes Failed: the third retry tells.
  "on-sync-failing": {
    when: `${OPERATION}?.phase in ['Error', 'Failed'] or (${OPERATION}?.retryCount ?? 0) >= 3`,
    send: ["sync-failing"],
    oncePer: "app.status.sync.revision",
  },
};

const APPLICATION = "{{.app.metadata.name}}";
const REVISION = "{{.app.status.sync.revision}}";

const TEMPLATES: Readonly<Record<string, string>> = {
  "drift-found": `${APPLICATION}: the cluster differs from ${REVISION}, which was deployed. Somebody edited it by hand.`,
  "drift-healed": `${APPLICATION}: a live edit was reverted to ${REVISION}.`,
  "out-of-sync": `${APPLICATION}: ${REVISION} waits to be synced.`,
  "sync-failing": `${APPLICATION}: ${REVISION} cannot be deployed: {{.app.status.operationState.message}}`,
};

/** What an environment's people must hear of, by its delivery policy. */
export function defaultTriggers({ sync, drift }: Delivery): string[] {
  if (drift === "heal") return ["on-drift-healed", "on-sync-failing"];
  return sync === "manual"
    ? ["on-drift-found", "on-out-of-sync", "on-sync-failing"]
    : ["on-drift-found", "on-sync-failing"];
}

/**
 * The data of argocd-notifications-cm. A destination is one more key (`service.webhook.<name>`, `service.slack`) and a
 * subscription (`subscriptions`, or the annotation `notifications.argoproj.io/subscribe.<destination>`); a subscription that
 * names no trigger gets the environment's.
 */
export function notificationSettings(delivery: Delivery, url: string | undefined): Record<string, string> {
  return {
    ...(url === undefined ? {} : { context: stringify({ argocdUrl: url }) }),
    defaultTriggers: stringify(defaultTriggers(delivery)),
    ...entries("trigger", TRIGGERS, (condition) => [condition]),
    ...entries("template", TEMPLATES, (message) => ({ message })),
  };
}

function entries<T>(prefix: string, map: Readonly<Record<string, T>>, body: (value: T) => unknown) {
  return Object.fromEntries(
    Object.entries(map).map(([name, value]) => [`${prefix}.${name}`, stringify(body(value), { lineWidth: 0 })]),
  );
}
