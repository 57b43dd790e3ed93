import { stringify } from "yaml";
import type { Delivery } from "../../environments/environment";

/** What the notifications are made for. */
export interface NotificationSettings {
  /** The environment's policy: it decides what people are told. */
  readonly delivery: Delivery;
  /** Where people reach Argo CD; unset: messages have no links. */
  readonly url: string | undefined;
  /** The webhook that gets the messages, and whether it wants a token. Unset: nobody is told anything. */
  readonly notifications: { readonly url: string; readonly token?: unknown } | undefined;
}

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

/** The name of the destination: of the service, in what its templates are for and in the subscription. */
const DESTINATION = "platform";

/** The key of argocd-notifications-secret that holds the destination's token. */
export const TOKEN_KEY = "platform-token";

/** What an environment's people must hear of, by its delivery policy. */
export function defaultTriggers({ sync, drift }: Delivery): string[] {
  if (drift === "heal") return ["on-drift-healed", "on-sync-failing"];
  return sync === "manual"
    ? ["on-drift-found", "on-out-of-sync", "on-sync-failing"]
    : ["on-drift-found", "on-sync-failing"];
}

/**
 * The data of argocd-notifications-cm. The configured webhook hears of every Application, by the environment's triggers. Other
 * destinations may be added in the cluster by keys of their own (`service.slack`); an Application subscribes to them by the
 * annotation `notifications.argoproj.io/subscribe.<destination>`.
 */
export function notificationSettings(settings: NotificationSettings): Record<string, string> {
  const { delivery, url, notifications } = settings;
  return {
    defaultTriggers: stringify(defaultTriggers(delivery)),
    ...(notifications && {
      [`service.webhook.${DESTINATION}`]: stringify(service(notifications)),
      subscriptions: stringify([{ recipients: [DESTINATION] }]),
    }),
    ...entries("trigger", TRIGGERS, (condition) => [condition]),
    ...entries("template", TEMPLATES, (message) => template(message, url)),
  };
}

/** https://argo-cd.readthedocs.io/en/stable/operator-manual/notifications/services/webhook/ */
function service({ url, token }: NonNullable<NotificationSettings["notifications"]>) {
  return {
    url,
    headers: [
      { name: "Content-Type", value: "application/json" },
      // Argo CD puts the value from argocd-notifications-secret in the place of the name.
      ...(token === undefined ? [] : [{ name: "Authorization", value: `Bearer $${TOKEN_KEY}` }]),
    ],
  };
}

/** A message for people, and as the JSON that chat systems' webhooks take: `{"text": "…"}`. */
function template(text: string, url: string | undefined) {
  const message = url === undefined ? text : `${text} ${url}/applications/${APPLICATION}`;
  return { message, webhook: { [DESTINATION]: { method: "POST", body: jsonBody(message) } } };
}

/** A template of JSON. What it puts in may hold quotes and lines, such as an error of Kubernetes. */
function jsonBody(message: string): string {
  const values = Array.from(message.matchAll(PLACEHOLDER), ([, path = ""]) => path);
  const format = message.replaceAll("%", "%%").replaceAll(PLACEHOLDER, "%v");
  return `{"text": {{printf ${JSON.stringify(format)} ${values.join(" ")} | toJson}}}`;
}

const PLACEHOLDER = /{{([^}]*)}}/g;

function entries<T>(prefix: string, map: Readonly<Record<string, T>>, body: (value: T) => unknown) {
  return Object.fromEntries(
    Object.entries(map).map(([name, value]) => [`${prefix}.${name}`, stringify(body(value), { lineWidth: 0 })]),
  );
}
