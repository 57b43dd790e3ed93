import type { ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import fastify, { type FastifyInstance } from "fastify";
import { Failure } from "@gitops-platform/contract/failure";
import { contentSecurityPolicy } from "../html";
import { Changes } from "./changes";
import type { Follower } from "./follow";
import { type Assets, boardPage } from "./page/page";
import { sourcesView } from "./page/parts";
import { pipelinesView } from "./page/row";

export interface ServeOptions {
  readonly follower: Pick<Follower, "board" | "sources" | "onChange">;
  readonly assets: Assets;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** How often pages receive the age of the sources, in milliseconds. Default: 5000. */
  readonly pulse?: number;
}

export interface Served {
  /** The URL for a browser on this machine. */
  readonly url: string;
  close(): Promise<void>;
}

/** For how long changes are collected before they are sent, in milliseconds. */
const GATHER = 100;

const HEADERS = {
  "content-security-policy": `${contentSecurityPolicy()}; frame-ancestors 'none'`,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-store",
};

/**
 * Serves the board, read-only.
 * @throws {Failure} where it cannot listen at that address.
 */
export async function serve({ follower, assets, host, port, pulse = 5000 }: ServeOptions): Promise<Served> {
  const server = fastify({ forceCloseConnections: true, exposeHeadRoutes: true });
  protect(server, host, HEADERS);
  const url = follower.board.url;
  const view = () => ({ url, now: Date.now() });
  const changes = new Changes(url, follower.board);
  const pages = new Set<ServerResponse>();

  server.get("/", (_, reply) =>
    reply.type("text/html; charset=utf-8").send(boardPage(changes.latest, view(), { follows: changes.id })),
  );
  server.get("/style.css", (_, reply) => reply.type("text/css; charset=utf-8").send(assets.style));
  server.get("/script.js", (_, reply) => reply.type("text/javascript; charset=utf-8").send(assets.script));
  server.get("/board.json", (_, reply) => reply.send(follower.board));
  server.get<{ Params: { service: string } }>("/services/:service", (request, reply) => {
    const row = changes.latest.rows.find(({ service }) => service === request.params.service);
    if (!row) return reply.code(404).type("text/plain; charset=utf-8").send("There is no such service.\n");
    return reply.type("text/html; charset=utf-8").send(pipelinesView(row, view()).text);
  });
  server.get<{ Querystring: { since?: string } }>("/events", { exposeHeadRoute: false }, (request, reply) => {
    const at = String(request.headers["last-event-id"] ?? request.query.since ?? "");
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, { ...HEADERS, "content-type": "text/event-stream; charset=utf-8" });
    pages.add(raw);
    raw.on("close", () => pages.delete(raw));
    if (at !== changes.id) sendChange(raw, changes, at);
    sendPulse(raw);
  });

  const sendPulse = (page: ServerResponse) => {
    const sources = sourcesView(follower.sources, view()).text;
    page.write(`event: pulse\ndata: ${JSON.stringify({ sources })}\n\n`);
  };
  // Before any timer starts: a server that cannot listen leaves nothing running.
  await listen(server, host, port);
  let gathering: NodeJS.Timeout | undefined;
  const end = follower.onChange(() => {
    gathering ??= setTimeout(() => {
      gathering = undefined;
      const before = changes.id;
      if (changes.take(follower.board)) for (const page of pages) sendChange(page, changes, before);
      for (const page of pages) sendPulse(page);
    }, GATHER);
  });
  const pulsing = setInterval(() => {
    for (const page of pages) sendPulse(page);
  }, pulse);

  const { port: chosen } = server.server.address() as AddressInfo;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${chosen}/`,
    async close() {
      end();
      clearTimeout(gathering);
      clearInterval(pulsing);
      for (const page of pages) page.end();
      await server.close();
    },
  };
}

function sendChange(page: ServerResponse, changes: Changes, since: string): void {
  const { id, ...update } = changes.since(since);
  page.write(`id: ${id}\nevent: change\ndata: ${JSON.stringify(update)}\n\n`);
}

async function listen(server: FastifyInstance, host: string, port: number): Promise<void> {
  try {
    await server.listen({ host, port });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EADDRINUSE")
      throw new Failure(`--port: got ${port}, which another program listens on; expected a free one. Name another.`);
    if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND")
      throw new Failure(`--host: got ${JSON.stringify(host)}; expected an address of this machine. Name another.`);
    throw error;
  }
}

const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

/**
 * Permits only reading, and on a loopback address only its own host names: with DNS rebinding, another site's page
 * could read the board through a name that resolves to this machine.
 * @param headers set on every response
 */
function protect(server: FastifyInstance, host: string, headers: Readonly<Record<string, string>>): void {
  const isLoopback = LOOPBACK.test(host.includes(":") ? `[${host}]` : host);
  server.addHook("onRequest", async (request, reply) => {
    reply.headers(headers);
    if (isLoopback && !LOOPBACK.test(request.headers.host ?? "")) {
      return reply
        .code(421)
        .type("text/plain; charset=utf-8")
        .send("This board is available only at 127.0.0.1 and localhost.\n");
    }
    if (request.method !== "GET" && request.method !== "HEAD") {
      return reply
        .code(405)
        .header("allow", "GET, HEAD")
        .type("text/plain; charset=utf-8")
        .send("The board is read-only.\n");
    }
  });
}
