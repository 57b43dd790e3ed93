import http from "node:http";
import https from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import type { Connection } from "./connection";
import { apiError, UnreachableError } from "./errors";

/** One request to the API server. */
export interface ApiRequest {
  method: "GET" | "PUT" | "POST" | "PATCH" | "DELETE";
  /** Path and query. */
  path: string;
  /** The request, for error messages: `apply Deployment argocd/argocd-server`. */
  what: string;
  /** Sent as JSON. */
  body?: unknown;
  /** Default: `application/json`. */
  contentType?: string;
  /** Default: `application/json`. */
  accept?: string;
  /** Cancels the request, which then rejects. */
  signal?: AbortSignal;
}

/** The API server's own timeout is 60 s, so a connection that is idle for longer is dead. */
const IDLE_TIMEOUT_MS = 75_000;
/** Attempts of a request that the server asks to retry (429 or 503 with Retry-After). */
const MAX_ATTEMPTS = 6;

/** Sends JSON requests over keep-alive connections. */
export class Transport {
  readonly #base: URL;
  readonly #tls: boolean;
  readonly #agent: http.Agent;
  #options: Promise<http.RequestOptions> | undefined;

  constructor(readonly connection: Connection) {
    this.#base = new URL(connection.server);
    this.#tls = this.#base.protocol === "https:";
    // Idle sockets do not keep the process alive; requests in progress do.
    this.#agent = this.#tls ? new https.Agent({ keepAlive: true }) : new http.Agent({ keepAlive: true });
  }

  /** Sends a request and parses the JSON response. Throws ApiError for an error response. */
  async json(request: ApiRequest): Promise<unknown> {
    return JSON.parse(await readBody(await this.#send(request))) as unknown;
  }

  /** Sends a request and returns the response for streaming. Throws ApiError for an error response. */
  async stream(request: ApiRequest): Promise<http.IncomingMessage> {
    return this.#send(request);
  }

  /** Closes all connections. */
  close(): void {
    this.#agent.destroy();
  }

  async #send(request: ApiRequest): Promise<http.IncomingMessage> {
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    let reauthenticated = false;
    for (let attempt = 1; ; attempt++) {
      const response = await this.#exchange(request, body);
      const status = response.statusCode ?? 0;
      if (status >= 200 && status < 300) return response;
      const responseBody = await readBody(response);
      const wait = Number(response.headers["retry-after"]);
      if ((status === 429 || status === 503) && wait >= 0 && attempt < MAX_ATTEMPTS) {
        await sleep(Math.min(wait, 10) * 1000, undefined, { signal: request.signal });
      } else if (status === 401 && !reauthenticated) {
        reauthenticated = true;
        this.#options = undefined;
      } else {
        throw apiError(request.what, this.connection.credentials, status, responseBody);
      }
    }
  }

  async #exchange(request: ApiRequest, body: string | undefined): Promise<http.IncomingMessage> {
    this.#options ??= this.connection.authenticate();
    const options = await this.#options;
    for (;;) {
      const outcome = await this.#once(request, body, options);
      if ("response" in outcome) return outcome.response;
      if (request.signal?.aborted) throw outcome.error;
      // The server may close an idle connection at the moment it is reused. That request was not processed: retry it.
      const stale = outcome.reused && ["ECONNRESET", "EPIPE"].includes(outcome.error.code ?? "");
      if (!stale) throw this.#unreachable(request.what, outcome.error);
    }
  }

  async #once(
    request: ApiRequest,
    body: string | undefined,
    options: http.RequestOptions,
  ): Promise<{ response: http.IncomingMessage } | { error: NodeJS.ErrnoException; reused: boolean }> {
    return new Promise((resolve) => {
      const call = (this.#tls ? https : http).request(
        new URL(this.#base.pathname.replace(/\/$/, "") + request.path, this.#base),
        {
          ...options,
          agent: this.#agent,
          method: request.method,
          signal: request.signal,
          headers: {
            ...(options.headers as http.OutgoingHttpHeaders | undefined),
            accept: request.accept ?? "application/json",
            ...(body === undefined
              ? {}
              : {
                  "content-type": request.contentType ?? "application/json",
                  "content-length": Buffer.byteLength(body),
                }),
          },
        },
      );
      call.setTimeout(IDLE_TIMEOUT_MS, () => call.destroy(new Error(`no response within ${IDLE_TIMEOUT_MS / 1000} s`)));
      call.on("error", (error) => {
        resolve({ error, reused: call.reusedSocket });
      });
      call.on("response", (response) => {
        resolve({ response });
      });
      call.end(body);
    });
  }

  #unreachable(what: string, error: NodeJS.ErrnoException): UnreachableError {
    const cause = error.message || (error.code ?? "no connection");
    return new UnreachableError(
      `${what}: the cluster at ${this.connection.server} (${this.connection.credentials}) cannot be reached: ` +
        `${cause}. Check that it is running and that the URL is correct.`,
      { cause: error },
    );
  }
}

async function readBody(response: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
