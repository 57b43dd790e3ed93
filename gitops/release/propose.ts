import { environmentBranch, releaseBranch } from "../../contract/branches";
import { CHARTS, valuesPath } from "../../contract/paths";
import { describeError, Failure } from "../errors";
import type { Clone } from "../git/clone";
import { formatMessage } from "../../contract/trailers";
import { mergedTree } from "../git/commits";
import { changesBetween } from "../git/file-history";
import { remoteBranch } from "../git/refs";
import { approvalsOf } from "../github/approvals";
import { makeCommit } from "../github/make-commit";
import { isAboutOne } from "../github/merging";
import { involvedOnMain } from "../github/people";
import { newestPullRequest, openPullRequest } from "../github/pulls";
import type { ReleasePull } from "../github/release-pulls";
import type { Session } from "../session";
import { type Outcome, outcome } from "./outcome";
import { appCommits, describe, type Description, releaseBody } from "./pull-request";
import { isOf, manifestsOf, sourcesOf, type Unit, unitBranch, withManifests, withoutManifests } from "./unit";

/**
 * Sees to it that a unit's release is asked for: a branch with one commit on top of the environment's, with the unit
 * and the manifests that follow from it, and its pull request. One that brings the same already stays as it is, because
 * a new head would dismiss its approvals.
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
  const sources = await sourcesOf(clone, unit, base);
  const description = await describe(clone, unit, base, sources);
  if (description.to?.state === "unreadable") return outcome(unit, "blocked", { reason: description.to.reason });
  const pull = open.find((one) => one.isOwn && one.branch === unitBranch(unit) && one.environment === unit.environment);
  if (pull && !thorough && pull.title === description.subject && (await isCurrent(clone, unit, pull.head, sources))) {
    return outcome(unit, "waits", pull);
  }
  const wanted = await withManifests(clone, unit, base, sources);
  if ("blocked" in wanted) return outcome(unit, "blocked", { reason: wanted.blocked });

  const branch = await bring(session, unit, wanted.tree, description);
  if (branch === undefined)
    return outcome(unit, "waits", { reason: "Its branch moved meanwhile; the next run looks again." });
  const involved = await involvedOnMain(session, { base, head: branch.head });
  const { from, to } = description;
  const isNewImage = from?.state === "read" && to?.state === "read" && from.image.tag !== to.image.tag;
  const commits = isNewImage ? await appCommits(session, from.image, to.image) : undefined;
  const text = {
    title: description.subject,
    body: releaseBody({ unit, description, diff: wanted.diff, involved, commits }),
  };
  if (pull) return keep(session, unit, pull, text, branch.isNew);
  const branches = { branch: unitBranch(unit), base: environmentBranch(unit.environment) };
  const former = branch.isNew ? undefined : await newestPullRequest(session, branches);
  if (former?.state === "closed" && former.head === branch.head)
    return outcome(unit, "declined", { ...former, reason: "Somebody closed it. Reopen it to release it." });
  return outcome(unit, "opened", await openPullRequest(session, { ...branches, ...text }));
}

/**
 * Whether a release brings what is wanted, as far as can be told without Helm, and began where neither what it changes
 * nor the charts were others than they are.
 */
async function isCurrent(clone: Clone, unit: Unit, head: string, sources: string): Promise<boolean> {
  const base = remoteBranch(environmentBranch(unit.environment));
  const isThere = (await clone.resolve(remoteBranch(unitBranch(unit)))) === head;
  const merged = isThere ? await mergedTree(clone, base, head) : undefined;
  if (merged === undefined) return false;
  const others = await changesBetween(clone, sources, merged, ".", `:(exclude)${manifestsOf(unit)}`);
  const lacking = await withoutManifests(clone, merged, unit.environment);
  const isWhole = unit.service === undefined ? lacking.length === 0 : !lacking.includes(unit.service);
  if (others.length > 0 || !isWhole) return false;
  return (await changesBetween(clone, `${head}^1`, base, CHARTS, unit.path, manifestsOf(unit))).length === 0;
}

/**
 * Brings the unit's branch to a commit whose merge makes the wanted tree. Undefined where somebody else moved it at the
 * same moment.
 */
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
  const { requestedBy } = await session.who();
  const message = formatMessage(subject, {
    ...trailers,
    "Requested-By": requestedBy.map((login) => `@${login}`),
  });
  const parent = await clone.git("rev-parse", base);
  const head = await makeCommit(session, { tree: wanted, parents: [parent], message });
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

/**
 * Takes back what there is nothing to release of any more: closes the pull request, says why, dismisses its approvals
 * and deletes the branch. A branch that brings anything but its unit is somebody's work and stays.
 */
export async function withdraw(
  session: Session,
  environment: string,
  wanted: readonly Unit[],
  open: readonly ReleasePull[],
): Promise<Outcome[]> {
  const kept = new Set(wanted.map(unitBranch));
  const outcomes: Outcome[] = [];
  for (const { branch, head, unit } of await branches(session, environment)) {
    if (kept.has(branch) || !(await bringsOnly(session, unit, head))) continue;
    const pull = open.find((one) => one.isOwn && one.branch === branch && one.environment === environment);
    try {
      if (pull) outcomes.push(await close(session, unit, pull));
      await session.clone.push({ ref: `refs/heads/${branch}`, to: null, from: head });
    } catch (error) {
      // It must not hold up the others.
      if (!isAboutOne(error)) throw error;
      // A push that is refused stays refused; what GitHub's API refuses, somebody did at the same moment.
      const state = error instanceof Failure ? "blocked" : "waits";
      outcomes.push(outcome(unit, state, { ...pull, reason: `${branch}: ${describeError(error)}` }));
    }
  }
  return outcomes;
}

async function close(session: Session, unit: Unit, pull: ReleasePull): Promise<Outcome> {
  const { github, repository } = session;
  const request = { ...repository, issue_number: pull.number, pull_number: pull.number };
  const body = `\`env/${unit.environment}\` and \`main\` no longer differ in \`${unit.path}\`: there is nothing to release.`;
  await github.rest.issues.createComment({ ...request, body });
  // Anyone who reopens it must ask again.
  for (const { id } of await approvalsOf(session, pull.number)) {
    await github.rest.pulls.dismissReview({ ...request, review_id: id, message: "There is nothing to release." });
  }
  await github.rest.pulls.update({ ...request, state: "closed" });
  return outcome(unit, "closed", pull);
}

async function branches({ clone }: Session, environment: string) {
  const prefix = releaseBranch(environment, "");
  const format = "--format=%(refname:lstrip=3) %(objectname)";
  const listing = await clone.git("for-each-ref", format, remoteBranch(prefix));
  return listing
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [branch = "", head = ""] = line.split(" ");
      const name = branch.slice(prefix.length);
      const service = name === CHARTS ? undefined : name;
      const path = service === undefined ? name : valuesPath({ environment, service });
      return { branch, head, unit: { environment, service, path } };
    });
}

async function bringsOnly({ clone }: Session, unit: Unit, head: string): Promise<boolean> {
  const mergeBase = await clone
    .git("merge-base", remoteBranch(environmentBranch(unit.environment)), head)
    .catch(() => undefined);
  if (mergeBase === undefined) return false;
  const changes = await changesBetween(clone, mergeBase, head);
  return changes.every(({ path }) => isOf(unit, path));
}
