import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** A request that the fake received; the path without `/api/v3`, with its query. */
export interface SeenRequest {
  method: string;
  path: string;
  body: unknown;
  authorization: string | undefined;
  /** Number of requests that were answered before this one came. */
  answered: number;
}

/** A loopback stand-in for GitHub's REST API that answers what a test says, and remembers what it was asked. */
export class FakeGitHub {
  readonly requests: SeenRequest[] = [];
  /** How long each answer takes, in ms. */
  delayMs = 0;
  #answered = 0;
  readonly #answers = new Map<string, { status: number; body?: unknown }[]>();
  readonly #server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const text = Buffer.concat(chunks).toString();
      const { method = "", url = "", headers } = request;
      const path = url.replace(/^\/api\/v3/, "");
      const body: unknown = text === "" ? undefined : JSON.parse(text);
      this.requests.push({ method, path, body, authorization: headers.authorization, answered: this.#answered });
      const answers = this.#answers.get(`${method} ${path}`) ?? [];
      const answer = (answers.length > 1 ? answers.shift() : answers[0]) ?? {
        status: 404,
        body: { message: "Not Found" },
      };
      setTimeout(() => {
        this.#answered++;
        response.writeHead(answer.status, { "content-type": "application/json" });
        response.end(answer.status === 204 ? undefined : JSON.stringify(answer.body ?? {}));
      }, this.delayMs);
    });
  });

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return this;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Sets the answer to `METHOD /path`. Several for one request are given in turn, the last again and again. */
  on(request: string, status: number, body?: unknown): this {
    this.#answers.set(request, [...(this.#answers.get(request) ?? []), { status, body }]);
    return this;
  }

  /** The writes so far as `METHOD /path`. */
  get writes(): string[] {
    return this.requests.filter((each) => each.method !== "GET").map((each) => `${each.method} ${each.path}`);
  }

  /** The body of the last write. */
  get written(): unknown {
    return this.requests.findLast((each) => each.method !== "GET")?.body;
  }
}
