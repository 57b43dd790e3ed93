import type { ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import fastify, { type FastifyInstance } from "fastify";
import { Failure } from "@gitops-platform/contract/failure";
import { contentSecurityPolicy } from "../html";
import type { Follower } from "./follow";
import { type Assets, boardPage } from "./page/page";
import { eventsView, lanesView, othersView, sourcesView } from "./page/parts";
import { pipelinesView, rowView } from "./page/row";
import { randomUUID } from "node:crypto";
import type { Board, Row } from "./model/board";
import type { View } from "./page/view";

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

/** The changes that bring a page up to date. */
export interface Update {
  /** The version of the board that the page then shows. */
  readonly id: string;
  /** The changed services, as HTML. */
  readonly rows: Readonly<Record<string, string>>;
  /** All services in order. The page removes any others. */
  readonly order: readonly string[];
  /** Other changed parts of the page as HTML, by the element's id. */
  readonly parts: Readonly<Record<string, string>>;
  /** What a screen reader announces; null: nothing. */
  readonly news: string | null;
}

/** A part of the page, and the version in which it changed last. */
interface Piece {
  readonly json: string;
  readonly version: number;
}

/** Numbers the versions of a board, so that each page receives only the changes that it lacks. */
class Changes {
  private readonly run = randomUUID().slice(0, 8);
  private version = 0;
  private rows = new Map<string, Piece & { readonly row: Row }>();
  private parts = new Map<string, Piece>();

  constructor(
    private readonly url: string,
    private board: Board,
  ) {
    this.take(board);
  }

  /** Identifies the current version of the board. */
  get id(): string {
    return `${this.run}-${this.version}`;
  }

  get latest(): Board {
    return this.board;
  }

  /** Compares the board with its last version. Returns whether anything on the page changed. */
  take(board: Board): boolean {
    const next = this.version + 1;
    let changed = board.rows.length !== this.rows.size;
    const piece = (before: Piece | undefined, content: unknown): Piece => {
      const json = JSON.stringify(content);
      if (before?.json === json) return before;
      changed = true;
      return { json, version: next };
    };
    this.rows = new Map(board.rows.map((row) => [row.service, { ...piece(this.rows.get(row.service), row), row }]));
    const { lanes, others, events } = board;
    const order = board.rows.map(({ service }) => service);
    this.parts = new Map(
      Object.entries({ lanes, others, events, order }).map(([id, part]) => [id, piece(this.parts.get(id), part)]),
    );
    if (changed) this.version = next;
    this.board = board;
    return changed;
  }

  /**
   * The changes since a version. A page of an earlier run of the server receives everything.
   * @param id the version that the page shows
   */
  since(id: string): Update {
    const [, run, number] = /^(\w+)-(\d+)$/.exec(id) ?? [];
    const known = run === this.run ? Number(number) : -1;
    const { lanes, others, events, rows } = this.board;
    const view: View = { url: this.url, now: Date.now() };
    const isNew = ({ version }: Piece) => version > known;
    const parts = {
      lanes: () => lanesView(lanes),
      others: () => othersView(others, view),
      events: () => eventsView(events, view),
    };
    const [newest] = events;
    const changed = Object.entries(parts).filter(([part]) => isNew(this.parts.get(part) ?? NEVER));
    return {
      id: this.id,
      rows: Object.fromEntries(
        [...this.rows].filter(([, row]) => isNew(row)).map(([name, { row }]) => [name, rowView(row, view).text]),
      ),
      order: rows.map(({ service }) => service),
      parts: Object.fromEntries(changed.map(([part, draw]) => [part, draw().text])),
      news: newest && changed.some(([part]) => part === "events") ? newsOf(newest) : null,
    };
  }
}

const NEVER: Piece = { json: "", version: -1 };

function newsOf({ about, kind, environment, text }: Board["events"][number]): string {
  return `${about ?? ""} ${kind}${environment === null ? "" : ` in ${environment}`}: ${text}`;
}
