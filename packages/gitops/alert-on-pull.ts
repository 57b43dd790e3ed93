import { createHash } from "node:crypto";
import { type Alert, sendAlert } from "./alerts";
import type { Session } from "./session";

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
