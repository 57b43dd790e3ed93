import { createHash } from "node:crypto";
import { type Database, sameName } from "./database";
import { badCredentials, HttpError, notFound, requiresAuthentication } from "./errors";
import { type AccountRecord, type Permission, PERMISSIONS, type RepositoryRecord } from "./records";
import type { Seed } from "./seed";

/** Who makes a request. */
export interface Actor {
  account: AccountRecord;
  /** owner/name in lower case → permission that the token carries for it. */
  grants: ReadonlyMap<string, Permission>;
}

/** Knows the tokens, and what their owners may do. */
export class Authenticator {
  // Keyed by a digest: a look-up by the token itself would take longer the more of it is right.
  private readonly actors = new Map<string, Actor>();

  constructor(database: Database, seed: Seed) {
    const apps = seed.apps.map((app) => ({ ...app, login: `${app.slug}[bot]` }));
    for (const entry of [...seed.users, ...apps]) {
      const account = database.account(entry.login);
      const grants = new Map(Object.entries(entry.repositories).map(([name, right]) => [name.toLowerCase(), right]));
      if (account) this.actors.set(digest(entry.token), { account, grants });
    }
  }

  /**
   * Who sends an Authorization header: `token T`, `Bearer T`, or Basic with the token as password (or as user name with
   * an empty password or `x-oauth-basic`). Undefined without a header; throws 401 for a token that nobody has.
   */
  actor(header: string | undefined): Actor | undefined {
    if (header === undefined || header === "") return undefined;
    const [scheme = "", value = ""] = header.trim().split(/\s+/);
    const token = scheme.toLowerCase() === "basic" ? passwordOf(value) : value;
    const actor = this.actors.get(digest(token));
    if (!actor) throw badCredentials();
    return actor;
  }
}

function passwordOf(basic: string): string {
  const text = Buffer.from(basic, "base64").toString();
  const colon = text.indexOf(":");
  const password = text.slice(colon + 1);
  return password === "" || password === "x-oauth-basic" ? text.slice(0, colon) : password;
}

function digest(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** The strongest right of somebody (undefined: without a token) in a repository. */
export function permissionOf(database: Database, actor: Actor | undefined, repository: RepositoryRecord): Permission {
  const given: Permission[] = [repository.settings.visibility === "public" ? "read" : "none"];
  if (actor) {
    const { login } = actor.account;
    const owner = database.account(repository.owner);
    if (sameName(login, repository.owner)) given.push("admin");
    if (owner?.members[login] === "admin") given.push("admin");
    if (owner?.members[login] === "member") given.push(owner.basePermission);
    given.push(repository.collaborators[login] ?? "none");
    given.push(actor.grants.get(`${repository.owner}/${repository.name}`.toLowerCase()) ?? "none");
  }
  return given.reduce((best, next) => (atLeast(next, best) ? next : best));
}

/** Whether one permission includes another. */
export function atLeast(permission: Permission, needed: Permission): boolean {
  return PERMISSIONS.indexOf(permission) >= PERMISSIONS.indexOf(needed);
}

/** GitHub's answer to somebody whose right is not enough: who may not even read learns nothing, not even that it is there. */
export function denied(actor: Actor | undefined, has: Permission, needed: Permission): HttpError {
  if (!atLeast(has, "read")) return notFound();
  if (!actor) return requiresAuthentication();
  if (atLeast(needed, "admin")) return new HttpError(403, "Must have admin rights to Repository.");
  const kind = actor.account.type === "Bot" ? "integration" : "personal access token";
  return new HttpError(403, `Resource not accessible by ${kind}`);
}
