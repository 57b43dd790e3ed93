import { environmentOfBranch } from "../../environments/catalogue";
import { Failure } from "../errors";
import { pushersIn, untilRecorded } from "../github/pushers";
import { isOwn } from "../github/pulls";
import type { Session } from "../session";
import { bot } from "./bot";
import { type Candidate, candidate, type Request } from "./candidate";
import type { Problem } from "./report";
import { failureAsProblem, validate } from "./validate";
import { fetchOfPull, pullHead, remoteBranch } from "../git/refs";

/** What was found of a pull request, and of which state. */
export interface Validation {
  readonly problems: readonly Problem[];
  /** The commit of its base branch that it was judged on. */
  readonly base: string;
}

/** Which pull request is judged. */
export interface Wanted {
  readonly number: number;
  /** The commit that is judged. Default: its newest. */
  readonly sha?: string | undefined;
  /** The branch that it must go into: another one has another check. Default: whichever it is. */
  readonly base?: string | undefined;
}

/**
 * Everything that keeps a pull request from being let in; and, since a check is on a commit, what keeps any other from
 * it that the same check would let in: of the same head, into the same branch. Those are under the rules for bots where
 * a bot opened them; people's have no rule that this one has not.
 * @throws {Failure} where it cannot be judged.
 */
export async function validatePullRequest(session: Session, wanted: Wanted): Promise<Validation> {
  const data = await readPull(session, wanted.number);
  const judged = (await ownTwin(session, wanted, data)) ?? data;
  const { candidate: change, request } = await fromData(session, wanted, judged);
  const problems = [...fromFork(change, request), ...(await validate(change, request))];
  return { problems: [...problems, ...(await ofOthers(session, judged.number, change))], base: change.base };
}

/**
 * The open pull request of this repository's own that brings the same commit as a fork's into the same branch: the
 * check that both share says what that one deserves, or anybody could fail it from a fork.
 */
async function ownTwin(session: Session, { number, sha }: Wanted, data: PullData): Promise<PullData | undefined> {
  if (isOwn(data)) return undefined;
  for (const [other, head] of await session.clone.pullHeads()) {
    if (other === number || head !== (sha ?? data.head.sha)) continue;
    const twin = await readPull(session, other);
    if (isOwn(twin) && twin.state === "open" && twin.base.ref === data.base.ref) return twin;
  }
  return undefined;
}

/**
 * What is deployed may not come from a fork: GitHub does not tell this repository who pushed there, so a part in it
 * would be hidden.
 */
function fromFork({ changes }: Candidate, { isFork }: Request): Problem[] {
  if (!isFork || !changes.some(({ path }) => /^(environments|charts|manifests)\//.test(path))) return [];
  const message =
    "Got a change of what is deployed from a fork; expected it from a branch of this repository. Push the branch here.";
  return [{ message }];
}

/** A pull request as its checks need it. Its head is fetched, never checked out. */
export async function fromPullRequest(
  session: Session,
  wanted: Wanted,
): Promise<{ candidate: Candidate; request: Request }> {
  return fromData(session, wanted, await readPull(session, wanted.number));
}

async function readPull({ github, repository }: Session, pull_number: number): Promise<PullData> {
  return (await github.rest.pulls.get({ ...repository, pull_number })).data;
}

async function fromData(
  session: Session,
  { sha, base: expected }: Omit<Wanted, "number">,
  data: PullData,
): Promise<{ candidate: Candidate; request: Request }> {
  const { clone } = session;
  const { number } = data;
  const { ref: branch } = data.base;
  if (expected !== undefined && branch !== expected)
    throw new Failure(
      `#${number} goes into ${branch} now, and no longer into ${expected}. It has a check of its own there.`,
    );
  if (branch !== "main" && environmentOfBranch(branch) === undefined)
    throw new Failure(`#${number} goes into ${branch}; expected main, or the branch of an environment: env/<name>.`);
  await clone.fetch(fetchOfPull(number));
  const head = await clone.resolve(sha ?? pullHead(number));
  if (head === undefined)
    throw new Failure(`#${number} was replaced by other commits. They have a check of their own.`);
  const base = await clone.git("rev-parse", remoteBranch(branch));
  const request = await requestOf(session, data, head);
  return { candidate: await candidate(clone, branch, base, head), request };
}

/**
 * What of a pull request is read here, of GitHub's shape. A fork that was deleted is null, which Octokit's types do not
 * say.
 */
interface PullData {
  readonly number: number;
  /** Null for an account that was deleted. */
  readonly user: { readonly login: string; readonly type: string } | null;
  readonly state: string;
  readonly head: { readonly ref: string; readonly sha: string; readonly repo: { readonly full_name: string } | null };
  readonly base: { readonly ref: string; readonly repo: { readonly full_name: string } };
}

async function requestOf(session: Session, data: PullData, head: string): Promise<Request> {
  const { number, user } = data;
  const isBot = user !== null && user.type !== "User";
  const isFork = !isOwn(data);
  if (isBot && isFork) {
    throw new Failure(
      `#${number} is a bot's and comes from a fork, where nobody knows who pushed. Push its branch here.`,
    );
  }
  const pushers = isBot ? pushersIn(await untilRecorded(session, data.head.ref, head), head) : [];
  return {
    branch: data.head.ref,
    author: user?.login ?? "",
    isBot,
    isFork,
    pushers: pushers.map(({ login }) => login),
  };
}

/** What other bots' pull requests of the same head and base break, open ones and those that can be reopened. */
async function ofOthers(session: Session, number: number, change: Candidate): Promise<Problem[]> {
  const { clone, github, repository } = session;
  const { head, branch } = change;
  const numbers = [...(await clone.pullHeads())].filter(([other, at]) => at === head && other !== number);
  const problems: Problem[] = [];
  for (const [other] of numbers) {
    const { data } = await github.rest.pulls.get({ ...repository, pull_number: other });
    if (data.base.ref !== branch || data.merged || data.user.type === "User") continue;
    const found = await failureAsProblem(async () => bot(change, await requestOf(session, data, head)));
    problems.push(...found.map((problem) => ({ ...problem, message: `#${other}: ${problem.message}` })));
  }
  return problems;
}
