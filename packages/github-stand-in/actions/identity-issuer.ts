import { randomUUID } from "node:crypto";
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import { actionsActor } from "../domain/access/actions-app";
import type { Authenticator } from "../domain/access/authenticator";
import type { Urls } from "../shapes/urls";
import type { Database } from "../store/database";
import type { RunRecord } from "../store/history-records";
import type { RepositoryRecord } from "../store/records";
import { githubValues } from "./runs/github-context";

/** Path of the issuer on the server, as on a GitHub Enterprise Server. */
export const ISSUER_PATH = "/_services/token";

/** Lifetime of a token, and how long before its creation it is already valid, in seconds. */
const LIFETIME = 300;
const BEFORE = 600;

/** A job that can request identity tokens. */
export interface IdentifiedJob {
  repository: RepositoryRecord;
  run: RunRecord;
  /** Its deployment environment. */
  environment: string | undefined;
}

/**
 * GitHub's OpenID Connect issuer: signs tokens that identify a job. The key is generated at each start, because no job
 * outlives the server.
 */
export class IdentityIssuer {
  /** Job id → the token that its steps make requests with. */
  private readonly requestTokens = new Map<number, string>();
  private readonly jobs = new Map<string, IdentifiedJob>();
  private readonly kid = randomUUID();

  private constructor(
    private readonly services: { database: Database; urls: Urls; authenticator: Authenticator },
    private readonly keys: { privateKey: CryptoKey; publicKey: JWK },
  ) {}

  static async open(services: {
    database: Database;
    urls: Urls;
    authenticator: Authenticator;
  }): Promise<IdentityIssuer> {
    const { privateKey, publicKey } = await generateKeyPair("RS256", { extractable: true });
    return new IdentityIssuer(services, { privateKey, publicKey: await exportJWK(publicKey) });
  }

  get issuer(): string {
    return `${this.services.urls.base}${ISSUER_PATH}`;
  }

  /** The keys that verify its signatures. */
  get keySet(): { keys: JWK[] } {
    return { keys: [{ ...this.keys.publicKey, kid: this.kid, alg: "RS256", use: "sig" }] };
  }

  /**
   * Lets a job request identity tokens until it ends. Returns the variables that its steps need, as on GitHub's runner.
   */
  grant(
    id: number,
    job: IdentifiedJob,
  ): { ACTIONS_ID_TOKEN_REQUEST_URL: string; ACTIONS_ID_TOKEN_REQUEST_TOKEN: string } {
    const { authenticator, urls, database } = this.services;
    const none = { permissions: {}, repositories: [] };
    const { token } = authenticator.issue({ ...actionsActor({ database }), scopes: none });
    this.requestTokens.set(id, token);
    this.jobs.set(token, job);
    const url = `${urls.base}/_services/pipelines/${job.run.id}/idtoken?api-version=2.0`;
    return { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: token };
  }

  /** Ends a job's access: its request token becomes invalid. */
  revoke(id: number): void {
    const token = this.requestTokens.get(id);
    if (token === undefined) return;
    this.requestTokens.delete(id);
    this.jobs.delete(token);
    this.services.authenticator.revoke(token);
  }

  /**
   * Signs an identity token for the job of a request token.
   * @param audience default: the repository's owner, as on GitHub
   * @returns undefined if the request token belongs to no running job of this run
   */
  async sign(requestToken: string, run: string, audience: string | undefined): Promise<string | undefined> {
    const job = this.jobs.get(requestToken);
    if (!job || String(job.run.id) !== run) return undefined;
    const time = Math.floor(Date.now() / 1000);
    return new SignJWT(this.claims(job))
      .setProtectedHeader({ alg: "RS256", typ: "JWT", kid: this.kid })
      .setIssuer(this.issuer)
      .setAudience(audience ?? `${this.services.urls.base}/${job.repository.owner}`)
      .setSubject(subjectOf(job))
      .setJti(randomUUID())
      .setIssuedAt(time)
      .setNotBefore(time - BEFORE)
      .setExpirationTime(time + LIFETIME)
      .sign(this.keys.privateKey);
  }

  private claims({ repository, run, environment }: IdentifiedJob): Record<string, string> {
    const { database, urls } = this.services;
    const id = (login: string) => String(database.account(login)?.id ?? "");
    const values = githubValues(urls, repository, run);
    const { ref, ref_type, sha, base_ref, head_ref, actor, event_name, workflow, workflow_ref, workflow_sha } = values;
    const { run_id, run_number, run_attempt } = values;
    return {
      repository: values.repository,
      repository_id: values.repository_id,
      repository_owner: values.repository_owner,
      repository_owner_id: id(repository.owner),
      repository_visibility: repository.settings.visibility,
      actor_id: id(run.actor),
      ...{ ref, ref_type, sha, base_ref, head_ref, actor, event_name, workflow, workflow_ref, workflow_sha },
      ...{ job_workflow_ref: workflow_ref, job_workflow_sha: workflow_sha, run_id, run_number, run_attempt },
      runner_environment: "self-hosted",
      ...(environment === undefined ? {} : { environment }),
    };
  }
}

/** GitHub's default format of the subject. */
function subjectOf({ repository, run, environment }: IdentifiedJob): string {
  const context =
    environment !== undefined
      ? `environment:${environment}`
      : run.event.startsWith("pull_request")
        ? "pull_request"
        : `ref:${run.ref}`;
  return `repo:${repository.owner}/${repository.name}:${context}`;
}
