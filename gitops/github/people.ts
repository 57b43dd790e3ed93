import { changesBetween } from "../git/changes";
import { readTrailer } from "../git/message";
import { bringing, pathHistory } from "../git/path-history";
import type { Session } from "../session";
import { pushersOf } from "./pushers";
import { MAIN } from "../git/refs";

/** A person who had a part in what a release brings. */
export interface Involved {
  readonly login: string;
  /** What they did: `pushed to #12`. */
  readonly did: string;
}

/** A pull request and how its branch came about. */
export interface Request {
  readonly number: number;
  readonly author: { readonly login: string; readonly isBot: boolean };
  /** The branch that it comes from. */
  readonly branch: string;
  readonly head: string;
}

/** A pull request into an environment's branch. */
export interface ReleaseRequest extends Request {
  /** The commit of the environment's branch that it goes onto. */
  readonly base: string;
}

/**
 * Everyone who had a part in what a release brings: who opened, or pushed to, the pull requests that brought it to `main` and the release's own; and for
 * whom a bot did. Each person once, with the first thing that they did.
 */
export async function involvedIn(session: Session, release: ReleaseRequest): Promise<Involved[]> {
  const [onMain, own] = [
    await involvedOnMain(session, release),
    await partsIn(session, release, [release.head, "--not", release.base]),
  ];
  return once([...onMain, ...own]);
}

/** Those of them who brought it to `main`. */
export async function involvedOnMain(
  session: Session,
  release: Pick<ReleaseRequest, "base" | "head">,
): Promise<Involved[]> {
  const commits = await commitsOnMain(session, release);
  return once((await Promise.all(commits.map((commit) => broughtBy(session, commit)))).flat());
}

function once(found: readonly Involved[]): Involved[] {
  const people = new Map<string, Involved>();
  for (const person of found) {
    const key = person.login.toLowerCase();
    if (!people.has(key)) people.set(key, person);
  }
  return [...people.values()];
}

/** The first-parent commits of `main` that made what a release brings. */
async function commitsOnMain(
  { clone }: Session,
  { base, head }: Pick<ReleaseRequest, "base" | "head">,
): Promise<string[]> {
  const mergeBase = await clone.git("merge-base", base, head);
  const changes = await changesBetween(clone, mergeBase, head);
  const commits = changes.map(async ({ path, blob }) => {
    const [onMain, onEnvironment] = await Promise.all([pathHistory(clone, MAIN, path), pathHistory(clone, base, path)]);
    return bringing(onMain, onEnvironment, blob).map(({ commit }) => commit);
  });
  return [...new Set((await Promise.all(commits)).flat())];
}

async function broughtBy(session: Session, commit: string): Promise<Involved[]> {
  const { github, repository } = session;
  const request = { ...repository, commit_sha: commit, per_page: 100 };
  const pulls = await github.paginate(github.rest.repos.listPullRequestsAssociatedWithCommit, request);
  const merged = pulls.filter((pull) => pull.base.ref === "main" && pull.merged_at !== null);
  if (merged.length === 0) return pushedToMain(session, commit);
  const parts = merged.map(({ number, user, head }) => {
    const author = { login: user?.login ?? "", isBot: user?.type !== "User" };
    return partsIn(session, { number, author, branch: head.ref, head: head.sha }, [commit, "--not", `${commit}^1`]);
  });
  return (await Promise.all(parts)).flat();
}

/** Who put a commit on `main` without a pull request: its ruleset refuses that, but it may not have stood yet. */
async function pushedToMain({ github, repository }: Session, commit: string): Promise<Involved[]> {
  const { data } = await github.rest.repos.getCommit({ ...repository, ref: commit });
  return [data.author, data.committer].flatMap((person) =>
    // It is an empty object where GitHub knows nobody of that address.
    person?.login !== undefined && person.type === "User"
      ? [{ login: person.login, did: `committed ${commit.slice(0, 7)} to main` }]
      : [],
  );
}

/** Who had a part in one pull request. Whom its commits name counts where a bot pushed them: what people write into theirs proves nothing. */
async function partsIn(
  session: Session,
  { number, author, branch, head }: Request,
  range: readonly string[],
): Promise<Involved[]> {
  const pushers = await pushersOf(session, branch, head);
  const people = pushers.filter(({ isBot }) => !isBot).map(({ login }) => login);
  const named = author.isBot || people.length < pushers.length ? await requesters(session, range) : [];
  return [
    ...(author.isBot ? [] : [{ login: author.login, did: `opened #${number}` }]),
    ...people.map((login) => ({ login, did: `pushed to #${number}` })),
    ...named.map((login) => ({ login, did: `asked for #${number}` })),
  ];
}

/** Who started the workflows that made some commits. */
async function requesters({ clone }: Session, range: readonly string[]): Promise<string[]> {
  const messages = await clone.git("log", "-z", "--format=%B", ...range);
  const names = messages.split("\0").flatMap((message) => readTrailer(message, "Requested-By"));
  return names.map((name) => name.replace(/^@/, "")).filter((login) => !login.endsWith("[bot]"));
}
