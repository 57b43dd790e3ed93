import { recordTag } from "@gitops-platform/contract/tags";
import { changesBetween } from "../git/file-history";
import { factsAtMerge, judgeFacts } from "../four-eyes/judge";
import type { Trailers } from "@gitops-platform/contract/trailers";
import { mergedReleases, type ReleasePull } from "../github/release-pulls";
import type { Session } from "../session";
import { approvalTrailers, mention, withRecords } from "./record";
import { describe } from "./description";
import { unitsOf } from "./unit";
import type { ReleaseRecord } from "./write-record";
import { environmentBranch } from "@gitops-platform/contract/branches";
import { MAIN, remoteBranch } from "../git/refs";

/** A commit of an environment's branch without a record. */
interface Unrecorded {
  readonly commit: string;
  /** Its commit date, ISO 8601. */
  readonly at: string;
}

/** How many commits before the newest record are checked for deleted tags, so that no run reads the whole history. */
const LOOK_BACK = 100;

/**
 * The releases of an environment without a record, oldest first: all since the newest valid record, or since the branch
 * left `main`, and those of the {@link LOOK_BACK} commits before whose tag was deleted. A commit without a pull request
 * has nothing to record.
 */
export async function unrecorded(session: Session, environment: string): Promise<ReleaseRecord[]> {
  const found = await withoutRecord(session, environment);
  const oldest = found.at(-1);
  if (!oldest) return [];
  // GitHub's list of a commit's pull requests contains merged ones of the default branch only.
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
  // An existing tag cannot be changed, so older ones are not verified again. Only merges come from pull requests.
  const tags = await clone.git("for-each-ref", "--format=%(refname:lstrip=2)", `refs/tags/release/${environment}/`);
  const present = new Set(tags.split("\n"));
  const erased = commits
    .slice(newest, newest + LOOK_BACK)
    .filter(({ commit, isMerge }) => isMerge && !present.has(recordTag(environment, commit)));
  return [...commits.slice(0, newest), ...erased];
}

/** The record of a merged release, by the facts at the time of its merge. */
async function recordOf(session: Session, commit: string, pull: ReleasePull): Promise<ReleaseRecord> {
  const { environment, number, url, title: subject } = pull;
  const facts = await factsAtMerge(session, pull, commit);
  const verdict = await judgeFacts(session, pull, facts);
  const trailers = {
    ...(await released(session, environment, `${commit}^1`, commit)),
    Environment: environment,
    "Pull-Request": String(number),
    ...approvalTrailers(verdict),
    "Promoted-By": facts.contributors.map(({ login }) => mention(login)),
  };
  return { environment, commit, subject, trailers, url, isRefused: verdict.state !== "approved" };
}

/** The trailers of a change to an environment's branch; empty unless it releases exactly one unit. */
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
