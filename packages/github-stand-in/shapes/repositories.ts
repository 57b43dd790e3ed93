import type { components } from "@octokit/openapi-types";
import type { Database } from "../store/database";
import { atLeast, type Permission } from "../store/permissions";
import type { AccountRecord, RepositoryRecord } from "../store/records";
import { simpleUser } from "./accounts";
import { nodeId, type Urls } from "./urls";

type Schemas = components["schemas"];

/** What the response shapes are built from. */
export interface ShapeContext {
  database: Database;
  urls: Urls;
}

export function ownerOf(context: ShapeContext, record: RepositoryRecord): AccountRecord {
  const account = context.database.account(record.owner);
  if (!account) throw new Error(`${record.owner}/${record.name}: its owner has no account`);
  return account;
}

/** A repository in lists, pull requests and webhooks. Webhooks omit `permission`, because they have no reader. */
export function repository(
  context: ShapeContext,
  record: RepositoryRecord,
  permission?: Permission,
): Schemas["repository"] {
  const { urls } = context;
  const { settings } = record;
  return {
    id: record.id,
    node_id: nodeId("Repository", record.id),
    name: record.name,
    full_name: `${record.owner}/${record.name}`,
    owner: simpleUser(urls, ownerOf(context, record)),
    private: settings.visibility !== "public",
    html_url: urls.html(record),
    url: urls.repo(record),
    fork: false,
    ...settings,
    language: null,
    license: null,
    topics: record.topics,
    forks: 0,
    forks_count: 0,
    stargazers_count: 0,
    watchers: 0,
    watchers_count: 0,
    size: 0,
    open_issues: record.pullRequests.filter((pull) => pull.state === "open").length,
    open_issues_count: record.pullRequests.filter((pull) => pull.state === "open").length,
    has_pages: false,
    disabled: false,
    mirror_url: null,
    created_at: record.createdAt,
    updated_at: record.updatedAt,
    pushed_at: record.pushedAt,
    ...(permission ? { permissions: permissions(permission) } : {}),
    ...links(urls, record),
  };
}

/** Response of GET /repos/{owner}/{repo}. */
export function fullRepository(
  context: ShapeContext,
  record: RepositoryRecord,
  permission: Permission,
): Schemas["full-repository"] {
  const shape = repository(context, record, permission);
  const owner = ownerOf(context, record);
  return {
    ...shape,
    ...(owner.type === "Organization" ? { organization: simpleUser(context.urls, owner) } : {}),
    has_discussions: record.settings.has_discussions,
    created_at: record.createdAt,
    updated_at: record.updatedAt,
    pushed_at: record.pushedAt,
    temp_clone_token: "",
    subscribers_count: 0,
    network_count: 0,
  };
}

function permissions(permission: Permission) {
  return {
    admin: atLeast(permission, "admin"),
    maintain: atLeast(permission, "maintain"),
    push: atLeast(permission, "write"),
    triage: atLeast(permission, "triage"),
    pull: atLeast(permission, "read"),
  };
}

function links(urls: Urls, record: RepositoryRecord) {
  const api = urls.repo(record);
  const html = urls.html(record);
  const { host } = new URL(urls.base);
  const path = `${record.owner}/${record.name}.git`;
  return {
    archive_url: `${api}/{archive_format}{/ref}`,
    assignees_url: `${api}/assignees{/user}`,
    blobs_url: `${api}/git/blobs{/sha}`,
    branches_url: `${api}/branches{/branch}`,
    clone_url: `${html}.git`,
    collaborators_url: `${api}/collaborators{/collaborator}`,
    comments_url: `${api}/comments{/number}`,
    commits_url: `${api}/commits{/sha}`,
    compare_url: `${api}/compare/{base}...{head}`,
    contents_url: `${api}/contents/{+path}`,
    contributors_url: `${api}/contributors`,
    deployments_url: `${api}/deployments`,
    downloads_url: `${api}/downloads`,
    events_url: `${api}/events`,
    forks_url: `${api}/forks`,
    git_commits_url: `${api}/git/commits{/sha}`,
    git_refs_url: `${api}/git/refs{/sha}`,
    git_tags_url: `${api}/git/tags{/sha}`,
    git_url: `git://${host}/${path}`,
    hooks_url: `${api}/hooks`,
    issue_comment_url: `${api}/issues/comments{/number}`,
    issue_events_url: `${api}/issues/events{/number}`,
    issues_url: `${api}/issues{/number}`,
    keys_url: `${api}/keys{/key_id}`,
    labels_url: `${api}/labels{/name}`,
    languages_url: `${api}/languages`,
    merges_url: `${api}/merges`,
    milestones_url: `${api}/milestones{/number}`,
    notifications_url: `${api}/notifications{?since,all,participating}`,
    pulls_url: `${api}/pulls{/number}`,
    releases_url: `${api}/releases{/id}`,
    ssh_url: `git@${host}:${path}`,
    stargazers_url: `${api}/stargazers`,
    statuses_url: `${api}/statuses/{sha}`,
    subscribers_url: `${api}/subscribers`,
    subscription_url: `${api}/subscription`,
    svn_url: html,
    tags_url: `${api}/tags`,
    teams_url: `${api}/teams`,
    trees_url: `${api}/git/trees{/sha}`,
  };
}
