import { trimSecret } from "../environments/keys";
import type { Session } from "./session";

/** Something about a release, or a cluster, that people are told at once. */
export interface Alert {
  readonly event:
    | "waiting-for-approval"
    | "break-glass-used"
    | "release-blocked"
    | "merged-past-four-eyes"
    | "foreign-revision"
    | "main-broken"
    | "undeclared-change"
    | "platform-drift"
    | "platform-not-compared";
  /** What happened, as a sentence. */
  readonly what: string;
  /** The service, or `charts`, or `platform`. */
  readonly service: string;
  readonly environment: string;
  /** The release's page, or that of the file that declares what should be there. */
  readonly url: string;
}

/** How long the receiver may take, in milliseconds. */
const PATIENCE = 10_000;

/**
 * Posts an alert as JSON: `text` as Slack's incoming webhooks take it, and `event`, `service`, `environment` and `url`
 * for programs. Never throws: what is alerted about goes on where nobody hears of it.
 * @param session Told where it was not received. The address is not said: who knows it can write there.
 * @param given Where to. Default: `GITOPS_ALERTS_URL`; where that is not set either, nobody is told.
 * @returns false where it was not received: the caller, which remembers what was sent, sends it again.
 */
export async function sendAlert(
  alert: Alert,
  session: Pick<Session, "say">,
  given = process.env.GITOPS_ALERTS_URL,
): Promise<boolean> {
  const address = trimSecret(given ?? "");
  if (address === "") return true;
  const { event, service, environment, url } = alert;
  const body = JSON.stringify({ text: textOf(alert), event, service, environment, url });
  try {
    const signal = AbortSignal.timeout(PATIENCE);
    const headers = { "content-type": "application/json" };
    // A POST that is redirected would arrive as a GET.
    const { ok, status } = await fetch(address, { method: "POST", headers, body, signal, redirect: "manual" });
    if (!ok) session.say(notReceived(alert, `answered ${status}; expected 2xx`));
    return ok;
  } catch (error) {
    session.say(notReceived(alert, reasonOf(error)));
    return false;
  }
}

function notReceived({ event }: Alert, reason: string): string {
  return `The alert ${event} was not received: GITOPS_ALERTS_URL ${reason}. Check the secret ALERTS_URL.`;
}

/**
 * The brackets of what people write would be links, or mentions of everybody:
 * https://docs.slack.dev/messaging/formatting-message-text
 */
function textOf({ environment, service, what, url }: Alert): string {
  const escaped = what.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return `${environment}/${service}: ${escaped} ${url}`;
}

/** In words that do not repeat the address, as Node's own do. */
function reasonOf(error: unknown): string {
  if (error instanceof DOMException && error.name === "TimeoutError") return `does not answer in ${PATIENCE / 1000} s`;
  const { cause } = error as { readonly cause?: { readonly code?: unknown } };
  return typeof cause?.code === "string" ? `cannot be reached (${cause.code})` : "cannot be reached";
}
