import { Failure } from "@gitops-platform/contract/failure";
import { pushersIn, untilRecorded } from "../github/pushers";
import { isOwn } from "../github/pulls";
import type { Session } from "../session";
import { bot } from "./bot";
import { type Candidate, candidate, isDelivered, type Request } from "./candidate";
import type { FileProblem } from "@gitops-platform/rules/entry";
import { failureAsProblem, validate } from "./validate";
import { fetchOfPull, pullHead, remoteBranch } from "../git/refs";

/** The problems of a pull request. */
export interface Validation {
  readonly problems: readonly FileProblem[];
  /** The commit of its base branch that the merge was computed with. */
  readonly base: string;
}

/** Which pull request to validate. */
export interface Wanted {
  readonly number: number;
  /** The commit to validate. Default: the newest one. */
  readonly sha?: string | undefined;
  /** The base branch that the check is named after. A pull request with another base is refused. Default: any base. */
  readonly base?: string | undefined;
}

/**
 * Validates a pull request. GitHub stores a check by commit, so the result also counts for every other pull request
 * with the same head and base. The ones that bots opened are therefore held to the rules for bots here as well; for
 * those of people no further rules exist.
 * @throws {Failure} if it cannot be validated.
 */
export async function validatePullRequest(session: Session, wanted: Wanted): Promise<Validation> {
  const data = await readPull(session, wanted.number);
  const judged = (await ownTwin(session, wanted, data)) ?? data;
  const { candidate: change, request } = await fromData(session, wanted, judged);
  const problems = [...fromFork(change, request), ...(await validate(change, request))];
  return { problems: [...problems, ...(await ofOthers(session, judged.number, change))], base: change.base };
}

/**
 * For a pull request from a fork: the open one from this repository's own branches with the same commit and base.
 * Both share the check, so that one is validated instead. Otherwise anybody could make its check fail from a fork.
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
 * Refuses changes of deployed files from forks: GitHub does not tell this repository who pushed to a fork, so a
 * contributor could stay hidden.
 */
function fromFork({ changes }: Candidate, { isFork }: Request): FileProblem[] {
  if (!isFork || !changes.some(({ path }) => isDelivered(path))) return [];
  const message =
    "Got a change of what is deployed from a fork; expected it from a branch of this repository. Push the branch here.";
  return [{ message }];
}

/** Reads a pull request for its checks. Its head is fetched, but never checked out. */
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
  const { clone, graph } = session;
  const { number } = data;
  const { ref: branch } = data.base;
  if (expected !== undefined && branch !== expected)
    throw new Failure(
      `#${number} goes into ${branch} now, and no longer into ${expected}. It has a check of its own there.`,
    );
  if (branch !== "main" && graph.ofBranch(branch) === undefined)
    throw new Failure(`#${number} goes into ${branch}; expected main, or the branch of an environment: env/<name>.`);
  await clone.fetch(fetchOfPull(number));
  const head = await clone.resolve(sha ?? pullHead(number));
  if (head === undefined)
    throw new Failure(`#${number} was replaced by other commits. They have a check of their own.`);
  const base = await clone.git("rev-parse", remoteBranch(branch));
  const request = await requestOf(session, data, head);
  return { candidate: await candidate(clone, branch, base, head, graph), request };
}

/** The fields of GitHub's pull request that are read here. Octokit's types omit that a deleted fork is null. */
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

/** The problems of bots' other pull requests with the same head and base: open ones, and ones that can be reopened. */
async function ofOthers(session: Session, number: number, change: Candidate): Promise<FileProblem[]> {
  const { clone, github, repository } = session;
  const { head, branch } = change;
  const numbers = [...(await clone.pullHeads())].filter(([other, at]) => at === head && other !== number);
  const problems: FileProblem[] = [];
  for (const [other] of numbers) {
    const { data } = await github.rest.pulls.get({ ...repository, pull_number: other });
    if (data.base.ref !== branch || data.merged || data.user.type === "User") continue;
    const found = await failureAsProblem(async () => bot(change, await requestOf(session, data, head)));
    problems.push(...found.map((problem) => ({ ...problem, message: `#${other}: ${problem.message}` })));
  }
  return problems;
}
