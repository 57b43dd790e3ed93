import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from "jose";
import { parse } from "yaml";
import type { CiSettings } from "@gitops-platform/components/repository/written-files";
import { CI_PATH } from "@gitops-platform/contract/paths";
import { isMap } from "@gitops-platform/contract/values/plain";
import { Failure } from "@gitops-platform/contract/failure";
import type { Clone } from "../git/clone";
import { MAIN } from "../git/refs";

/**
 * Reads the accounts and repositories of CI from `main`. Without the file there are none.
 * @throws {Failure} if the file has another format than the platform writes. It must not count as empty then.
 */
export async function readCi(clone: Clone): Promise<CiSettings> {
  const text = await clone.read(MAIN, CI_PATH);
  return text === undefined ? { accounts: [], repositories: {} } : parseCi(text);
}

/**
 * Returns a test whether an account belongs to a person: not to a bot, nor to CI (the setting `repository.ciAccounts`).
 * @throws {Failure} like {@link readCi}.
 */
export async function personTest(clone: Clone): Promise<(login: string) => boolean> {
  const { accounts } = await readCi(clone);
  const ofCi = new Set(accounts.map((login) => login.toLowerCase()));
  return (login) => login !== "" && !login.endsWith("[bot]") && !ofCi.has(login.toLowerCase());
}

/** Parses the file. Throws {@link Failure} if it has another format. */
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
    // The error below applies to every invalid file.
  }
  throw malformed("the file", "a map with accounts and repositories");
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function malformed(key: string, expected: string): Failure {
  const fix = "Restore the platform's file: gitops platform.";
  return new Failure(`${CI_PATH}: got another format of ${key}; expected ${expected}. ${fix}`);
}

/** The claims about the job that requested a token. */
export interface JobIdentity {
  /** `owner/name`. */
  readonly repository: string;
  /** The full ref of the run: `refs/heads/main`. */
  readonly ref: string;
  /** The event that started the run: `push`. */
  readonly event: string;
}

/** Seconds that a token is accepted after it expires, because a run may wait for a runner. GitHub's last 5 minutes. */
const RUNNER_WAIT = 10 * 60;

/** The time limit of a request to the issuer, in milliseconds. */
const REQUEST_TIMEOUT = 30_000;

/**
 * The issuer of the identity tokens of a host's workflows.
 * https://docs.github.com/en/actions/reference/security/oidc
 */
export function issuerOf(server: string): string {
  const { origin, hostname } = new URL(server);
  if (hostname === "github.com") return "https://token.actions.githubusercontent.com";
  // GitHub Enterprise Cloud with data residency.
  if (hostname.endsWith(".ghe.com")) return `https://token.actions.${hostname}`;
  return `${origin}/_services/token`;
}

/**
 * Verifies an identity token of a workflow of this host.
 * @param audience The exact audience for which it must have been issued.
 * @throws {Failure} if it is invalid. The message never contains the token.
 */
export async function verifyIdentity(token: string, server: string, audience: string): Promise<JobIdentity> {
  const issuer = issuerOf(server);
  const keys = createRemoteJWKSet(await keysOf(issuer), { timeoutDuration: REQUEST_TIMEOUT });
  const claims = await readClaims(token, keys, { issuer, audience });
  // jwtVerify accepts a list of audiences that includes this one.
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
  const response = await fetch(`${issuer}/.well-known/openid-configuration`, {
    signal: AbortSignal.timeout(REQUEST_TIMEOUT),
  }).catch(() => undefined);
  // A proxy may respond with something else than JSON.
  const json: unknown = response?.ok === true ? await response.json().catch(() => undefined) : undefined;
  const configuration = (json ?? {}) as { issuer?: unknown; jwks_uri?: unknown };
  if (configuration.issuer !== issuer || typeof configuration.jwks_uri !== "string") throw unreachable(issuer);
  return new URL(configuration.jwks_uri);
}

function refused(got: string, audience: string): Failure {
  const fix = "Run the job of the service's own repository once more, on main; it asks for a new one.";
  return new Failure(`identity: got ${got}; expected GitHub's token for ${audience}. ${fix}`);
}

function unreachable(issuer: string): Failure {
  return new Failure(`identity: got no keys from ${issuer}; expected those that GitHub signs with. Try again.`);
}
