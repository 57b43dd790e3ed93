import { RequestError } from "@octokit/request-error";
import { Failure } from "../errors";
import type { ApiSession, Session } from "../session";

/** A pull request to open. */
export interface NewPullRequest {
  /** The branch that it brings. */
  readonly branch: string;
  /** The branch that it goes into. */
  readonly base: string;
  readonly title: string;
  /** Markdown. */
  readonly body: string;
}

/** A pull request, as far as commands name it. */
export interface PullRequest {
  readonly number: number;
  /** Its page. */
  readonly url: string;
}

/** A branch's newest pull request. */
export interface NewestPullRequest extends PullRequest {
  readonly state: "open" | "merged" | "closed";
  /** The commit that it brings, or brought. */
  readonly head: string;
  /** Milliseconds since it was opened, by GitHub's clock. */
  readonly age: number;
  readonly title: string;
}

/** The repositories of a pull request's branches. A fork that was deleted is null, which Octokit's types do not say. */
interface Ends {
  readonly head: { readonly repo: { readonly full_name: string } | null };
  readonly base: { readonly repo: { readonly full_name: string } };
}

/** Whether a pull request comes from a branch of the repository itself, and not from a fork. */
export function isOwn({ head, base }: Ends): boolean {
  return head.repo?.full_name === base.repo.full_name;
}

/**
 * The newest pull request that brings a branch of the repository itself into another; undefined: there never was one.
 */
export async function newestPullRequest(
  session: ApiSession,
  branches: Pick<NewPullRequest, "branch" | "base">,
): Promise<NewestPullRequest | undefined> {
  return firstPull(session, branches, "all");
}

/** The same of those that are open: of two branches there is one at most. */
export async function findOpenPullRequest(
  session: ApiSession,
  branches: Pick<NewPullRequest, "branch" | "base">,
): Promise<NewestPullRequest | undefined> {
  return firstPull(session, branches, "open");
}

async function firstPull(
  { github, repository }: ApiSession,
  { branch, base }: Pick<NewPullRequest, "branch" | "base">,
  state: "open" | "all",
): Promise<NewestPullRequest | undefined> {
  const newestFirst = { sort: "created" as const, direction: "desc" as const, per_page: 30 };
  const request = { ...repository, head: `${repository.owner}:${branch}`, base, state, ...newestFirst };
  for await (const { data, headers } of github.paginate.iterator(github.rest.pulls.list, request)) {
    // A fork in the same organisation has the same owner, and may have pull requests of the same branch before ours.
    const pull = data.find(isOwn);
    if (!pull) continue;
    const now = headers.date === undefined ? Date.now() : Date.parse(headers.date);
    return {
      number: pull.number,
      url: pull.html_url,
      state: pull.state === "open" ? "open" : pull.merged_at === null ? "closed" : "merged",
      head: pull.head.sha,
      age: now - Date.parse(pull.created_at),
      title: pull.title,
    };
  }
  return undefined;
}

/**
 * Opens a pull request, or takes the open one of the same branches as it is. Throws {@link Rebuild} where the branch is
 * gone or merged meanwhile.
 */
export async function openPullRequest(
  session: Session,
  wanted: NewPullRequest,
): Promise<PullRequest & { readonly title: string }> {
  const { github, repository } = session;
  const found = await findOpenPullRequest(session, wanted);
  if (found) return found;
  try {
    const { branch, base, title, body } = wanted;
    const { data } = await github.rest.pulls.create({ ...repository, head: branch, base, title, body });
    session.say(`Opened ${data.html_url}`);
    return { number: data.number, url: data.html_url, title };
  } catch (error) {
    if (!(error instanceof RequestError) || error.status !== 422) throw error;
    // Somebody was faster.
    const other = await findOpenPullRequest(session, wanted);
    if (other) return other;
    // Or so much faster that the branch was merged, and deleted, meanwhile; GitHub says so in words only.
    if (/"field":\s*"head"|No commits between/.test(error.message))
      throw new Rebuild(`${wanted.branch}: is gone, or merged.`);
    throw error;
  }
}

/** The branch cannot be merged as it is: it conflicts, or it is not what it was. Make it again on the newest base. */
export class Rebuild extends Failure {}

/** A check that the base branch asks for failed. */
export class CheckFailed extends Failure {}

/** Somebody closed the pull request. */
export class Closed extends Failure {
  /** @param url Its page. */
  constructor(url: string) {
    super(`${url}: closed without being merged. Run the same command again where that was a mistake.`);
  }
}
