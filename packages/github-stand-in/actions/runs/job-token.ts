import type { TokenPermissions, TokenScopes } from "../../domain/access/token-scopes";
import type { RepositoryRecord } from "../../store/records";
import type { WorkflowPermissions } from "../workflow/schema";

/** The permissions that a workflow's own token can have, of those that this server supports. */
const GRANTABLE = ["actions", "checks", "contents", "deployments", "issues", "pull_requests", "statuses"];

/** The permissions of GITHUB_TOKEN: those of the job, otherwise of its workflow, otherwise the repository's default. */
export function jobTokenScopes(repository: RepositoryRecord, permissions: WorkflowPermissions): TokenScopes {
  return { permissions: granted(repository, permissions), repositories: [`${repository.owner}/${repository.name}`] };
}

function granted(repository: RepositoryRecord, permissions: WorkflowPermissions): TokenPermissions {
  if (permissions === undefined) {
    return repository.actions.defaultPermissions === "write" ? all("write") : { contents: "read" };
  }
  if (permissions === "read-all") return all("read");
  if (permissions === "write-all") return all("write");
  const named = Object.entries(permissions).map(([name, level]) => [name.replaceAll("-", "_"), level] as const);
  return Object.fromEntries(named.filter(([name, level]) => GRANTABLE.includes(name) && level !== "none"));
}

function all(level: "read" | "write"): TokenPermissions {
  return Object.fromEntries(GRANTABLE.map((name) => [name, level]));
}

/** Whether a job can request identity tokens. Only `id-token: write` and write-all allow it. */
export function canRequestIdToken(permissions: WorkflowPermissions): boolean {
  if (typeof permissions === "string") return permissions === "write-all";
  return permissions?.["id-token"] === "write";
}
