import { CHARTS } from "../../environments/service-name";
import { changesBetween } from "../git/changes";
import type { Clone } from "../git/clone";
import { carry, commitTree } from "../git/commits";
import { mergedTree } from "../git/queries";
import { formatMessage } from "../git/message";
import { involvedOnMain } from "../github/people";
import { newestPullRequest, openPullRequest } from "../github/pulls";
import type { ReleasePull } from "../github/release-pulls";
import type { Session } from "../session";
import { appCommits } from "./app-commits";
import { releaseBody } from "./body";
import { describe, type Description } from "./description";
import { type Outcome, outcome } from "./outcome";
import { preview } from "./preview";
import { type Unit, unitBranch } from "./unit";
import { environmentBranch } from "../../environments/catalogue";
import { MAIN, remoteBranch } from "../git/refs";

/**
 * Sees to it that a unit's release is asked for: a branch with one commit on top of the environment's, and its pull request. One that brings the same
 * already stays as it is, because a new head would dismiss its approvals.
 * @param thorough Whether what is asked for already, and was described from the same, is rendered and described again.
 */
export async function propose(
  session: Session,
  unit: Unit,
  open: readonly ReleasePull[],
  thorough: boolean,
): Promise<Outcome> {
  const { clone } = session;
  const base = remoteBranch(environmentBranch(unit.environment));
  const wanted = await carry(clone, base, MAIN, unit.path);
  const description = await describe(clone, unit, base, wanted);
  if (description.to?.state === "unreadable") return outcome(unit, "blocked", { reason: description.to.reason });
  const pull = open.find((one) => one.branch === unitBranch(unit) && one.environment === unit.environment);
  if (pull && !thorough && pull.title === description.subject && (await isCurrent(clone, unit, pull.head, wanted))) {
    return outcome(unit, "waits", pull);
  }
  const shown = await preview(clone, unit, base, wanted);
  if ("blocked" in shown) return outcome(unit, "blocked", { reason: shown.blocked });

  const branch = await bring(session, unit, wanted, description);
  if (branch === undefined)
    return outcome(unit, "waits", { reason: "Its branch moved meanwhile; the next run looks again." });
  const involved = await involvedOnMain(session, { base, head: branch.head });
  const { from, to } = description;
  const isNewImage = from?.state === "read" && to?.state === "read" && from.image.tag !== to.image.tag;
  const commits = isNewImage ? await appCommits(session, from.image, to.image) : undefined;
  const text = {
    title: description.subject,
    body: releaseBody({ unit, description, diff: shown.diff, involved, commits }),
  };
  if (pull) return keep(session, unit, pull, text, branch.isNew);
  const branches = { branch: unitBranch(unit), base: `env/${unit.environment}` };
  const former = branch.isNew ? undefined : await newestPullRequest(session, branches);
  if (former?.state === "closed" && former.head === branch.head)
    return outcome(unit, "declined", { ...former, reason: "Somebody closed it. Reopen it to release it." });
  return outcome(unit, "opened", await openPullRequest(session, { ...branches, ...text }));
}

/** Whether a release brings what is wanted, and began where neither what it changes nor the charts were others than they are. */
async function isCurrent(clone: Clone, unit: Unit, head: string, wanted: string): Promise<boolean> {
  const base = remoteBranch(environmentBranch(unit.environment));
  const isThere = (await clone.resolve(remoteBranch(unitBranch(unit)))) === head;
  if (!isThere || (await mergedTree(clone, base, head)) !== wanted) return false;
  const changes = await changesBetween(clone, `${head}^1`, base, CHARTS, unit.path);
  return changes.length === 0;
}

/** Brings the unit's branch to a commit whose merge makes the wanted tree. Undefined where somebody else moved it at the same moment. */
async function bring(
  session: Session,
  unit: Unit,
  wanted: string,
  { subject, trailers }: Description,
): Promise<{ head: string; isNew: boolean } | undefined> {
  const { clone } = session;
  const name = unitBranch(unit);
  const base = remoteBranch(environmentBranch(unit.environment));
  const present = await clone.resolve(remoteBranch(name));
  if (present !== undefined && (await mergedTree(clone, base, present)) === wanted) {
    return { head: present, isNew: false };
  }
  const { identity, requestedBy } = await session.who();
  const message = formatMessage(subject, {
    ...trailers,
    ...(requestedBy !== undefined && { "Requested-By": `@${requestedBy}` }),
  });
  const parent = await clone.git("rev-parse", base);
  const head = await commitTree(clone, wanted, { parents: [parent], message, author: identity });
  const move = { ref: `refs/heads/${name}`, to: head, from: present ?? null };
  return (await clone.push(move)) ? { head, isNew: true } : undefined;
}

async function keep(
  { github, repository }: Session,
  unit: Unit,
  pull: ReleasePull,
  text: { readonly title: string; readonly body: string },
  isNew: boolean,
): Promise<Outcome> {
  const isSaid = pull.title === text.title && pull.body.replaceAll("\r\n", "\n") === text.body;
  if (!isSaid) await github.rest.pulls.update({ ...repository, pull_number: pull.number, ...text });
  return outcome(unit, isNew ? "updated" : "waits", pull);
}
