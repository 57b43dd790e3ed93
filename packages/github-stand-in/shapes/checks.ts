import type { components } from "@octokit/openapi-types";
import type { AppIdentity, CheckRunRecord, RepositoryRecord, StatusRecord } from "../store/records";
import { simpleUser } from "./accounts";
import { author } from "./pulls";
import { ownerOf, repository, type ShapeContext } from "./repositories";
import { nodeId } from "./urls";

type Schemas = components["schemas"];

/** A commit status. */
export function statusShape(context: ShapeContext, record: RepositoryRecord, status: StatusRecord): Schemas["status"] {
  const creator = author(context, status.creator);
  return {
    url: context.urls.repo(record, `/statuses/${status.sha}`),
    avatar_url: creator.avatar_url,
    id: status.id,
    node_id: nodeId("StatusContext", status.id),
    state: status.state,
    description: status.description,
    target_url: status.targetUrl,
    context: status.context,
    created_at: status.createdAt,
    updated_at: status.createdAt,
    creator,
  };
}

/** The combined status of a commit: `failure` if one status failed, `success` if all succeeded, otherwise `pending`. */
export function combinedStatus(
  context: ShapeContext,
  record: RepositoryRecord,
  sha: string,
  newest: readonly StatusRecord[],
): Schemas["combined-commit-status"] {
  const failed = newest.some(({ state }) => state === "failure" || state === "error");
  const succeeded = newest.length > 0 && newest.every(({ state }) => state === "success");
  return {
    state: failed ? "failure" : succeeded ? "success" : "pending",
    statuses: newest.map((status) => {
      const shape = statusShape(context, record, status);
      return { ...shape, target_url: shape.target_url ?? "", required: null };
    }),
    sha,
    total_count: newest.length,
    repository: { ...repository(context, record), license: null },
    commit_url: context.urls.repo(record, `/commits/${sha}`),
    url: context.urls.repo(record, `/commits/${sha}/status`),
  };
}

/** A check run. */
export function checkRunShape(
  context: ShapeContext,
  record: RepositoryRecord,
  run: CheckRunRecord,
): Schemas["check-run"] {
  const url = context.urls.repo(record, `/check-runs/${run.id}`);
  const pulls = record.pullRequests.filter(({ state, head }) => state === "open" && head.sha === run.sha);
  const side = ({ ref, sha }: { ref: string; sha: string }) => ({
    ref,
    sha,
    repo: { id: record.id, url: context.urls.repo(record), name: record.name },
  });
  return {
    id: run.id,
    head_sha: run.sha,
    node_id: nodeId("CheckRun", run.id),
    external_id: run.externalId,
    url,
    html_url: context.urls.html(record, `/runs/${run.id}`),
    details_url: run.detailsUrl,
    status: run.status,
    conclusion: run.conclusion === "stale" ? "neutral" : run.conclusion,
    started_at: run.startedAt,
    completed_at: run.completedAt,
    output: { ...run.output, annotations_count: 0, annotations_url: `${url}/annotations` },
    name: run.name,
    check_suite: null,
    app: appShape(context, record, run.app),
    pull_requests: pulls.map((pull) => ({
      id: pull.id,
      number: pull.number,
      url: context.urls.repo(record, `/pulls/${pull.number}`),
      head: side(pull.head),
      base: side(pull.base),
    })),
  };
}

/** An App inside other responses. */
export function appShape(context: ShapeContext, record: RepositoryRecord, app: AppIdentity): Schemas["integration"] {
  const account = context.database.accounts.find((entry) => entry.app?.id === app.id);
  const time = account?.createdAt ?? record.createdAt;
  return {
    id: app.id,
    slug: app.slug,
    node_id: nodeId("App", app.id),
    owner: simpleUser(context.urls, ownerOf(context, record)),
    name: app.slug,
    description: null,
    external_url: context.urls.base,
    html_url: `${context.urls.base}/apps/${app.slug}`,
    created_at: time,
    updated_at: time,
    permissions: {},
    events: [],
  };
}
