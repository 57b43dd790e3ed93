import { DELIVERY_POLICY_PATH, parseDeliveryPath } from "@gitops-platform/contract/catalogue";
import { joinedChangesSince, policyChangesSince } from "../catalogue/policy-changes";
import { changesBetween, type FileChange, introducedBy, readFileChanges } from "../git/file-history";
import { readRequesters, readTrailer } from "@gitops-platform/contract/trailers";
import { MAIN } from "../git/refs";
import type { Session } from "../session";
import { parseValuesPath } from "@gitops-platform/contract/paths";
import { survives } from "../values/differences";
import {
  type Contributor,
  GITHUB_ITSELF,
  PullsOfCommits,
  type PullWithPeople,
  type PullRequestOrigin,
} from "./pulls-of-commits";
import { personTest } from "../requests/ci";
import { DirectPushes, pushersOf } from "./pushers";

/** A change on `main` that no known person asked for: a pull request of a bot or of CI, or a commit without one. */
export type Unrequested =
  | { readonly number: number; /** It says that it was promoted automatically. */ readonly byRule?: true }
  | { readonly commit: string };

/** The contributors to a release, and its changes that nobody is known to have asked for. */
export interface Contributions {
  readonly contributors: readonly Contributor[];
  readonly unrequested: readonly Unrequested[];
}

/** A pull request into an environment's branch. */
export interface ReleaseOrigin extends PullRequestOrigin {
  /** The commit of the environment's branch that it is based on. */
  readonly base: string;
}

/**
 * Everyone who contributed to a release, each person once. The release's own commits count, and the commits of `main`
 * that it contains. For each commit, these people are contributors: who opened, merged or pushed to any pull request
 * with the commit, into any branch; on whose behalf a bot did; and its author, if GitHub verified the signature. If a
 * person opened the release, that person has asked for all of it.
 */
export async function contributionsOf(session: Session, release: ReleaseOrigin): Promise<Contributions> {
  const search = await searchOf(session, release);
  const onMain = await contributionsOnMain(search, release);
  const own = await ownContributions(search, release);
  return {
    contributors: uniquePeople([...onMain.contributors, ...own.contributors]),
    unrequested: own.isAsked ? [] : onMain.unrequested,
  };
}

/** The contributors to what a release takes from `main`. */
export async function contributorsOnMain(
  session: Session,
  release: Pick<ReleaseOrigin, "base" | "head">,
): Promise<readonly Contributor[]> {
  return (await contributionsOnMain(await searchOf(session), release)).contributors;
}

/** What the search for contributors needs. */
interface Search {
  readonly session: Session;
  readonly pulls: PullsOfCommits;
  readonly pushes: DirectPushes;
  /** See {@link personTest}. */
  readonly isPerson: (login: string) => boolean;
}

/** @param pull The release's pull request, if it exists already. */
async function searchOf(session: Session, pull?: ReleaseOrigin): Promise<Search> {
  const isPerson = await personTest(session.clone);
  return { session, pulls: new PullsOfCommits(session, pull), pushes: new DirectPushes(session, "main"), isPerson };
}

async function contributionsOnMain(
  search: Search,
  release: Pick<ReleaseOrigin, "base" | "head">,
): Promise<Contributions> {
  const { session } = search;
  const contributors: Contributor[] = [];
  const unrequested: Unrequested[] = [];
  for (const [commit, files] of await commitsOnMain(session, release)) {
    const parts = await contributionsTo(search, commit, files);
    contributors.push(...parts.contributors);
    // A change that a later one replaced is not released, so it does not matter that nobody asked for it.
    if (parts.unrequested.length > 0 && (await anySurvives(session, commit, files)))
      unrequested.push(...parts.unrequested);
  }
  return { contributors: uniquePeople(contributors), unrequested };
}

function uniquePeople(found: readonly Contributor[]): Contributor[] {
  const people = new Map<string, Contributor>();
  for (const person of found) {
    const key = person.login.toLowerCase();
    if (!people.has(key)) people.set(key, person);
  }
  return [...people.values()];
}

/** A file of a release. */
interface ReleasedFile {
  readonly path: string;
  /** Its content in the release; undefined: the release removes it. */
  readonly blob: string | undefined;
}

