import { environmentBranch, environmentNameIn, releaseBranch } from "@gitops-platform/contract/branches";
import { Failure } from "@gitops-platform/contract/failure";
import type { ApiSession, Session } from "../session";
import type { ReleaseOrigin } from "./people";
import { isOwn, newestOf } from "./pulls";

/** A pull request into an environment's branch. */
export interface ReleasePull extends Omit<ReleaseOrigin, "base"> {
  readonly url: string;
  readonly title: string;
  readonly body: string;
  readonly environment: string;
  /** Whether its branch is in the repository itself, and not in a fork. */
  readonly isOwn: boolean;
  readonly isDraft: boolean;
  readonly state: "open" | "closed";
  /** When it was merged, ISO 8601; null: it is not merged. */
  readonly mergedAt: string | null;
  /** Its merge commit. */
  readonly mergeCommit: string | null;
}

/** GitHub's format, in lists and in single responses. */
export interface PullData {
  readonly number: number;
  readonly html_url: string;
  readonly title: string;
  readonly body: string | null;
  readonly state: string;
  readonly draft?: boolean | undefined;
  readonly user: { readonly login: string; readonly type: string } | null;
  readonly head: { readonly ref: string; readonly sha: string; readonly repo: { readonly full_name: string } | null };
  readonly base: { readonly ref: string; readonly repo: { readonly full_name: string } };
  readonly merged_at: string | null;
  readonly merge_commit_sha: string | null;
}

/** The open pull requests into environments' branches, oldest first. */
export async function openReleases({ github, repository, graph }: Session): Promise<ReleasePull[]> {
  const request = { ...repository, state: "open" as const, direction: "asc" as const, per_page: 100 };
  const pulls = await github.paginate(github.rest.pulls.list, request);
  return pulls.flatMap((pull) => releasePull(pull) ?? []).filter(({ environment }) => graph.has(environment));
}

/** The open release of a unit; undefined if there is none. */
export async function openRelease(
  session: ApiSession,
  environment: string,
  unit: string,
): Promise<ReleasePull | undefined> {
  const branches = { branch: releaseBranch(environment, unit), base: environmentBranch(environment) };
  const found = await newestOf(session, branches, "open");
  return found && releasePull(found.data);
}

/** The open releases of a unit, each into another environment. */
export async function openReleasesOf({ github, repository }: ApiSession, unit: string): Promise<ReleasePull[]> {
  const pulls = await github.paginate(github.rest.pulls.list, { ...repository, state: "open" as const, per_page: 100 });
  return pulls
    .flatMap((pull) => releasePull(pull) ?? [])
    .filter(({ isOwn, branch, environment }) => isOwn && branch === releaseBranch(environment, unit));
}

/**
 * The open release that a person names.
 * @throws {Failure} if there is none.
 */
export async function requireOpenRelease(session: ApiSession, environment: string, unit: string): Promise<ReleasePull> {
  const pull = await openRelease(session, environment, unit);
  if (pull) return pull;
  const branch = environmentBranch(environment);
  throw new Failure(`${unit}: got no open release into ${branch}; expected one. See: gitops status`);
}

/**
 * The pull requests that were merged into an environment's branch.
 * @param since ISO 8601. Earlier merges may be missing.
 */
export async function mergedReleases(
  { github, repository }: Session,
  environment: string,
  since: string,
): Promise<ReleasePull[]> {
  const request = { ...repository, state: "closed" as const, base: environmentBranch(environment), per_page: 100 };
  const merged: ReleasePull[] = [];
  // A merge updates the pull request, so the search can stop at an older update.
  const newestFirst = { ...request, sort: "updated" as const, direction: "desc" as const };
  for await (const { data } of github.paginate.iterator(github.rest.pulls.list, newestFirst)) {
    merged.push(...data.flatMap((pull) => (pull.merged_at === null ? [] : (releasePull(pull) ?? []))));
    if (Date.parse(data.at(-1)?.updated_at ?? "") < Date.parse(since)) break;
  }
  return merged;
}

/** A day, in milliseconds. */
const RECENT = 24 * 60 * 60_000;

/**
 * The pull requests into environments' branches that were closed in the last day without being merged, newest first; at
 * most 50.
 */
export async function closedReleases({ github, repository, graph }: Session): Promise<ReleasePull[]> {
  const request = { ...repository, state: "closed" as const, sort: "updated" as const, direction: "desc" as const };
  const { data } = await github.rest.pulls.list({ ...request, per_page: 50 });
  // Earlier runs have seen those that were closed before.
  const since = Date.now() - RECENT;
  const recent = data.filter(({ updated_at: at }) => Date.parse(at) > since);
  const unmerged = recent.flatMap((pull) => (pull.merged_at === null ? (releasePull(pull) ?? []) : []));
  return unmerged.filter(({ environment }) => graph.has(environment));
}

/** A pull request by its number; undefined if its base is not an environment's branch. */
export async function releaseByNumber(session: Session, number: number): Promise<ReleasePull | undefined> {
  const { data } = await session.github.rest.pulls.get({ ...session.repository, pull_number: number });
  const pull = releasePull(data);
  return pull && session.graph.has(pull.environment) ? pull : undefined;
}

/** Converts GitHub's data; undefined if the base is not named as an environment's branch. */
function releasePull(data: PullData): ReleasePull | undefined {
  const environment = environmentNameIn(data.base.ref);
  if (environment === undefined) return undefined;
  return {
    number: data.number,
    url: data.html_url,
    title: data.title,
    body: data.body ?? "",
    environment,
    author: { login: data.user?.login ?? "", isBot: data.user?.type !== "User" },
    branch: data.head.ref,
    head: data.head.sha,
    isOwn: isOwn(data),
    isDraft: data.draft === true,
    state: data.state === "open" ? "open" : "closed",
    mergedAt: data.merged_at,
    mergeCommit: data.merged_at === null ? null : data.merge_commit_sha,
  };
}
