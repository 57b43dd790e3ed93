import { bringing, changesBetween, pathHistory } from "../git/file-history";
import { readTrailer } from "../../contract/trailers";
import { MAIN } from "../git/refs";
import type { Session } from "../session";
import { parseValuesPath } from "../../contract/paths";
import { survives } from "../values/differences";
import { GITHUB_ITSELF, type Involved, PullsOfCommits, type PullWithPeople, type Request } from "./pulls-of-commits";
import { readCi } from "../requests/ci";
import { DirectPushes, pushersOf } from "./pushers";

/**
 * What came to `main` although no person is known to have asked for it: a pull request of a bot or of CI, or a commit
 * without one.
 */
export type Unasked = { readonly number: number } | { readonly commit: string };

/** Who had a part in a release, and of what that is not known. */
export interface Parts {
  readonly involved: readonly Involved[];
  readonly unasked: readonly Unasked[];
}

/** A pull request into an environment's branch. */
export interface ReleaseRequest extends Request {
  /** The commit of the environment's branch that it goes onto. */
  readonly base: string;
}

/**
 * Everyone who had a part in what a release brings, each person once. For each commit that came to `main` with it, and
 * for those of the release itself: who opened, merged or pushed to any pull request that the commit came by, into
 * whichever branch; for whom a bot did; and who wrote it, where GitHub verified its signature. A release that a person
 * asks for has been asked for, whatever bots did before.
 */
export async function partsOf(session: Session, release: ReleaseRequest): Promise<Parts> {
  const search = await searchOf(session, release);
  const onMain = await partsOnMain(search, release);
  const own = await ownParts(search, release);
  return { involved: once([...onMain.involved, ...own.involved]), unasked: own.isAsked ? [] : onMain.unasked };
}

/** Those of them who brought it to `main`. */
export async function involvedOnMain(
  session: Session,
  release: Pick<ReleaseRequest, "base" | "head">,
): Promise<readonly Involved[]> {
  return (await partsOnMain(await searchOf(session), release)).involved;
}

/** What every step of a search for parts needs. */
interface Search {
  readonly session: Session;
  readonly pulls: PullsOfCommits;
  readonly pushes: DirectPushes;
  /** Whether an account belongs to a person: not to a bot, nor to CI (the setting `repository.ciAccounts`). */
  readonly isPerson: (login: string) => boolean;
}

/** @param pull The pull request that the search is for, where there is one already. */
async function searchOf(session: Session, pull?: ReleaseRequest): Promise<Search> {
  const { accounts } = await readCi(session.clone);
  const ofCi = new Set(accounts.map((login) => login.toLowerCase()));
  const isPerson = (login: string) => login !== "" && !login.endsWith("[bot]") && !ofCi.has(login.toLowerCase());
  return { session, pulls: new PullsOfCommits(session, pull), pushes: new DirectPushes(session, "main"), isPerson };
}

async function partsOnMain(search: Search, release: Pick<ReleaseRequest, "base" | "head">): Promise<Parts> {
  const { session } = search;
  const involved: Involved[] = [];
  const unasked: Unasked[] = [];
  for (const [commit, files] of await commitsOnMain(session, release)) {
    const parts = await broughtBy(search, commit, files);
    involved.push(...parts.involved);
    // What a later change replaced is not released, so it does not matter that nobody asked for it.
    if (parts.unasked.length > 0 && (await anySurvives(session, commit, files))) unasked.push(...parts.unasked);
  }
  return { involved: once(involved), unasked };
}

function once(found: readonly Involved[]): Involved[] {
  const people = new Map<string, Involved>();
  for (const person of found) {
    const key = person.login.toLowerCase();
    if (!people.has(key)) people.set(key, person);
  }
  return [...people.values()];
}

/** A file of a release. */
interface ReleasedFile {
  readonly path: string;
  /** What the release makes of it; undefined: it removes it. */
  readonly blob: string | undefined;
}

/** The first-parent commits of `main` that made what a release brings, with the files of it that each changed. */
async function commitsOnMain(
  { clone }: Session,
  { base, head }: Pick<ReleaseRequest, "base" | "head">,
): Promise<Map<string, ReleasedFile[]>> {
  const mergeBase = await clone.git("merge-base", base, head);
  const found = new Map<string, ReleasedFile[]>();
  for (const { path, blob } of await changesBetween(clone, mergeBase, head)) {
    const [onMain, onEnvironment] = await Promise.all([pathHistory(clone, MAIN, path), pathHistory(clone, base, path)]);
    for (const { commit } of bringing(onMain, onEnvironment, blob)) {
      found.set(commit, [...(found.get(commit) ?? []), { path, blob }]);
    }
  }
  return found;
}

/**
 * Whether a release still has something of what a commit made of its files. Of charts and other files that is not told
 * apart.
 */
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