/** The first-parent commits of `main` that a release contains, with the released files that each changed. */
async function commitsOnMain(
  { clone }: Session,
  { base, head }: Pick<ReleaseOrigin, "base" | "head">,
): Promise<Map<string, ReleasedFile[]>> {
  const mergeBase = await clone.git("merge-base", base, head);
  const found = new Map<string, ReleasedFile[]>();
  const add = (commit: string, file: ReleasedFile) => found.set(commit, [...(found.get(commit) ?? []), file]);
  for (const { path, blob } of await changesBetween(clone, mergeBase, head)) {
    const delivery = parseDeliveryPath(path);
    // These objects are on no other branch. What made them is the delivery policy, and the declarations.
    for (const { commit, after } of delivery ? await policyChangesSince(clone, mergeBase, delivery) : []) {
      add(commit, { path: DELIVERY_POLICY_PATH, blob: after ?? undefined });
    }
    // The declaration of the service that it joins was released before, and may have changed these objects.
    for (const change of delivery ? await joinedChangesSince(clone, { base: mergeBase, head, file: delivery }) : []) {
      add(change.commit, { path: change.path, blob: change.after ?? undefined });
    }
    const of = (all: readonly FileChange[]) => all.filter((change) => change.path === path);
    const onMain = of(await readFileChanges(clone, MAIN, [path]));
    const onEnvironment = of(await readFileChanges(clone, base, [path])).map(({ after }) => after);
    const before = onEnvironment.length > 0 ? onEnvironment : [null];
    for (const { commit } of introducedBy(onMain, blob ?? null, before, "all")) {
      add(commit, { path, blob });
    }
  }
  return found;
}

/** Whether a release still contains a part of what a commit changed. For files other than values, true is assumed. */
async function anySurvives({ clone }: Session, commit: string, files: readonly ReleasedFile[]): Promise<boolean> {
  if (files.some(({ path }) => !parseValuesPath(path))) return true;
  await clone.prefetch(files.flatMap(({ path }) => [`${commit}^1:${path}`, `${commit}:${path}`]));
  for (const { path, blob } of files) {
    const [before, after] = await Promise.all([clone.read(`${commit}^1`, path), clone.read(commit, path)]);
    const now = blob === undefined ? undefined : (await clone.readBlobs([blob])).get(blob);
    if (survives(before, after, now)) return true;
  }
  return false;
}

/** The contributors to one commit of `main`. */
async function contributionsTo(search: Search, commit: string, files: readonly ReleasedFile[]): Promise<Contributions> {
  const { session, pulls, isPerson } = search;
  const range = await rangeOf(session, commit);
  const came = await pulls.of(range);
  const contributors = (
    await Promise.all(came.map((pull) => contributorsIn(search, pull, [commit, ...range.without])))
  ).flat();
  contributors.push(...(await pulls.authorsOf(range)));
  const merged = came.filter(({ base, isMerged }) => base === "main" && isMerged);
  if (merged.length === 0) {
    const people = await pushedToMain(search, commit);
    const isAsked = people.some(({ login }) => isPerson(login));
    return { contributors: [...contributors, ...people], unrequested: isAsked ? [] : [{ commit }] };
  }
  const exact = merged.filter(({ mergeCommit }) => mergeCommit === commit);
  const unrequested: Unrequested[] = [];
  for (const pull of exact.length > 0 ? exact : merged) {
    if (isPersons(search, pull)) continue;
    const { people, bots } = await pushersIn(session, pull);
    // Several bumps can share a pull request. Only those who asked for these files count.
    const messages = await messagesOf(session, [commit, ...range.without, "--", ...files.map(({ path }) => path)]);
    const asked = messages.flatMap(readRequesters);
    const rules = messages.flatMap((message) => readTrailer(message, "Rule"));
    const isAsked = asked.some(isPerson) && speaksForPeople(bots);
    if (people.some(isPerson) || isAsked) continue;
    const isByRule = rules.length > 0 && speaksForPeople(bots);
    unrequested.push({ number: pull.number, ...(isByRule && { byRule: true }) });
  }
  return { contributors, unrequested };
}

/** The commits that a first-parent commit merged into a branch. */
async function rangeOf({ clone }: Session, commit: string) {
  const parent = await clone.resolve(`${commit}^1`);
  const without = parent === undefined ? [] : ["--not", parent];
  const commits = (await clone.git("rev-list", commit, ...without)).split("\n");
  return { commits, without, base: parent, head: commit };
}

