import { createHash, createPublicKey, randomBytes, verify } from "node:crypto";
import { type Database, sameName } from "../../store/database";
import { type AccountRecord, type AppIdentity, type Permission, PERMISSIONS, type RepositoryRecord, type TeamRecord } from "../../store/records";
import { badCredentials, HttpError, notFound, requiresAuthentication } from "../errors";
import type { Seed } from "./seed";
import { covers, scopeLimit, type TokenScopes } from "./token-scopes";

/** The account that makes a request, with the limits of its token. */
export interface Actor {
  account: AccountRecord;
  /** The limits of the token; undefined for a token with all of its owner's permissions. */
  scopes?: TokenScopes;
  /** The App, if it is an installation token. */
  app?: AppIdentity;
  /**
   * The permissions of the App's installation, if the App authenticates with a JWT. A JWT can only request tokens; it
   * gives no access to repositories.
   */
  installation?: TokenScopes;
}

/** Lifetime of a requested installation token, in milliseconds: an hour, as on GitHub. */
const TOKEN_LIFETIME_MS = 3_600_000;

/** Authenticates requests by their tokens. */
export class Authenticator {
  // Keyed by a digest: a look-up by the token itself would leak through its timing how much of a guess is right.
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
   * The actor of an Authorization header: `token T`, `Bearer T`, or Basic with the token as the password (or as the
   * user name, with an empty password or `x-oauth-basic`). Undefined without a header. Throws 401 for an unknown token.
   */
  actor(header: string | undefined): Actor | undefined {
    if (header === undefined || header === "") return undefined;
    const [scheme = "", value = ""] = header.trim().split(/\s+/);
    const token = scheme.toLowerCase() === "basic" ? passwordOf(value) : value;
    const actor = this.actors.get(digest(token)) ?? this.appActor(token);
    if (!actor || ("expires" in actor && Number(actor.expires) <= Date.now())) throw badCredentials();
    return actor;
  }

  /** Issues a token that is valid for an hour. */
  issue(actor: Actor): { token: string; expiresAt: string } {
    const token = `ghs_${randomBytes(18).toString("hex")}`;
    const expires = Date.now() + TOKEN_LIFETIME_MS;
    this.actors.set(digest(token), { ...actor, expires });
    return { token, expiresAt: new Date(expires).toISOString().replace(/\.\d+Z$/, "Z") };
  }

  /** Revokes a token that `issue` made. Tokens of the seed stay valid. */
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

/**
 * Maximum time until a JWT expires, in seconds: GitHub accepts ten minutes; one minute more allows for clock
 * differences.
 */
const MAX_LIFETIME = 660;

/**
 * The App id (or slug) in the `iss` of an App's JWT; undefined if the string is no JWT. The signature is not verified
 * yet, because the issuer determines the key.
 */
function issuerOf(token: string): string | undefined {
  const payload = decode(token.split(".")[1]);
  const issuer = token.split(".").length === 3 ? payload?.iss : undefined;
  return typeof issuer === "string" || typeof issuer === "number" ? String(issuer) : undefined;
}

/**
 * Whether a JWT is signed (RS256) with the private key of a public key (PEM) and valid at a time (seconds since 1970).
 */
function isSignedBy(token: string, publicKey: string, time: number): boolean {
  const [header, payload, signature = ""] = token.split(".");
  const { exp } = decode(payload) ?? {};
  if (decode(header)?.alg !== "RS256" || typeof exp !== "number" || exp <= time || exp > time + MAX_LIFETIME)
    return false;
  const signed = Buffer.from(`${header ?? ""}.${payload ?? ""}`);
  return verify("RSA-SHA256", signed, createPublicKey(publicKey), Buffer.from(signature, "base64url"));
}

function decode(part: string | undefined): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part ?? "", "base64url").toString());
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
