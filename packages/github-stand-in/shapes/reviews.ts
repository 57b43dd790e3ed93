import type { components } from "@octokit/openapi-types";
import type {
  IssueCommentRecord,
  IssueEventRecord,
  PullRequestRecord,
  RepositoryRecord,
  ReviewCommentRecord,
  ReviewRecord,
} from "../store/records";
import { author } from "./pulls";
import type { ShapeContext } from "./repositories";
import { nodeId } from "./urls";

type Schemas = components["schemas"];

/** A review of a pull request. */
export function reviewShape(
  context: ShapeContext,
  record: RepositoryRecord,
  pull: PullRequestRecord,
  review: ReviewRecord,
): Schemas["pull-request-review"] {
  const url = context.urls.repo(record, `/pulls/${pull.number}`);
  const html = context.urls.html(record, `/pull/${pull.number}#pullrequestreview-${review.id}`);
  return {
    id: review.id,
    node_id: nodeId("PullRequestReview", review.id),
    user: author(context, review.user),
    body: review.body,
    state: review.state,
    html_url: html,
    pull_request_url: url,
    _links: { html: { href: html }, pull_request: { href: url } },
    ...(review.submittedAt === null ? {} : { submitted_at: review.submittedAt }),
    commit_id: review.commitId,
    author_association: "MEMBER",
  };
}

/** A comment on a file of a pull request. */
export function reviewCommentShape(
  context: ShapeContext,
  record: RepositoryRecord,
  pull: PullRequestRecord,
  comment: ReviewCommentRecord,
): Schemas["pull-request-review-comment"] {
  const url = context.urls.repo(record, `/pulls/comments/${comment.id}`);
  const pullUrl = context.urls.repo(record, `/pulls/${pull.number}`);
  const html = context.urls.html(record, `/pull/${pull.number}#discussion_r${comment.id}`);
  return {
    url,
    pull_request_review_id: null,
    id: comment.id,
    node_id: nodeId("PullRequestReviewComment", comment.id),
    diff_hunk: "",
    path: comment.path,
    ...(comment.line === null ? {} : { line: comment.line }),
    commit_id: comment.commitId,
    original_commit_id: comment.commitId,
    ...(comment.inReplyTo === null ? {} : { in_reply_to_id: comment.inReplyTo }),
    user: author(context, comment.user),
    body: comment.body,
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    html_url: html,
    pull_request_url: pullUrl,
    author_association: "MEMBER",
    _links: { self: { href: url }, html: { href: html }, pull_request: { href: pullUrl } },
  };
}

/** A comment in the conversation of a pull request. */
export function issueCommentShape(
  context: ShapeContext,
  record: RepositoryRecord,
  pull: PullRequestRecord,
  comment: IssueCommentRecord,
): Schemas["issue-comment"] {
  return {
    id: comment.id,
    node_id: nodeId("IssueComment", comment.id),
    url: context.urls.repo(record, `/issues/comments/${comment.id}`),
    html_url: context.urls.html(record, `/pull/${pull.number}#issuecomment-${comment.id}`),
    body: comment.body,
    user: author(context, comment.user),
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    issue_url: context.urls.repo(record, `/issues/${pull.number}`),
    author_association: "MEMBER",
  };
}

/** An event of a pull request. */
export function issueEventShape(
  context: ShapeContext,
  record: RepositoryRecord,
  { id, event, actor, createdAt }: IssueEventRecord,
): Schemas["issue-event-for-issue"] {
  return {
    id,
    node_id: nodeId("IssueEvent", id),
    url: context.urls.repo(record, `/issues/events/${id}`),
    actor: author(context, actor),
    event,
    commit_id: null,
    commit_url: null,
    created_at: createdAt,
    performed_via_github_app: null,
  };
}