/** Whether a person opened a pull request. */
function isPersons({ isPerson }: Search, { author }: Pick<PullRequestOrigin, "author">): boolean {
  return !author.isBot && isPerson(author.login);
}

/** The contributors to the release's own pull request, and whether a person opened it or pushed to it. */
async function ownContributions(search: Search, release: ReleaseOrigin) {
  const { session, pulls, isPerson } = search;
  const { base, head, number, author } = release;
  const without = ["--not", base];
  const commits = (await session.clone.git("rev-list", head, ...without)).split("\n").filter((line) => line !== "");
  const range = { commits, base: await session.clone.resolve(base), head };
  const came = (await pulls.of(range)).filter((pull) => pull.number !== number);
  const itself = { ...release, author, isOwn: true, mergedBy: undefined };
  const parts = await Promise.all([itself, ...came].map((pull) => contributorsIn(search, pull, [head, ...without])));
  const isAsked = isPersons(search, release) || (await pushersIn(session, itself)).people.some(isPerson);
  return { isAsked, contributors: [...parts.flat(), ...(await pulls.authorsOf(range))] };
}

/**
 * The people who pushed a commit to `main` without a pull request, before a ruleset forbade that. Anyone can write
 * another name and address into a commit, so its author and committer count only if GitHub has no record of the push.
 */
async function pushedToMain({ session, pushes }: Search, commit: string): Promise<Contributor[]> {
  const { github, repository } = session;
  const name = commit.slice(0, 7);
  const moves = await pushes.of(commit);
  if (moves.length > 0) {
    const people = moves.flatMap(({ actor }) => (actor?.type === "User" ? [actor.login] : []));
    return people.map((login) => ({ login, did: `pushed ${name} to main` }));
  }
  const { data } = await github.rest.repos.getCommit({ ...repository, ref: commit });
  return [data.author, data.committer].flatMap((person) =>
    // GitHub returns an empty object if it does not know the address.
    person?.login !== undefined && person.type === "User" && person.login !== GITHUB_ITSELF
      ? [{ login: person.login, did: `committed ${name} to main` }]
      : [],
  );
}

/** What is needed of a pull request to find its contributors. */
type ContributedPull = PullRequestOrigin & Pick<PullWithPeople, "isOwn" | "mergedBy">;

/**
 * The contributors to one pull request. The people that its commits name count only if a bot pushed them, because
 * anyone can write any name into their own commits.
 */
async function contributorsIn(
  { session, isPerson }: Search,
  pull: ContributedPull,
  range: readonly string[],
): Promise<Contributor[]> {
  const { number, author, mergedBy } = pull;
  const { people, bots } = await pushersIn(session, pull);
  const named = speaksForPeople(bots) ? await requesters(session, range) : [];
  return [
    ...(author.isBot ? [] : [{ login: author.login, did: `opened #${number}` }]),
    ...people.map((login) => ({ login, did: `pushed to #${number}` })),
    ...named.filter(isPerson).map((login) => ({ login, did: `asked for #${number}` })),
    ...(mergedBy === undefined ? [] : [{ login: mergedBy, did: `merged #${number}` }]),
  ];
}

/**
 * The people who pushed to a pull request's branch, and the bots that pushed to it or opened it. GitHub does not tell
 * who pushes to a fork.
 */
async function pushersIn(session: Session, { author, branch, head, isOwn }: ContributedPull) {
  const pushers = isOwn ? await pushersOf(session, branch, head) : [];
  const people = pushers.filter(({ isBot }) => !isBot).map(({ login }) => login);
  const bots = [...(author.isBot ? [author] : []), ...pushers.filter(({ isBot }) => isBot)].map(({ login }) => login);
  return { people, bots };
}

/**
 * Whether the people that these bots name in `Requested-By` have really asked. GitHub Actions does not count, because
 * any writer can act as it, by a workflow on a branch of their own.
 */
function speaksForPeople(bots: readonly string[]): boolean {
  return bots.length > 0 && !bots.some((login) => login.toLowerCase() === "github-actions[bot]");
}

/** The people whom some commits name in `Requested-By`. */
async function requesters(session: Session, range: readonly string[]): Promise<string[]> {
  return (await messagesOf(session, range)).flatMap(readRequesters);
}

async function messagesOf({ clone }: Session, range: readonly string[]): Promise<string[]> {
  return (await clone.git("log", "-z", "--format=%B", ...range)).split("\0");
}
