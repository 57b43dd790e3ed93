import { CHARTS } from "../../environments/service-name";
import { changesBetween } from "../git/changes";
import { describeError } from "../describe-error";
import { Failure } from "../failure";
import { isAboutOne } from "../github/about-one";
import { approvalsOf } from "../github/approvals";
import type { ReleasePull } from "../github/release-pulls";
import type { Session } from "../session";
import { valuesPath } from "../values/files";
import { type Outcome, outcome } from "./outcome";
import { isOf, type Unit, unitBranch } from "./unit";
import { environmentBranch } from "../../environments/catalogue";
import { remoteBranch } from "../git/refs";

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
  const prefix = `release/${environment}/`;
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
