import { type Database, sameName } from "../../store/database";
import { atLeast, type Permission, stronger, weaker } from "../../store/permissions";
import type { AccountRecord, AppIdentity, AppRecord, RepositoryRecord, TeamRecord } from "../../store/records";
import { HttpError, notFound, requiresAuthentication } from "../errors";
import { covers, scopeLimit, type TokenScopes } from "./token-scopes";

/** The account that makes a request, with the limits of its token. */
export interface Actor {
  account: AccountRecord;
  /** The limits of the token; undefined for a token with all of its owner's permissions. */
  scopes?: TokenScopes;
  /** The App, if it is an installation token. */
  app?: AppIdentity;
  /**
   * The App's record, if the App authenticates with a JWT. A JWT can only request tokens; it gives no access to
   * repositories.
   */
  record?: AppRecord;
}

/** The key of a repository in lists of permissions. */
export function repositoryKey({ owner, name }: Pick<RepositoryRecord, "owner" | "name">): string {
  return `${owner}/${name}`.toLowerCase();
}

/** The strongest role of an account (undefined: anonymous) in a repository, whatever token it uses. */
export function roleOf(
  database: Database,
  account: AccountRecord | undefined,
  repository: RepositoryRecord,
): Permission {
  const given: Permission[] = [repository.settings.visibility === "public" ? "read" : "none"];
  if (account) {
    const { login } = account;
    const owner = database.account(repository.owner);
    const key = repositoryKey(repository);
    if (sameName(login, repository.owner)) given.push("admin");
    if (owner?.members[login] === "admin") given.push("admin");
    if (owner?.members[login] === "member") given.push(owner.basePermission);
    given.push(repository.collaborators[login] ?? "none");
    given.push(account.grants[key] ?? account.grants[`${key.split("/")[0] ?? ""}/*`] ?? "none");
    for (const team of database.teams) if (isMember(team, login)) given.push(team.repositories[key] ?? "none");
  }
  return given.reduce(stronger);
}

export function isMember(team: TeamRecord, login: string): boolean {
  return Object.keys(team.members).some((member) => sameName(member, login));
}

/** The permission for the contents of a repository, limited by the actor's token. */
export function permissionOf(database: Database, actor: Actor | undefined, repository: RepositoryRecord): Permission {
  const role = roleOf(database, actor?.account, repository);
  if (!actor?.scopes) return role;
  const open: Permission = repository.settings.visibility === "public" ? "read" : "none";
  if (!covers(actor.scopes, repository)) return open;
  return stronger(open, weaker(role, scopeLimit(actor.scopes, "contents")));
}

/**
 * The error for a missing permission. Without read access it is 404, so that it does not reveal whether the repository
 * exists.
 */
export function denied(actor: Actor | undefined, has: Permission, needed: Permission): HttpError {
  if (!atLeast(has, "read")) return notFound();
  if (!actor) return requiresAuthentication();
  if (atLeast(needed, "admin") && !actor.scopes) return new HttpError(403, "Must have admin rights to Repository.");
  return outOfScope(actor);
}

/** 403 for a token without the required permission. */
export function outOfScope(actor: Actor): HttpError {
  return new HttpError(403, `Resource not accessible by ${actor.app ? "integration" : "personal access token"}`);
}