/** Who had a part in what one commit brought to `main`. */
async function broughtBy(search: Search, commit: string, files: readonly ReleasedFile[]): Promise<Parts> {
  const { session, pulls, isPerson } = search;
  const range = await rangeOf(session, commit);
  const came = await pulls.of(range);
  const involved = (await Promise.all(came.map((pull) => partsIn(search, pull, [commit, ...range.without])))).flat();
  involved.push(...(await pulls.authorsOf(range)));
  const merged = came.filter(({ base, isMerged }) => base === "main" && isMerged);
  if (merged.length === 0) {
    const people = await pushedToMain(search, commit);
    const isAsked = people.some(({ login }) => isPerson(login));
    return { involved: [...involved, ...people], unasked: isAsked ? [] : [{ commit }] };
  }
  const exact = merged.filter(({ mergeCommit }) => mergeCommit === commit);
  const unasked: Unasked[] = [];
  for (const pull of exact.length > 0 ? exact : merged) {
    if (isPersons(search, pull)) continue;
    const { people, bots } = await pushersIn(session, pull);
    // Several bumps can share a pull request: anyone who asked for another asked for nothing of this.
    const asked = await requesters(session, [commit, ...range.without, "--", ...files.map(({ path }) => path)]);
    const isAsked = asked.some(isPerson) && speaksForPeople(bots);
    if (!people.some(isPerson) && !isAsked) unasked.push({ number: pull.number });
  }
  return { involved, unasked };
}

/** The commits that came with a first-parent commit of a branch. */
async function rangeOf({ clone }: Session, commit: string) {
  const parent = await clone.resolve(`${commit}^1`);
  const without = parent === undefined ? [] : ["--not", parent];
  const commits = (await clone.git("rev-list", commit, ...without)).split("\n");
  return { commits, without, base: parent, head: commit };
}

/** Whether a person opened a pull request. */
function isPersons({ isPerson }: Search, { author }: Pick<Request, "author">): boolean {
  return !author.isBot && isPerson(author.login);
}

/** Who had a part in the release's own pull request and its commits; and whether a person opened it or pushed to it. */
async function ownParts(search: Search, release: ReleaseRequest) {
  const { session, pulls, isPerson } = search;
  const { base, head, number, author } = release;
  const without = ["--not", base];
  const commits = (await session.clone.git("rev-list", head, ...without)).split("\n").filter((line) => line !== "");
  const range = { commits, base: await session.clone.resolve(base), head };
  const came = (await pulls.of(range)).filter((pull) => pull.number !== number);
  const itself = { ...release, author, isOwn: true, mergedBy: undefined };
  const parts = await Promise.all([itself, ...came].map((pull) => partsIn(search, pull, [head, ...without])));
  const isAsked = isPersons(search, release) || (await pushersIn(session, itself)).people.some(isPerson);
  return { isAsked, involved: [...parts.flat(), ...(await pulls.authorsOf(range))] };
}

/**
 * The people who put a commit on `main` without a pull request: its ruleset refuses that, but it may not have stood
 * yet. Anybody can write another's name and address into a commit, so those count only where GitHub has no record of
 * the push.
 */
async function pushedToMain({ session, pushes }: Search, commit: string): Promise<Involved[]> {
  const { github, repository } = session;
  const name = commit.slice(0, 7);
  const moves = await pushes.of(commit);
  if (moves.length > 0) {
    const people = moves.flatMap(({ actor }) => (actor?.type === "User" ? [actor.login] : []));
    return people.map((login) => ({ login, did: `pushed ${name} to main` }));
  }
  const { data } = await github.rest.repos.getCommit({ ...repository, ref: commit });
  return [data.author, data.committer].flatMap((person) =>
    // It is an empty object where GitHub knows nobody of that address.
    person?.login !== undefined && person.type === "User" && person.login !== GITHUB_ITSELF
      ? [{ login: person.login, did: `committed ${name} to main` }]
      : [],
  );
}

/** A pull request, as far as parts in it go. */
type PartsRequest = Request & Pick<PullWithPeople, "isOwn" | "mergedBy">;

/**
 * Who had a part in one pull request. Whom its commits name counts where a bot pushed them: what people write into
 * theirs proves nothing.
 */
async function partsIn(
  { session, isPerson }: Search,
  pull: PartsRequest,
  range: readonly string[],
): Promise<Involved[]> {
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
 * The people who pushed to a pull request's branch; and the bots that did, or opened it. Who pushes to a fork is not
 * known here.
 */
async function pushersIn(session: Session, { author, branch, head, isOwn }: PartsRequest) {
  const pushers = isOwn ? await pushersOf(session, branch, head) : [];
  const people = pushers.filter(({ isBot }) => !isBot).map(({ login }) => login);
  const bots = [...(author.isBot ? [author] : []), ...pushers.filter(({ isBot }) => isBot)].map(({ login }) => login);
  return { people, bots };
}

/**
 * Whether whom bots name in `Requested-By` is known to have asked. Any writer can act as GitHub Actions, by a workflow
 * on a branch of their own.
 */
function speaksForPeople(bots: readonly string[]): boolean {
  return bots.length > 0 && !bots.some((login) => login.toLowerCase() === "github-actions[bot]");
}

/** Whom some commits name as those who started the workflows that made them. */
async function requesters({ clone }: Session, range: readonly string[]): Promise<string[]> {
  const messages = await clone.git("log", "-z", "--format=%B", ...range);
  const names = messages.split("\0").flatMap((message) => readTrailer(message, "Requested-By"));
  return names.map((name) => name.replace(/^@/, ""));
}
