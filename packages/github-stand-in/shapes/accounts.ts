import type { components } from "@octokit/openapi-types";
import { type Database, sameName } from "../store/database";
import type { AccountRecord } from "../store/records";
import { nodeId, type Urls } from "./urls";

type Schemas = components["schemas"];

/** An account inside other responses. */
export function simpleUser(urls: Urls, account: AccountRecord): Schemas["simple-user"] {
  const api = urls.api(`/users/${encodeURIComponent(account.login)}`);
  return {
    login: account.login,
    id: account.id,
    node_id: nodeId(account.type, account.id),
    avatar_url: `${urls.base}/avatars/u/${account.id}`,
    gravatar_id: "",
    url: api,
    html_url: `${urls.base}/${account.login}`,
    followers_url: `${api}/followers`,
    following_url: `${api}/following{/other_user}`,
    gists_url: `${api}/gists{/gist_id}`,
    starred_url: `${api}/starred{/owner}{/repo}`,
    subscriptions_url: `${api}/subscriptions`,
    organizations_url: `${api}/orgs`,
    repos_url: `${api}/repos`,
    events_url: `${api}/events{/privacy}`,
    received_events_url: `${api}/received_events`,
    type: account.type,
    site_admin: false,
  };
}

/** Response of GET /users/{username}. */
export function publicUser(urls: Urls, account: AccountRecord, publicRepositories: number): Schemas["public-user"] {
  return {
    ...simpleUser(urls, account),
    name: account.name,
    company: null,
    blog: null,
    location: null,
    email: account.email,
    hireable: null,
    bio: null,
    public_repos: publicRepositories,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: account.createdAt,
    updated_at: account.createdAt,
  };
}

/** Response of GET /orgs/{org}. */
export function organizationFull(
  urls: Urls,
  account: AccountRecord,
  publicRepositories: number,
): Schemas["organization-full"] {
  const api = urls.api(`/orgs/${account.login}`);
  return {
    ...organizationSimple(urls, account),
    name: account.name ?? account.login,
    has_organization_projects: false,
    has_repository_projects: false,
    public_repos: publicRepositories,
    public_gists: 0,
    followers: 0,
    following: 0,
    html_url: `${urls.base}/${account.login}`,
    type: "Organization",
    created_at: account.createdAt,
    updated_at: account.createdAt,
    archived_at: null,
    default_repository_permission: account.basePermission,
    issues_url: `${api}/issues`,
  };
}

/** Additional fields of GET /orgs/{org} for owners: the plan, its seats and the private repositories. */
export function organizationPlan(
  database: Database,
  account: AccountRecord,
): Pick<Schemas["organization-full"], "plan" | "total_private_repos" | "owned_private_repos"> {
  const repositories = database.repositories.filter(
    ({ owner, settings }) => sameName(owner, account.login) && settings.visibility !== "public",
  );
  const seats = Object.keys(account.members).length;
  return {
    total_private_repos: repositories.length,
    owned_private_repos: repositories.length,
    plan: { name: account.plan, space: 976_562_499, private_repos: 999_999, filled_seats: seats, seats },
  };
}

/** An organisation in lists and webhooks. */
export function organizationSimple(urls: Urls, account: AccountRecord): Schemas["organization-simple"] {
  const api = urls.api(`/orgs/${account.login}`);
  return {
    login: account.login,
    id: account.id,
    node_id: nodeId("Organization", account.id),
    url: api,
    repos_url: `${api}/repos`,
    events_url: `${api}/events`,
    hooks_url: `${api}/hooks`,
    issues_url: `${api}/issues`,
    members_url: `${api}/members{/member}`,
    public_members_url: `${api}/public_members{/member}`,
    avatar_url: `${urls.base}/avatars/u/${account.id}`,
    description: null,
  };
}
