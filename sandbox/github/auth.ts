import { createHash, randomBytes } from "node:crypto";
import { isSignedBy, issuerOf } from "./access/app-jwt";
import { covers, scopeLimit, type TokenScopes } from "./access/token-scopes";
import { type Database, sameName } from "./database";
import { badCredentials, HttpError, notFound, requiresAuthentication } from "./errors";
import {
  type AccountRecord,
  type AppIdentity,
  type Permission,
  PERMISSIONS,
  type RepositoryRecord,
  type TeamRecord,
} from "./records";
import type { Seed } from "./seed";

/** Who makes a request. */
export interface Actor {
  account: AccountRecord;
  /** What the token is limited to; undefined for a token that may do all that its owner may. */
  scopes?: TokenScopes;
  /** The App whose installation token it is. */
  app?: AppIdentity;
  /** What the App was given, where it asks with a JWT for tokens; that alone opens no repository. */
  installation?: TokenScopes;
}

/** How long an installation token that was made on request is good, in milliseconds: an hour, as on GitHub. */
const TOKEN_LIFETIME_MS = 3_600_000;

/** Knows the tokens, and whose they are. */
export class Authenticator {
  // Keyed by a digest: a look-up by the token itself would take longer the more of it is right.
  private readonly actors = new Map<string, Actor & { expires?: number }>();
  private readonly apps: { publicKey: string; actor: Actor & { app: AppIdentity } }[] = [];

  constructor(database: Database, seed: Seed) {
    for (const { login, token, tokens } of seed.users) {
      const account = database.account(login);
      if (!account) continue;
      this.add(token, { account });
      for (const { token: limited, ...scopes } of tokens) this.add(limited, { account, scopes });
    }
    for (const { slug, token, tokens, permissions, repositories, publicKey } of seed.apps) {
      const account = database.account(`${slug}[bot]`);
      if (!account?.app) continue;
      const { app } = account;
      this.add(token, { account, app, scopes: { permissions, repositories } });
      const installation = { permissions, repositories };
      const none = { permissions: {}, repositories: [] };
      if (publicKey !== undefined) this.apps.push({ publicKey, actor: { account, app, scopes: none, installation } });
      for (const narrower of tokens) {
        const scopes = { permissions, repositories, ...narrower };
        this.add(narrower.token, { account, app, scopes });
      }
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
    const actor = this.actors.get(digest(token)) ?? this.appActor(token);
    if (!actor || ("expires" in actor && Number(actor.expires) <= Date.now())) throw badCredentials();
    return actor;
  }

  /** Make a token for somebody, good for an hour. */
  issue(actor: Actor): { token: string; expiresAt: string } {
    const token = `ghs_${randomBytes(18).toString("hex")}`;
    const expires = Date.now() + TOKEN_LIFETIME_MS;
    this.actors.set(digest(token), { ...actor, expires });
    return { token, expiresAt: new Date(expires).toISOString().replace(/\.\d+Z$/, "Z") };
  }

  /** Make a token that issue made worthless. Others, which the seed gave, stay. */
  revoke(token: string): void {
    const key = digest(token);
    if (this.actors.get(key)?.expires !== undefined) this.actors.delete(key);
  }

  private appActor(token: string): Actor | undefined {
    const issuer = issuerOf(token);
    const app = this.apps.find(({ actor }) => issuer === String(actor.app.id) || issuer === actor.app.slug);
    return app && isSignedBy(token, app.publicKey, Date.now() / 1000) ? app.actor : undefined;
  }

  private add(token: string, actor: Actor): void {
    this.actors.set(digest(token), actor);
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

/** How the records name a repository in lists of rights. */
export function repositoryKey({ owner, name }: Pick<RepositoryRecord, "owner" | "name">): string {
  return `${owner}/${name}`.toLowerCase();
}

/** The strongest role of an account (undefined: nobody) in a repository, whatever token it uses. */
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

/** Whether somebody belongs to a team. */
export function isMember(team: TeamRecord, login: string): boolean {
  return Object.keys(team.members).some((member) => sameName(member, login));
}

/** What somebody may do with the contents of a repository by the token that they use. */
export function permissionOf(database: Database, actor: Actor | undefined, repository: RepositoryRecord): Permission {
  const role = roleOf(database, actor?.account, repository);
  if (!actor?.scopes) return role;
  const open: Permission = repository.settings.visibility === "public" ? "read" : "none";
  if (!covers(actor.scopes, repository)) return open;
  return stronger(open, weaker(role, scopeLimit(actor.scopes, "contents")));
}

/** The weaker of two permissions. */
export function weaker(a: Permission, b: Permission): Permission {
  return atLeast(a, b) ? b : a;
}

function stronger(a: Permission, b: Permission): Permission {
  return atLeast(a, b) ? a : b;
}

/** Whether one permission includes another. */
export function atLeast(permission: Permission, needed: Permission): boolean {
  return PERMISSIONS.indexOf(permission) >= PERMISSIONS.indexOf(needed);
}

/**
 * GitHub's answer to somebody whose right is not enough: who may not even read learns nothing, not even that it is
 * there.
 */
export function denied(actor: Actor | undefined, has: Permission, needed: Permission): HttpError {
  if (!atLeast(has, "read")) return notFound();
  if (!actor) return requiresAuthentication();
  if (atLeast(needed, "admin") && !actor.scopes) return new HttpError(403, "Must have admin rights to Repository.");
  return outOfScope(actor);
}

/** 403 for a token that was not given what it would need. */
export function outOfScope(actor: Actor): HttpError {
  return new HttpError(403, `Resource not accessible by ${actor.app ? "integration" : "personal access token"}`);
}
