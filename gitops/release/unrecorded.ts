import { recordTag } from "../../contract/tags";
import { changesBetween } from "../git/file-history";
import { factsAtMerge, judgeFacts } from "../four-eyes/judge";
import type { Trailers } from "../../contract/trailers";
import { mergedReleases, type ReleasePull } from "../github/release-pulls";
import type { Session } from "../session";
import { approvalTrailers, mention, withRecords } from "./record";
import { describe } from "./pull-request";
import { unitsOf } from "./unit";
import type { ReleaseRecord } from "./write-record";
import { environmentBranch } from "../../contract/branches";
import { MAIN, remoteBranch } from "../git/refs";

/** A commit of an environment's branch without a record. */
interface Unrecorded {
  readonly commit: string;
  /** When it was made, ISO 8601. */
  readonly at: string;
}

/**
 * How many commits before the newest record are looked at: whose tags somebody removed before a ruleset kept them,
 * without a run that reads the whole past.
 */
const LOOK_BACK = 100;

/**
 * The releases of an environment that have no record, oldest first: all since the newest whose record verifies, or
 * since the branch left `main`, and of the {@link LOOK_BACK} commits before that all whose tag is gone. One that no
 * pull request brought has nothing to record.
 */
export async function unrecorded(session: Session, environment: string): Promise<ReleaseRecord[]> {
  const found = await withoutRecord(session, environment);
  const oldest = found.at(-1);
  if (!oldest) return [];
  // Not by GitHub's list of a commit's pull requests: it knows merged ones of the default branch alone.
  const pulls = await mergedReleases(session, environment, oldest.at);
  const records: ReleaseRecord[] = [];
  for (const { commit } of found.reverse()) {
    const pull = pulls.find(({ mergeCommit }) => mergeCommit === commit);
    if (pull) records.push(await recordOf(session, commit, pull));
  }
  return records;
}

/** Newest first. */
async function withoutRecord({ clone }: Session, environment: string): Promise<Unrecorded[]> {
  const range = [remoteBranch(environmentBranch(environment)), "--not", MAIN];
  const log = await clone.git("log", "--first-parent", "--format=%H %cI %P", ...range);
  const commits = log.split("\n").flatMap((line) => {
    const [commit = "", at = "", ...parents] = line.split(" ");
    return commit === "" ? [] : [{ commit, at, isMerge: parents.length > 1 }];
  });
  const newest = await withRecords(clone, async (find) => {
    for (const [index, { commit }] of commits.entries()) {
      if ("approvedBy" in (await find(environment, commit))) return index;
    }
    return commits.length;
  });
  // Nobody changes a tag that is there, so of older ones it is enough that they are. Whatever a pull request brought is
  // a merge.
  const tags = await clone.git("for-each-ref", "--format=%(refname:lstrip=2)", `refs/tags/release/${environment}/`);
  const present = new Set(tags.split("\n"));
  const erased = commits
    .slice(newest, newest + LOOK_BACK)
    .filter(({ commit, isMerge }) => isMerge && !present.has(recordTag(environment, commit)));
  return [...commits.slice(0, newest), ...erased];
}

/** What is to be recorded of a merged release: what was true when it was merged. */
async function recordOf(session: Session, commit: string, pull: ReleasePull): Promise<ReleaseRecord> {
  const { environment, number, url, title: subject } = pull;
  const facts = await factsAtMerge(session, pull, commit);
  const verdict = await judgeFacts(session, pull, facts);
  const trailers = {
    ...(await released(session, environment, `${commit}^1`, commit)),
    Environment: environment,
    "Pull-Request": String(number),
    ...approvalTrailers(verdict),
    "Promoted-By": facts.involved.map(({ login }) => mention(login)),
  };
  return { environment, commit, subject, trailers, url, isRefused: verdict.state !== "approved" };
}

/**
 * What a change of an environment's branch releases, as trailers; nothing where it is more than one thing, or none that
 * is released.
 */
export async function released(
  { clone }: Pick<Session, "clone">,
  environment: string,
  before: string,
  after: string,
): Promise<Trailers> {
  const changes = await changesBetween(clone, before, after);
  const units = unitsOf(
    environment,
    changes.map(({ path }) => path),
  );
  const [unit, ...more] = units;
  if (!unit || more.length > 0) return {};
  return (await describe(clone, unit, before, after)).trailers;
}
