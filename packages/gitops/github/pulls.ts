import { RequestError } from "@octokit/request-error";
import { Failure } from "@gitops-platform/contract/failure";
import type { ApiSession, Session } from "../session";

/** A pull request to open. */
export interface NewPullRequest {
  /** The branch to merge. */
  readonly branch: string;
  /** The branch to merge into. */
  readonly base: string;
  readonly title: string;
  /** Markdown. */
  readonly body: string;
}

/** What commands print of a pull request. */
export interface PullRequest {
  readonly number: number;
  /** Its page. */
  readonly url: string;
}

/** A branch's newest pull request. */
export interface NewestPullRequest extends PullRequest {
  readonly state: "open" | "merged" | "closed";
  /** The newest commit of its branch. */
  readonly head: string;
  /** Milliseconds since it was opened, by GitHub's clock. */
  readonly age: number;
  readonly title: string;
}

/** The repositories of a pull request's branches. A deleted fork is null, which Octokit's types do not include. */
interface Ends {
  readonly head: { readonly repo: { readonly full_name: string } | null };
  readonly base: { readonly repo: { readonly full_name: string } };
}

/** Whether a pull request's branch is in the repository itself, not in a fork. */
export function isOwn({ head, base }: Ends): boolean {
  return head.repo?.full_name === base.repo.full_name;
}

/** The newest pull request from a branch of the repository into another; undefined if there never was one. */
export async function newestPullRequest(
  session: ApiSession,
  branches: Pick<NewPullRequest, "branch" | "base">,
): Promise<NewestPullRequest | undefined> {
  return (await newestOf(session, branches, "all"))?.pull;
}

/** The open pull request from a branch of the repository into another. GitHub allows one at most. */
export async function findOpenPullRequest(
  session: ApiSession,
  branches: Pick<NewPullRequest, "branch" | "base">,
): Promise<NewestPullRequest | undefined> {
  return (await newestOf(session, branches, "open"))?.pull;
}

/** The newest pull request of two branches, with GitHub's own data. */
export async function newestOf(
  { github, repository }: Pick<ApiSession, "github" | "repository">,
  { branch, base }: Pick<NewPullRequest, "branch" | "base">,
  state: "open" | "all",
) {
  const newestFirst = { sort: "created" as const, direction: "desc" as const, per_page: 30 };
  const request = { ...repository, head: `${repository.owner}:${branch}`, base, state, ...newestFirst };
  for await (const { data: page, headers } of github.paginate.iterator(github.rest.pulls.list, request)) {
    // A fork in the same organisation has the same owner, so its pull requests are listed too.
    const data = page.find(isOwn);
    if (!data) continue;
    const now = headers.date === undefined ? Date.now() : Date.parse(headers.date);
    const pull: NewestPullRequest = {
      number: data.number,
      url: data.html_url,
      state: data.state === "open" ? "open" : data.merged_at === null ? "closed" : "merged",
      head: data.head.sha,
      age: now - Date.parse(data.created_at),
      title: data.title,
    };
    return { data, pull };
  }
  return undefined;
}

/**
 * Opens a pull request, or returns the open one of the same branches unchanged. Throws {@link BranchOutdated} if the
 * branch was deleted or merged in the meantime.
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
    session.log(`Opened ${data.html_url}`);
    return { number: data.number, url: data.html_url, title };
  } catch (error) {
    if (!(error instanceof RequestError) || error.status !== 422) throw error;
    // Another run may have opened it in the meantime.
    const other = await findOpenPullRequest(session, wanted);
    if (other) return other;
    // Or it may have merged and deleted the branch. GitHub reports that only by these messages.
    if (/"field":\s*"head"|No commits between/.test(error.message))
      throw new BranchOutdated(`${wanted.branch}: is gone, or merged.`);
    throw error;
  }
}

/** The branch conflicts with its base or was changed: it must be made again on the newest base. */
export class BranchOutdated extends Failure {}

/** A required check failed. */
export class CheckFailed extends Failure {}

/** The pull request was closed: by someone, or by GitHub because its branch was deleted. */
export class PullRequestClosed extends Failure {
  /**
   * @param url The pull request's page.
   * @param head The newest commit of its branch when it was closed.
   */
  constructor(
    url: string,
    readonly head: string,
  ) {
    super(`${url}: closed without being merged. Run the same command again where that was a mistake.`);
  }
}
