import { setTimeout as sleep } from "node:timers/promises";
import { ApiError, apiError } from "./errors";
import type { KubernetesObject } from "./object";
import type { Transport } from "./transport";

/** A change of a watched object. Objects that exist at the start are reported as `ADDED`. */
export interface WatchEvent {
  type: "ADDED" | "MODIFIED" | "DELETED";
  /** The object; if it was deleted, its last known state. */
  object: KubernetesObject;
}

/** The collection to watch. */
export interface WatchSource {
  transport: Transport;
  /** The collection's path, without a query. */
  path: string;
  /** Selectors. */
  query: URLSearchParams;
  /** The request, for error messages: `watch Deployment`. */
  what: string;
  signal: AbortSignal;
  /** Lists all objects. Returns the resource version to start the watch from. */
  list: () => Promise<{ items: KubernetesObject[]; resourceVersion: string }>;
}

interface RawEvent {
  type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  object: KubernetesObject & { code?: number; message?: string };
}

const INITIAL_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 5_000;

/**
 * Lists the objects, then watches them until the signal is aborted. A watch whose connection ends is resumed. If its
 * resource version has expired (410), the objects are listed again and compared with the last known state. Throws if
 * the first list fails, and on a permanent error later (401, 403, 404).
 */
export async function* watch(source: WatchSource): AsyncGenerator<WatchEvent> {
  const seen = new Map<string, KubernetesObject>();
  let version: string | undefined;
  let backoff = INITIAL_BACKOFF_MS;
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
        backoff = INITIAL_BACKOFF_MS;
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
    // Also wait after a clean end, to avoid a tight loop if the server ends each watch immediately.
    await sleep(backoff, undefined, { signal: source.signal }).catch(() => undefined);
    backoff = Math.min(backoff * 2, MAX_BACKOFF_MS);
  }
}

/** Updates the last known state from a list, and yields the differences as events. */
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
  // A watch may be idle for long; the server itself ends it after 30 to 60 minutes.
  response.socket.setTimeout(0);
  response.socket.setKeepAlive(true, 30_000);
  try {
    for await (const line of lines(response)) {
      if (line === "") continue;
      const event = JSON.parse(line) as RawEvent;
      if (event.type === "ERROR") {
        throw apiError(
          source.what,
          source.transport.connection.credentials,
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

/** Splits a stream into lines. Unlike readline, it propagates the stream's errors, such as a broken connection. */
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
