import type { components } from "@octokit/openapi-types";
import type { PullRequestRecord, RepositoryRecord } from "../store/records";
import { simpleUser } from "./accounts";
import { ownerOf, repository, type ShapeContext } from "./repositories";
import { teamWithPermission } from "./teams";
import { nodeId } from "./urls";

type Schemas = components["schemas"];

/** Fields of a single pull request that are computed from the Git data. */
export interface PullRequestFigures {
  /** Undefined if the pull request is not open. */
  mergeable: boolean | undefined;
  /**
   * `blocked`: a rule is not fulfilled; `behind`: only the newest base is missing; `unstable`: a check that is not
   * required failed.
   */
  mergeableState: "unknown" | "dirty" | "draft" | "blocked" | "behind" | "unstable" | "clean";
  commits: number;
  additions: number;
  deletions: number;
  changedFiles: number;
}

/** A pull request in lists. */
export function pullSimple(
  context: ShapeContext,
  record: RepositoryRecord,
  pull: PullRequestRecord,
): Schemas["pull-request-simple"] {
  const { urls } = context;
  const api = urls.repo(record, `/pulls/${pull.number}`);
  const issue = urls.repo(record, `/issues/${pull.number}`);
  const html = urls.html(record, `/pull/${pull.number}`);
  const side = ({ ref, sha }: { ref: string; sha: string }) => ({
    label: `${record.owner}:${ref}`,
    ref,
    sha,
    user: simpleUser(urls, ownerOf(context, record)),
    repo: repository(context, record),
  });
  const links = {
    comments_url: `${issue}/comments`,
    commits_url: `${api}/commits`,
    issue_url: issue,
    review_comments_url: `${api}/comments`,
    review_comment_url: urls.repo(record, "/pulls/comments{/number}"),
    statuses_url: urls.repo(record, `/statuses/${pull.head.sha}`),
  };
  return {
    id: pull.id,
    node_id: nodeId("PullRequest", pull.id),
    url: api,
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    ...links,
    number: pull.number,
    state: pull.state,
    locked: false,
    title: pull.title,
    user: author(context, pull.author),
    body: pull.body,
    labels: pull.labels.map((name) => labelShape(context, record, name)),
    milestone: null,
    created_at: pull.createdAt,
    updated_at: pull.updatedAt,
    closed_at: pull.closedAt,
    merged_at: pull.merged?.at ?? null,
    merge_commit_sha: pull.merged?.sha ?? null,
    assignee: null,
    assignees: [],
    requested_reviewers: pull.requested.users.map((login) => author(context, login)),
    requested_teams: requestedTeams(context, record, pull),
    head: side(pull.head),
    base: side(pull.base),
    _links: {
      self: { href: api },
      html: { href: html },
      issue: { href: issue },
      comments: { href: links.comments_url },
      commits: { href: links.commits_url },
      review_comments: { href: links.review_comments_url },
      review_comment: { href: links.review_comment_url },
      statuses: { href: links.statuses_url },
    },
    author_association: "MEMBER",
    auto_merge: null,
    draft: pull.draft,
  };
}

/** Response of GET /repos/{owner}/{repo}/pulls/{number}. */
export function pullFull(
  context: ShapeContext,
  record: RepositoryRecord,
  pull: PullRequestRecord,
  figures: PullRequestFigures,
): Schemas["pull-request"] {
  const { mergeable } = figures;
  return {
    ...pullSimple(context, record, pull),
    state: pull.state,
    user: author(context, pull.author),
    labels: pull.labels.map((name) => labelShape(context, record, name)),
    head: { ...pullSimple(context, record, pull).head, user: simpleUser(context.urls, ownerOf(context, record)) },
    base: { ...pullSimple(context, record, pull).base, user: simpleUser(context.urls, ownerOf(context, record)) },
    merged: pull.merged !== null,
    merged_by: pull.merged ? author(context, pull.merged.by) : null,
    mergeable: mergeable ?? null,
    mergeable_state: figures.mergeableState,
    comments: pull.comments.length,
    review_comments: pull.reviewComments.length,
    maintainer_can_modify: false,
    commits: figures.commits,
    additions: figures.additions,
    deletions: figures.deletions,
    changed_files: figures.changedFiles,
  };
}

/** The teams that are requested as reviewers. */
export function requestedTeams(
  context: ShapeContext,
  record: RepositoryRecord,
  pull: PullRequestRecord,
): Schemas["team"][] {
  return pull.requested.teams
    .map((slug) => context.database.team(record.owner, slug))
    .filter((team) => team !== undefined)
    .map((team) => teamWithPermission(context.urls, team, "read"));
}

/** A label. Labels have only a name here, and all have the same colour. */
export function labelShape(context: ShapeContext, record: RepositoryRecord, name: string) {
  const url = context.urls.repo(record, `/labels/${encodeURIComponent(name)}`);
  const id = Number.parseInt(Buffer.from(name).toString("hex").slice(0, 8), 16);
  return { id, node_id: nodeId("Label", name), url, name, description: "", color: "ededed", default: false };
}

/** An account inside other responses, by its login. */
export function author(context: ShapeContext, login: string): Schemas["simple-user"] {
  const account = context.database.account(login);
  if (!account) throw new Error(`${login}: has no account`);
  return simpleUser(context.urls, account);
}
