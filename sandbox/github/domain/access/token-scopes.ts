import { sameName } from "../../store/database";
import type { Permission, RepositoryRecord } from "../../store/records";

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

const RULES: [method: RegExp, path: RegExp, scope: Scope][] = [
  [/PUT/, /^\/pulls\/\d+\/merge$/, "contents"],
  [/./, /^\/pulls|^\/commits\/.+\/pulls$/, "pull_requests"],
  [/./, /^\/issues/, "pull_requests"],
  [/./, /^\/(check-runs|check-suites)|^\/commits\/.+\/check-(runs|suites)$/, "checks"],
  [/./, /^\/statuses\/|^\/commits\/.+\/status(es)?$/, "statuses"],
  [/./, /^\/deployments/, "deployments"],
  [/./, /^\/hooks/, "repository_hooks"],
  [/GET/, /^\/(rulesets|rules|topics|collaborators|teams|tags)/, "metadata"],
  [/GET/, /^\/environments(\/[^/]+(\/deployment-branch-policies.*)?)?$/, "actions"],
  [/./, /^\/environments\/[^/]+\/secrets/, "environments"],
  [/./, /^\/environments\/[^/]+\/variables/, "environments"],
  [/./, /^\/actions\/(workflows|runs|jobs)/, "actions"],
  [/./, /^\/actions\/secrets/, "secrets"],
  [/./, /^\/actions\/variables/, "actions_variables"],
  [/./, /^\/(contents|git|branches|commits|compare|codeowners|activity)(\/|$)/, "contents"],
  [/GET/, /^$/, "metadata"],
  // A team's permission in a repository: GET /orgs/<org>/teams/<slug>/repos/<owner>/<name>.
  [/GET/, /^\/orgs\/[^/]+\/teams\//, "members"],
];

/**
 * The permission that a request needs, from its method and its path below `/repos/<owner>/<name>`. Source: GitHub's
 * list "Permissions required for GitHub Apps". A path that is not listed needs `administration`.
 */
export function scopeOf(method: string, path: string): Scope {
  return RULES.find(([wanted, pattern]) => wanted.test(method) && pattern.test(path))?.[2] ?? "administration";
}
