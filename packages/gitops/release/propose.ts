import { environmentBranch, releaseBranch } from "@gitops-platform/contract/branches";
import { CHARTS, MANIFESTS, manifestsPath } from "@gitops-platform/contract/paths";
import { Failure } from "@gitops-platform/contract/failure";
import { describeError, isItemError } from "../errors";
import type { Clone } from "../git/clone";
import { formatMessage } from "@gitops-platform/contract/trailers";
import { mergedTree } from "../git/commits";
import { changesBetween } from "../git/file-history";
import { MAIN, remoteBranch } from "../git/refs";
import { pathAt, textsAt } from "../values/at";
import { approvalsOf } from "../github/approvals";
import { makeCommit } from "../github/make-commit";
import { contributorsOnMain } from "../github/people";
import { newestPullRequest, openPullRequest } from "../github/pulls";
import type { ReleasePull } from "../github/release-pulls";
import type { Session } from "../session";
import { type ReleaseOutcome, unitOutcome } from "./outcome";
import { describe, type Description } from "./description";
import { appCommits, releaseBody } from "./pull-request";
import { sourcesOf, withManifests } from "./content";
import { belongsTo, madePaths, type ReleaseUnit, servicesLackingManifests, sourcePaths, unitBranch } from "./unit";

/**
 * Opens or updates a unit's release: a branch with one commit on top of the environment's branch, which contains the
 * unit and its manifests, and a pull request. A branch with the right content is kept, because a new head would dismiss
 * its approvals.
 * @param thorough Whether a release that appears to be current is rendered and described again.
 */
export async function propose(
  session: Session,
  unit: ReleaseUnit,
  open: readonly ReleasePull[],
  thorough: boolean,
): Promise<ReleaseOutcome> {
  const { clone } = session;
  const base = remoteBranch(environmentBranch(unit.environment));
  const pull = open.find((one) => one.isOwn && one.branch === unitBranch(unit) && one.environment === unit.environment);
  const isThere = pull && (await clone.resolve(remoteBranch(pull.branch))) === pull.head;
  const brought = await sourcesOf(clone, unit, base, isThere ? pull.head : undefined);
  if ("blocked" in brought) return unitOutcome(unit, "blocked", { reason: brought.blocked });
  const sources = brought.tree;
  const description = await describe(clone, unit, base, sources);
  if (description.to?.state === "unreadable") return unitOutcome(unit, "blocked", { reason: description.to.reason });
  if (pull && !thorough && pull.title === description.subject && (await isCurrent(clone, unit, pull.head, sources))) {
    return unitOutcome(unit, "waits", pull);
  }
  const wanted = await withManifests(clone, unit, base, sources);
  if ("blocked" in wanted) return unitOutcome(unit, "blocked", { reason: wanted.blocked });

  const branch = await pushBranch(session, unit, wanted.tree, description);
  if (branch === undefined)
    return unitOutcome(unit, "waits", {
      reason: "Its branch was changed at the same moment; the next run tries again.",
    });
  const contributors = await contributorsOnMain(session, { base, head: branch.head });
  const { from, to } = description;
  const isNewImage = from?.state === "read" && to?.state === "read" && from.image.tag !== to.image.tag;
  const commits = isNewImage ? await appCommits(session, from.image, to.image) : undefined;
  const text = {
    title: description.subject,
    body: releaseBody({
      ...{ unit, path: await pathOf(clone, unit), description, ...wanted, contributors, commits },
      siblings: await siblingsOf(session, unit),
    }),
  };
  if (pull) return updateText(session, unit, pull, text, branch.isNew);
  const branches = { branch: unitBranch(unit), base: environmentBranch(unit.environment) };
  const former = branch.isNew ? undefined : await newestPullRequest(session, branches);
  if (former?.state === "closed" && former.head === branch.head)
    return unitOutcome(unit, "declined", { ...former, reason: "Somebody closed it. Reopen it to release it." });
  return unitOutcome(unit, "opened", await openPullRequest(session, { ...branches, ...text }));
}

async function pathOf(clone: Clone, { environment, service }: ReleaseUnit): Promise<string> {
  return service === undefined ? "" : pathAt(clone, MAIN, { environment, service });
}

/** The other environments that wait for approval and have the unit on `main`. */
async function siblingsOf({ clone, graph }: Session, { environment, service }: ReleaseUnit): Promise<string[]> {
  const others = graph.approved.filter((name) => name !== environment);
  if (service === undefined) return others;
  const texts = await Promise.all(others.map((name) => textsAt(clone, MAIN, { environment: name, service })));
  return others.filter((_, index) => (texts[index]?.size ?? 0) > 0);
}

/**
 * Whether a release has the wanted sources, and its base has had the same charts, values and manifests since. Then its
 * manifests need not be rendered again.
 */
