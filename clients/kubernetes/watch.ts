import { setTimeout as sleep } from "node:timers/promises";
import { ApiError, apiError } from "./errors";
import type { KubernetesObject } from "./object";
import type { Transport } from "./transport";

/** A change of the watched objects; what is there at the start comes as `ADDED`. */
export interface WatchEvent {
  type: "ADDED" | "MODIFIED" | "DELETED";
  /** The object; of a deleted one the last that was seen. */
  object: KubernetesObject;
}

/** What to watch. */
export interface WatchSource {
  transport: Transport;
  /** The collection's path, without a query. */
  path: string;
  /** Which of its objects. */
  query: URLSearchParams;
  /** For messages: `watch Deployment`. */
  what: string;
  signal: AbortSignal;
  /** Lists all objects, with the resource version to watch from. */
  list: () => Promise<{ items: KubernetesObject[]; resourceVersion: string }>;
}

interface RawEvent {
  type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  object: KubernetesObject & { code?: number; message?: string };
}

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5_000;

/**
 * Lists, then watches, for ever: an ended connection is taken up where it stopped, and where the server no longer knows
 * that place (410) the objects are listed again and compared with what was seen. Ends when the signal is aborted.
 * Throws where the first list fails, and later where the server refuses for good (401, 403, 404).
 */
export async function* watch(source: WatchSource): AsyncGenerator<WatchEvent> {
  const seen = new Map<string, KubernetesObject>();
  let version: string | undefined;
  let wait = FIRST_WAIT_MS;
  let started = false;
  const ended = (): boolean => source.signal.aborted;
  while (!ended()) {
    try {
      if (version === undefined) {
        const listed = await source.list();
        version = listed.resourceVersion;
        started = true;
        yield* changes(seen, listed.items);
      }
      for await (const event of stream(source, version)) {
        wait = FIRST_WAIT_MS;
        version = event.object.metadata.resourceVersion ?? version;
        if (event.type === "BOOKMARK" || event.type === "ERROR") continue;
        if (event.type === "DELETED") seen.delete(keyOf(event.object));
        else seen.set(keyOf(event.object), event.object);
        yield { type: event.type, object: event.object };
      }
    } catch (error) {
      if (ended()) return;
      if (!started || (error instanceof ApiError && [401, 403, 404].includes(error.status))) throw error;
      if (error instanceof ApiError && error.status === 410) version = undefined;
    }
    // Also after an orderly end: a server that ends each watch at once must not be asked in a tight loop.
    await sleep(wait, undefined, { signal: source.signal }).catch(() => undefined);
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
  }
}

/** What a list says that the events did not: the difference to what was seen. */
function* changes(seen: Map<string, KubernetesObject>, items: KubernetesObject[]): Generator<WatchEvent> {
  const listed = new Map(items.map((item) => [keyOf(item), item]));
  for (const [key, object] of [...seen]) {
    const now = listed.get(key);
    if (now && now.metadata.uid === object.metadata.uid) continue;
    seen.delete(key);
    yield { type: "DELETED", object };
  }
  for (const [key, object] of listed) {
    const before = seen.get(key);
    seen.set(key, object);
    if (before === undefined) yield { type: "ADDED", object };
    else if (before.metadata.resourceVersion !== object.metadata.resourceVersion) yield { type: "MODIFIED", object };
  }
}

async function* stream(source: WatchSource, resourceVersion: string): AsyncGenerator<RawEvent> {
  const query = new URLSearchParams(source.query);
  query.set("watch", "true");
  query.set("allowWatchBookmarks", "true");
  query.set("resourceVersion", resourceVersion);
  const response = await source.transport.stream({
    method: "GET",
    path: `${source.path}?${query.toString()}`,
    what: source.what,
    signal: source.signal,
  });
  // Quiet for hours is normal here; the server itself ends a watch after 30 to 60 minutes.
  response.socket.setTimeout(0);
  response.socket.setKeepAlive(true, 30_000);
  try {
    for await (const line of lines(response)) {
      if (line === "") continue;
      const event = JSON.parse(line) as RawEvent;
      if (event.type === "ERROR") {
        throw apiError(
          source.what,
          source.transport.connection.who,
          event.object.code ?? 500,
          JSON.stringify(event.object),
        );
      }
      yield event;
    }
  } finally {
    response.destroy();
  }
}

/** readline would lose the stream's errors, and with them the end of a broken connection. */
async function* lines(chunks: AsyncIterable<unknown>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let parts: string[] = [];
  for await (const chunk of chunks) {
    const [end = "", ...rest] = decoder.decode(chunk as Buffer, { stream: true }).split("\n");
    parts.push(end);
    for (const next of rest) {
      yield parts.join("");
      parts = [next];
    }
  }
}

function keyOf(object: KubernetesObject): string {
  return `${object.metadata.namespace ?? ""}/${object.metadata.name}`;
}
