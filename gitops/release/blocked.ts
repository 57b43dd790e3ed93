import { createHash } from "node:crypto";
import { sendAlert } from "../alerts";
import type { Session } from "../session";
import type { Outcome } from "./outcome";

/**
 * Tells people that an approved release cannot go on by itself, and why: by an alert, and a comment on its page, which is also how the next run knows that it
 * was told. Once for each reason.
 * @param alerts Whether an alert goes out too.
 */
export async function tellBlocked(session: Session, blocked: Outcome, number: number, alerts: boolean): Promise<void> {
  const { github, repository } = session;
  const { environment, unit: service, url = "", reason = "" } = blocked;
  const mark = `<!-- release-blocked ${createHash("sha256").update(reason).digest("hex").slice(0, 16)} -->`;
  const about = { ...repository, issue_number: number };
  const comments = await github.paginate(github.rest.issues.listComments, { ...about, per_page: 100 });
  // Others can write such a mark too.
  const bot = process.env.GITOPS_BOT ?? "";
  const isTold = comments.some(({ body, user }) => body?.includes(mark) && (bot === "" || user?.login === bot));
  if (isTold) return;
  const [first = ""] = reason.split("\n");
  const what = `Its release cannot go on. ${first}`;
  if (alerts) await sendAlert({ event: "release-blocked", what, service, environment, url }, session);
  await github.rest.issues.createComment({ ...about, body: `**This release cannot go on.** ${reason}\n\n${mark}` });
}