async function isCurrent(clone: Clone, unit: ReleaseUnit, head: string, sources: string): Promise<boolean> {
  const base = remoteBranch(environmentBranch(unit.environment));
  const isThere = (await clone.resolve(remoteBranch(unitBranch(unit)))) === head;
  const merged = isThere ? await mergedTree(clone, base, head) : undefined;
  if (merged === undefined) return false;
  const manifests = unit.service === undefined ? MANIFESTS : manifestsPath(unit.service);
  const others = await changesBetween(clone, sources, merged, ".", `:(exclude)${manifests}`);
  const lacking = await servicesLackingManifests(clone, merged, unit.environment);
  const isWhole = unit.service === undefined ? lacking.length === 0 : !lacking.includes(unit.service);
  if (others.length > 0 || !isWhole) return false;
  const paths = [CHARTS, ...sourcePaths(unit), ...madePaths(unit)];
  return (await changesBetween(clone, `${head}^1`, base, ...paths)).length === 0;
}

/**
 * Moves the unit's branch to a commit whose merge results in the wanted tree. Undefined if someone else moved it at the
 * same moment.
 */
async function pushBranch(
  session: Session,
  unit: ReleaseUnit,
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
  const { requestedBy } = await session.actor();
  const message = formatMessage(subject, {
    ...trailers,
    "Requested-By": requestedBy.map((login) => `@${login}`),
  });
  const parent = await clone.git("rev-parse", base);
  const head = await makeCommit(session, { tree: wanted, parents: [parent], message });
  const move = { ref: `refs/heads/${name}`, to: head, from: present ?? null };
  return (await clone.push(move)) ? { head, isNew: true } : undefined;
}

async function updateText(
  { github, repository }: Session,
  unit: ReleaseUnit,
  pull: ReleasePull,
  text: { readonly title: string; readonly body: string },
  isNew: boolean,
): Promise<ReleaseOutcome> {
  const isSame = pull.title === text.title && pull.body.replaceAll("\r\n", "\n") === text.body;
  if (!isSame) await github.rest.pulls.update({ ...repository, pull_number: pull.number, ...text });
  return unitOutcome(unit, isNew ? "updated" : "waits", pull);
}

/**
 * Withdraws releases whose unit no longer differs: closes the pull request with a comment, dismisses its approvals and
 * deletes the branch. A branch that changes anything else is kept, because it is someone's work.
 */
export async function withdraw(
  session: Session,
  environment: string,
  wanted: readonly ReleaseUnit[],
  open: readonly ReleasePull[],
): Promise<ReleaseOutcome[]> {
  const kept = new Set(wanted.map(unitBranch));
  const outcomes: ReleaseOutcome[] = [];
  for (const { branch, head, unit } of await branches(session, environment)) {
    if (kept.has(branch) || !(await changesOnly(session, unit, head))) continue;
    const pull = open.find((one) => one.isOwn && one.branch === branch && one.environment === environment);
    try {
      if (pull) outcomes.push(await close(session, unit, pull));
      await session.clone.push({ ref: `refs/heads/${branch}`, to: null, from: head });
    } catch (error) {
      // An error must not stop the others.
      if (!isItemError(error)) throw error;
      // A refused push stays refused. If the API refuses, someone else changed the pull request at the same moment.
      const state = error instanceof Failure ? "blocked" : "waits";
      outcomes.push(unitOutcome(unit, state, { ...pull, reason: `${branch}: ${describeError(error)}` }));
    }
  }
  return outcomes;
}

async function close(session: Session, unit: ReleaseUnit, pull: ReleasePull): Promise<ReleaseOutcome> {
  const { github, repository } = session;
  const request = { ...repository, issue_number: pull.number, pull_number: pull.number };
  const body = `\`env/${unit.environment}\` and \`main\` no longer differ in ${sourcePaths(unit)
    .map((path) => `\`${path}\``)
    .join(" and ")}: there is nothing to release.`;
  await github.rest.issues.createComment({ ...request, body });
  // If it is reopened, it must be approved again.
  for (const { id } of await approvalsOf(session, pull.number)) {
    await github.rest.pulls.dismissReview({ ...request, review_id: id, message: "There is nothing to release." });
  }
  await github.rest.pulls.update({ ...request, state: "closed" });
  return unitOutcome(unit, "closed", pull);
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
      return { branch, head, unit: { environment, service: name === CHARTS ? undefined : name } };
    });
}

async function changesOnly({ clone }: Session, unit: ReleaseUnit, head: string): Promise<boolean> {
  const mergeBase = await clone
    .git("merge-base", remoteBranch(environmentBranch(unit.environment)), head)
    .catch(() => undefined);
  if (mergeBase === undefined) return false;
  const changes = await changesBetween(clone, mergeBase, head);
  return changes.every(({ path }) => belongsTo(unit, path));
}
