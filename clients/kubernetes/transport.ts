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
  /** What is asked, for messages: `apply Deployment argocd/argocd-server`. */
  what: string;
  /** Sent as JSON. */
  body?: unknown;
  /** Default: `application/json`. */
  contentType?: string;
  /** Which form of the answer. Default: `application/json`. */
  accept?: string;
  /** Ends the request; it then rejects. */
  signal?: AbortSignal;
}

/** The API server ends a request after 60 s; what has said nothing for longer is dead. */
const SILENCE_MS = 75_000;
/** Tries of a request that the server asks to repeat (429 or 503 with Retry-After). */
const TRIES = 6;

/** Requests as JSON over connections that are kept alive. */
export class Transport {
  readonly #base: URL;
  readonly #tls: boolean;
  readonly #agent: http.Agent;
  #options: Promise<http.RequestOptions> | undefined;

  constructor(readonly connection: Connection) {
    this.#base = new URL(connection.server);
    this.#tls = this.#base.protocol === "https:";
    // Sockets in the pool do not keep the process alive; an open request does.
    this.#agent = this.#tls ? new https.Agent({ keepAlive: true }) : new http.Agent({ keepAlive: true });
  }

  /** Sends a request and reads its JSON answer. Throws ApiError where it is no success. */
  async json(request: ApiRequest): Promise<unknown> {
    return JSON.parse(await text(await this.#send(request))) as unknown;
  }

  /** Sends a request and hands over the answer's body as it comes. Throws ApiError where it is no success. */
  async stream(request: ApiRequest): Promise<http.IncomingMessage> {
    return this.#send(request);
  }

  /** Closes the kept connections. */
  close(): void {
    this.#agent.destroy();
  }

  async #send(request: ApiRequest): Promise<http.IncomingMessage> {
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    let authenticatedAnew = false;
    for (let attempt = 1; ; attempt++) {
      const response = await this.#exchange(request, body);
      const status = response.statusCode ?? 0;
      if (status >= 200 && status < 300) return response;
      const answer = await text(response);
      const wait = Number(response.headers["retry-after"]);
      if ((status === 429 || status === 503) && wait >= 0 && attempt < TRIES) {
        await sleep(Math.min(wait, 10) * 1000, undefined, { signal: request.signal });
      } else if (status === 401 && !authenticatedAnew) {
        authenticatedAnew = true;
        this.#options = undefined;
      } else {
        throw apiError(request.what, this.connection.who, status, answer);
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
      // The server may close an idle connection just as it is used again: that request never arrived.
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
      call.setTimeout(SILENCE_MS, () => call.destroy(new Error(`no answer for ${SILENCE_MS / 1000} s`)));
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
      `${what}: the cluster at ${this.connection.server} (${this.connection.who}) cannot be reached: ${cause}. ` +
        "Is it running, and is this its address?",
      { cause: error },
    );
  }
}

async function text(response: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
