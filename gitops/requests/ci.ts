import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from "jose";
import { parse } from "yaml";
import { CI_PATH, type CiSettings } from "../../components/repository/ci-file";
import { Failure } from "../errors";
import type { Clone } from "../git/clone";
import { MAIN } from "../git/refs";

/**
 * Who CI is, as `main` says it. A repository without the file names nobody.
 * @throws {Failure} where the file says something else than the platform writes: what cannot be read must not count as
 * nobody.
 */
export async function readCi(clone: Clone): Promise<CiSettings> {
  const text = await clone.read(MAIN, CI_PATH);
  return text === undefined ? { accounts: [], repositories: {} } : parseCi(text);
}

/** Reads the file's text. Throws {@link Failure} where it is not what {@link readCi} takes. */
export function parseCi(text: string): CiSettings {
  const { accounts, repositories } = mapIn(text);
  if (!Array.isArray(accounts) || !accounts.every(isText)) throw malformed("accounts", "a list of logins");
  if (!isMap(repositories) || !Object.values(repositories).every(isText)) {
    throw malformed("repositories", "a map of services to repositories");
  }
  return { accounts, repositories: repositories as Record<string, string> };
}

function mapIn(text: string): Record<string, unknown> {
  try {
    const value: unknown = parse(text);
    if (isMap(value)) return value;
  } catch {
    // Said below, as for every other text.
  }
  throw malformed("the file", "a map with accounts and repositories");
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function malformed(key: string, expected: string): Failure {
  const fix = "Bring the platform's file again: gitops platform.";
  return new Failure(`${CI_PATH}: got another form of ${key}; expected ${expected}. ${fix}`);
}

/** What GitHub says of the job that asked it for a token. */
export interface JobIdentity {
  /** `owner/name`. */
  readonly repository: string;
  /** The whole ref that the run is of: `refs/heads/main`. */
  readonly ref: string;
  /** What started the run: `push`. */
  readonly event: string;
}

/** Seconds more for which a token is taken: GitHub's are good for five minutes, and a run may wait for a runner. */
const RUNNER_WAIT = 10 * 60;

/** How long GitHub's answers may take, in milliseconds. */
const ANSWER_TIMEOUT = 30_000;

/**
 * Who issues the identity tokens of a host's workflows.
 * https://docs.github.com/en/actions/reference/security/oidc
 */
export function issuerOf(server: string): string {
  const { origin, hostname } = new URL(server);
  if (hostname === "github.com") return "https://token.actions.githubusercontent.com";
  // Enterprises with data residency.
  if (hostname.endsWith(".ghe.com")) return `https://token.actions.${hostname}`;
  return `${origin}/_services/token`;
}

/**
 * Reads an identity token that a workflow of this host was given.
 * @param audience What the token must have been asked for, exactly.
 * @throws {Failure} where it is no such token. The token itself is never in a message.
 */
export async function verifyIdentity(token: string, server: string, audience: string): Promise<JobIdentity> {
  const issuer = issuerOf(server);
  const keys = createRemoteJWKSet(await keysOf(issuer), { timeoutDuration: ANSWER_TIMEOUT });
  const claims = await readClaims(token, keys, { issuer, audience });
  // A token may be for several; this one is for one bump.
  if (claims.aud !== audience) throw refused("a token for something else", audience);
  const { repository, ref, event_name: event } = claims;
  if (typeof repository !== "string" || typeof ref !== "string" || typeof event !== "string") {
    throw refused("a token without repository, ref and event_name", audience);
  }
  return { repository, ref, event };
}

async function readClaims(
  token: string,
  keys: ReturnType<typeof createRemoteJWKSet>,
  { issuer, audience }: { readonly issuer: string; readonly audience: string },
): Promise<JWTPayload> {
  try {
    const wanted = { issuer, audience, algorithms: ["RS256"], requiredClaims: ["exp", "iat"] };
    return (await jwtVerify(token, keys, { ...wanted, clockTolerance: RUNNER_WAIT })).payload;
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw refused("a token that has expired", audience);
    if (error instanceof errors.JWTClaimValidationFailed) {
      const claim = `a token with another ${error.claim}`;
      throw refused(error.claim === "aud" ? "a token for something else" : claim, audience);
    }
    if (error instanceof errors.JWKSTimeout) throw unreachable(issuer);
    if (error instanceof errors.JOSEError) throw refused("no token that GitHub signed", audience);
    throw unreachable(issuer);
  }
}

async function keysOf(issuer: string): Promise<URL> {
  const answer = await fetch(`${issuer}/.well-known/openid-configuration`, {
    signal: AbortSignal.timeout(ANSWER_TIMEOUT),
  }).catch(() => undefined);
  // What is no JSON is no answer of GitHub's: a proxy may speak in its place.
  const json: unknown = answer?.ok === true ? await answer.json().catch(() => undefined) : undefined;
  const said = (json ?? {}) as { issuer?: unknown; jwks_uri?: unknown };
  if (said.issuer !== issuer || typeof said.jwks_uri !== "string") throw unreachable(issuer);
  return new URL(said.jwks_uri);
}

function refused(got: string, audience: string): Failure {
  const fix = "Run the job of the service's own repository once more, on main; it asks for a new one.";
  return new Failure(`identity: got ${got}; expected GitHub's token for ${audience}. ${fix}`);
}

function unreachable(issuer: string): Failure {
  return new Failure(`identity: got no keys from ${issuer}; expected those that GitHub signs with. Try again.`);
}
