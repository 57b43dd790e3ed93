import type { components } from "@octokit/openapi-types";
import type { Database } from "../store/database";
import { atLeast, type Permission } from "../store/permissions";
import type { TeamRecord } from "../store/records";
import { organizationFull } from "./accounts";
import { nodeId, type Urls } from "./urls";

type Schemas = components["schemas"];

/** The older names of permissions, which the API uses for teams and collaborators. */
const TEAM_PERMISSIONS = {
  none: "pull",
  read: "pull",
  triage: "triage",
  write: "push",
  maintain: "maintain",
  admin: "admin",
} as const satisfies Record<Permission, string>;
/** The permission for each of these names. */
export const PERMISSION_OF = {
  pull: "read",
  triage: "triage",
  push: "write",
  maintain: "maintain",
  admin: "admin",
} as const satisfies Record<string, Permission>;

/** A team inside other responses. */
export function teamSimple(urls: Urls, team: TeamRecord): Schemas["team-simple"] {
  const url = urls.api(`/orgs/${team.organization}/teams/${team.slug}`);
  return {
    id: team.id,
    node_id: nodeId("Team", team.id),
    url,
    members_url: `${url}/members{/member}`,
    name: team.name,
    description: team.description,
    permission: "pull",
    privacy: team.privacy,
    notification_setting: "notifications_enabled",
    html_url: `${urls.base}/orgs/${team.organization}/teams/${team.slug}`,
    repositories_url: `${url}/repos`,
    slug: team.slug,
    type: "organization",
  };
}

/** Response for a single team. The creation date of a team is not stored, so the response has its organisation's. */
export function teamFull(database: Database, urls: Urls, team: TeamRecord): Schemas["team-full"] {
  const account = database.account(team.organization);
  if (!account) throw new Error(`${team.organization}: has teams, but does not exist`);
  return {
    ...teamSimple(urls, team),
    privacy: team.privacy,
    notification_setting: "notifications_enabled",
    parent: null,
    created_at: account.createdAt,
    updated_at: account.createdAt,
    members_count: Object.keys(team.members).length,
    repos_count: Object.keys(team.repositories).length,
    organization: organizationFull(urls, account, 0),
  };
}

/** A team with its permission in one repository. */
export function teamWithPermission(urls: Urls, team: TeamRecord, permission: Permission): Schemas["team"] {
  return {
    ...teamSimple(urls, team),
    permission: TEAM_PERMISSIONS[permission],
    permissions: {
      pull: atLeast(permission, "read"),
      triage: atLeast(permission, "triage"),
      push: atLeast(permission, "write"),
      maintain: atLeast(permission, "maintain"),
      admin: atLeast(permission, "admin"),
    },
    parent: null,
    access_source: "direct",
  };
}
