import { RequestError } from "@octokit/request-error";
import type { Session } from "../session";
import { Rebuild } from "./obstacles";

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

/** The newest pull request that brings a branch into another; undefined where there never was one. */
export async function newestPullRequest(
  { github, repository }: Session,
  { branch, base }: Pick<NewPullRequest, "branch" | "base">,
): Promise<NewestPullRequest | undefined> {
  const { data, headers } = await github.rest.pulls.list({
    ...repository,
    head: `${repository.owner}:${branch}`,
    base,
    state: "all",
    sort: "created",
    direction: "desc",
    per_page: 30,
  });
  // A fork in the same organisation has the same owner, and may have the same branch.
  const pull = data.find(({ head, base: into }) => isSameRepository(head.repo, into.repo));
  if (!pull) return undefined;
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

/** A fork that was deleted is null, which Octokit's types do not say. */
function isSameRepository(one: { readonly full_name: string } | null, other: { readonly full_name: string }): boolean {
  return one?.full_name === other.full_name;
}

/** Opens a pull request, or takes the open one of the same branches as it is. Throws {@link Rebuild} where the branch is gone or merged meanwhile. */
export async function openPullRequest(
  session: Session,
  wanted: NewPullRequest,
): Promise<PullRequest & { readonly title: string }> {
  const { github, repository } = session;
  const found = await newestPullRequest(session, wanted);
  if (found?.state === "open") return found;
  try {
    const { branch, base, title, body } = wanted;
    const { data } = await github.rest.pulls.create({ ...repository, head: branch, base, title, body });
    session.say(`Opened ${data.html_url}`);
    return { number: data.number, url: data.html_url, title };
  } catch (error) {
    if (!(error instanceof RequestError) || error.status !== 422) throw error;
    // Somebody was faster.
    const other = await newestPullRequest(session, wanted);
    if (other?.state === "open") return other;
    // Or so much faster that the branch was merged, and deleted, meanwhile; GitHub says so in words only.
    if (/"field":\s*"head"|No commits between/.test(error.message))
      throw new Rebuild(`${wanted.branch}: is gone, or merged.`);
    throw error;
  }
}
