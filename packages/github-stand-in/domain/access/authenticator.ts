import { createHash, createPublicKey, randomBytes, verify } from "node:crypto";
import type { Database } from "../../store/database";
import { badCredentials } from "../errors";
import type { Actor } from "./roles";
import type { Seed } from "./seed";

/** Lifetime of a requested installation token, in milliseconds: an hour, as on GitHub. */
const TOKEN_LIFETIME_MS = 3_600_000;

/** Authenticates requests by their tokens. */
export class Authenticator {
  // Keyed by a digest: a look-up by the token itself would leak through its timing how much of a guess is right.
  private readonly actors = new Map<string, Actor & { expires?: number }>();

  constructor(
    private readonly database: Database,
    seed: Seed,
  ) {
    for (const { login, token, tokens } of seed.users) {
      const account = database.account(login);
      if (!account) continue;
      this.add(token, { account });
      for (const { token: limited, ...scopes } of tokens) this.add(limited, { account, scopes });
    }
    for (const { slug, token, tokens, permissions, repositories } of seed.apps) {
      const account = database.account(`${slug}[bot]`);
      if (!account?.app) continue;
      const { app } = account;
      this.add(token, { account, app, scopes: { permissions, repositories } });
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
    const record = this.database.apps.find(({ id, slug }) => issuer === String(id) || issuer === slug);
    const account = record && this.database.account(`${record.slug}[bot]`);
    if (!account?.app || !record?.publicKey || !isSignedBy(token, record.publicKey, Date.now() / 1000))
      return undefined;
    return { account, app: account.app, scopes: { permissions: {}, repositories: [] }, record };
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
