import { changesBetween } from "../git/changes";
import { approvalsOf } from "../github/approvals";
import { involvedIn } from "../github/people";
import { type ReleasePull, releasePull } from "../github/release-pulls";
import { verdict } from "../four-eyes/verdict";
import type { Trailers } from "../git/message";
import type { Session } from "../session";
import { describe } from "./description";
import { recordTag, type ReleaseRecord } from "./write-record";
import { unitsOf } from "./unit";
import { verify } from "./find-record";

/**
 * The releases of an environment that have no record yet, oldest first: all since the newest that has one, or since the branch left `main`. One that
 * no pull request brought has nothing to record.
 */
export async function unrecorded(session: Session, environment: string): Promise<ReleaseRecord[]> {
  const commits = await withoutRecord(session, environment);
  if (commits.length === 0) return [];
  const { github, repository } = session;
  const request = { ...repository, state: "closed" as const, base: `env/${environment}`, per_page: 100 };
  const closed = await github.rest.pulls.list({ ...request, sort: "updated", direction: "desc" });
  const pulls = closed.data.map(releasePull).filter((pull) => pull !== undefined);
  const records = commits.reverse().map(async (commit) => {
    // Not by GitHub's list of a commit's pull requests: it knows merged ones of the default branch alone.
    const pull = pulls.find(({ mergeCommit }) => mergeCommit === commit);
    return pull && recordOf(session, commit, pull);
  });
  return (await Promise.all(records)).filter((record) => record !== undefined);
}

async function withoutRecord({ clone }: Session, environment: string): Promise<string[]> {
  const range = [`origin/env/${environment}`, "--not", "origin/main"];
  const listing = await clone.git("log", "--first-parent", "--format=%H", ...range);
  const commits: string[] = [];
  for (const commit of listing.split("\n").filter((line) => line !== "")) {
    if ("approvedBy" in (await verify(clone, recordTag({ environment, commit })))) break;
    commits.push(commit);
  }
  return commits;
}

/** What is to be recorded of a merged release: what was true when it was merged. */
async function recordOf(session: Session, commit: string, pull: ReleasePull): Promise<ReleaseRecord> {
  const { clone } = session;
  const { environment, number } = pull;
  await clone.fetch(`+refs/pull/${number}/head:refs/pull/${number}/head`);
  const involved = await involvedIn(session, { ...pull, base: `${commit}^1` });
  const approvals = await approvalsOf(session, number, pull.mergedAt ?? undefined);
  const { approvers } = verdict(approvals, involved, pull.head);
  const mention = (login: string) => `@${login}`;
  const trailers = {
    ...(await released(session, environment, commit)),
    Environment: environment,
    "Pull-Request": String(number),
    "Approved-By": approvers.map(mention),
    "Promoted-By": involved.map(({ login }) => mention(login)),
  };
  return { environment, commit, subject: pull.title, trailers };
}

/** What a commit released; nothing where it was more than one thing. */
async function released({ clone }: Session, environment: string, commit: string): Promise<Trailers> {
  const changes = await changesBetween(clone, `${commit}^1`, commit);
  const units = unitsOf(
    environment,
    changes.map(({ path }) => path),
  );
  const [unit, ...more] = units;
  if (!unit || more.length > 0) return {};
  return (await describe(clone, unit, `${commit}^1`, commit)).trailers;
}
