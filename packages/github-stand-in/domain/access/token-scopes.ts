import { sameName } from "../../store/database";
import type { Permission } from "../../store/permissions";
import type { RepositoryRecord } from "../../store/records";

/**
 * The permissions of installation tokens and fine-grained personal tokens that this server supports, with GitHub's
 * names.
 */
export const SCOPES = [
  "actions",
  "actions_variables",
  "administration",
  "checks",
  "contents",
  "deployments",
  "environments",
  "issues",
  "members",
  "metadata",
  "organization_plan",
  "pull_requests",
  "repository_hooks",
  "secrets",
  "statuses",
  "workflows",
] as const;
export type Scope = (typeof SCOPES)[number];
/** Permission → access level. Permissions that are not listed are not granted. */
export type TokenPermissions = Partial<Record<Scope, "read" | "write">>;

/** The limits of a token, whatever its owner's permissions are. */
export interface TokenScopes {
  permissions: TokenPermissions;
  /** `owner/name`, or `owner/*` for all of an owner's repositories. */
  repositories: string[];
}

/** Whether a token gives access to a repository. */
export function covers(scopes: TokenScopes, repository: Pick<RepositoryRecord, "owner" | "name">): boolean {
  return scopes.repositories.some((entry) => {
    const [owner = "", name = ""] = entry.split("/");
    return sameName(owner, repository.owner) && (name === "*" || sameName(name, repository.name));
  });
}

/** The strongest role that a token allows for a permission. `metadata` can always be read. */
export function scopeLimit(scopes: TokenScopes, scope: Scope): Permission {
  const level = scopes.permissions[scope] ?? (scope === "metadata" ? "read" : undefined);
  return level === "write" ? "admin" : (level ?? "none");
}
