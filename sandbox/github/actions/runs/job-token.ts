import type { TokenPermissions, TokenScopes } from "../../access/token-scopes";
import type { RepositoryRecord } from "../../records";
import type { WorkflowPermissions } from "../workflow/schema";

/** What a workflow's own token can be given at all, of what this server knows. */
const GRANTABLE = ["actions", "checks", "contents", "deployments", "issues", "pull_requests", "statuses"];

/** What GITHUB_TOKEN may do: what the job says, or else its workflow, or else the repository's setting. */
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

/**
 * Whether a job may ask who it is by a token of the identity issuer. Nothing gives that but `id-token: write`, and
 * write-all.
 */
export function mayShowIdentity(permissions: WorkflowPermissions): boolean {
  if (typeof permissions === "string") return permissions === "write-all";
  return permissions?.["id-token"] === "write";
}
