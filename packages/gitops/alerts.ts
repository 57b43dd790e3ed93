import type { Session } from "./session";
import { createHash } from "node:crypto";

/** A message to people about a release, a bump or a cluster. */
export interface Alert {
  readonly event:
    | "waiting-for-approval"
    | "break-glass-used"
    | "release-blocked"
    | "merged-past-four-eyes"
    | "foreign-revision"
    | "main-broken"
    | "bump-refused"
    | "bumps-blocked"
    | "undeclared-change"
    | "platform-drift"
    | "platform-not-compared";
  /** What happened, as a sentence. */
  readonly what: string;
  /** The service, or `charts`, `bumps` or `platform`. */
  readonly service: string;
  readonly environment: string;
  /** The page of the release, or of the file that declares the desired state. */
  readonly url: string;
}

/** How long the receiver may take to respond, in milliseconds. */
const TIMEOUT = 10_000;

/**
 * Posts an alert as JSON: `text` for Slack's incoming webhooks, and the other fields for programs. It never throws,
 * because a lost alert must not stop a release. A failure is logged without the URL, which works as a password.
 * @returns false if it was not received. Callers that remember what they sent then send it again in the next run.
 */
export async function sendAlert(
  alert: Alert,
  { alertsUrl, log }: Pick<Session, "alertsUrl" | "log">,
): Promise<boolean> {
  if (alertsUrl === undefined) return true;
  const { event, service, environment, url } = alert;
  const body = JSON.stringify({ text: textOf(alert), event, service, environment, url });
  try {
    const signal = AbortSignal.timeout(TIMEOUT);
    const headers = { "content-type": "application/json" };
    // fetch would follow a redirect of a POST with a GET.
    const { ok, status } = await fetch(alertsUrl, { method: "POST", headers, body, signal, redirect: "manual" });
    if (!ok) log(notReceived(alert, `answered ${status}; expected 2xx`));
    return ok;
  } catch (error) {
    log(notReceived(alert, reasonOf(error)));
    return false;
  }
}

function notReceived({ event }: Alert, reason: string): string {
  return `The alert ${event} was not received: GITOPS_ALERTS_URL ${reason}. Check the secret ALERTS_URL.`;
}

/**
 * Escapes the whole text, because Slack reads angle brackets as links and as mentions of everyone, and people choose
 * names too, such as those of branches:
 * https://docs.slack.dev/messaging/formatting-message-text
 */
function textOf({ environment, service, what, url }: Alert): string {
  const text = `${environment}/${service}: ${what} ${url}`;
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** The cause without the URL, which Node's own messages contain. */
function reasonOf(error: unknown): string {
  if (error instanceof DOMException && error.name === "TimeoutError") return `does not answer in ${TIMEOUT / 1000} s`;
  const { cause } = error as { readonly cause?: { readonly code?: unknown } };
  return typeof cause?.code === "string" ? `cannot be reached (${cause.code})` : "cannot be reached";
}

/** A report on a pull request's page. */
export interface PullReport {
  /** Its kind, which marks the comment. */
  readonly mark: string;
  /** The comment's first sentence. */
  readonly headline: string;
  /** Why, in Markdown. */
  readonly reason: string;
  /** The alert that is sent with the comment; undefined: none. */
  readonly alert: Alert | undefined;
}

/**
 * Reports a reason by a comment on a pull request's page and an alert. Each reason is reported once: a mark in the
 * comment says whether the alert was received, and if not, the next call sends it again.
 */
export async function alertOnPull(
  session: Session,
  number: number,
  { mark, headline, reason, alert }: PullReport,
): Promise<void> {
  const { github, repository } = session;
  const heard = `<!-- ${mark} ${hashOf(reason)} -->`;
  const unheard = `<!-- ${mark} ${hashOf(reason)} alert-not-received -->`;
  const about = { ...repository, issue_number: number };
  const comments = await github.paginate(github.rest.issues.listComments, { ...about, per_page: 100 });
  // Anyone can write a comment with such a mark.
  const own = comments.filter(({ user }) => session.bot === undefined || user?.login === session.bot);
  if (own.some(({ body }) => body?.includes(heard))) return;
  const comment = own.find(({ body }) => body?.includes(unheard));
  const isReceived = alert === undefined || (await sendAlert(alert, session));
  const body = `**${headline}** ${reason}\n\n${isReceived ? heard : unheard}`;
  if (comment === undefined) await github.rest.issues.createComment({ ...about, body });
  else if (isReceived) await github.rest.issues.updateComment({ ...repository, comment_id: comment.id, body });
}

/** A short hash by which a later run recognizes a reason. */
export function hashOf(reason: string): string {
  return createHash("sha256").update(reason).digest("hex").slice(0, 16);
}
