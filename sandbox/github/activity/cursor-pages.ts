import type { FastifyReply, FastifyRequest } from "fastify";
import { unprocessable } from "../errors";
import { pageOf } from "../pagination";
import type { Urls } from "../shapes/urls";

/** Which part of a list is wanted: the items behind a cursor, or those in front of one. Undefined: from the start. */
export interface CursorWindow {
  before: number | undefined;
  after: number | undefined;
  size: number;
}

/** A part of a list, and whether there is more in front of it and behind it. */
export interface CursorPage<T> {
  items: T[];
  hasPrevious: boolean;
  hasNext: boolean;
}

/** Cut a window out of a list. A cursor is the id of an item; one that is in the list no longer starts it again. */
export function cutWindow<T extends { id: number }>(
  list: readonly T[],
  { before, after, size }: CursorWindow,
): CursorPage<T> {
  const end = before === undefined ? -1 : list.findIndex(({ id }) => id === before);
  const start = end >= 0 ? Math.max(0, end - size) : list.findIndex(({ id }) => id === after) + 1;
  const stop = end >= 0 ? end : Math.min(start + size, list.length);
  return { items: list.slice(start, stop), hasPrevious: start > 0, hasNext: stop < list.length };
}

/**
 * The page of a list that GitHub pages by cursors (`before`, `after`, `per_page`), with the Link header of its
 * neighbours. Throws 422 where a cursor is none.
 */
export function cursorPage<T extends { id: number }>(
  urls: Urls,
  request: FastifyRequest,
  reply: FastifyReply,
  list: readonly T[],
): T[] {
  const query = request.query as Record<string, string | undefined>;
  const { size } = pageOf(request);
  const window = { before: decode(query.before), after: decode(query.after), size };
  const { items, hasPrevious, hasNext } = cutWindow(list, window);
  const link = (rel: "next" | "prev", name: "after" | "before", id: number) => {
    const url = new URL(request.url, urls.base);
    url.searchParams.delete("after");
    url.searchParams.delete("before");
    url.searchParams.set(name, encode(id));
    return `<${url.href}>; rel="${rel}"`;
  };
  const [first, last] = [items[0], items.at(-1)];
  const links = [
    ...(hasNext && last ? [link("next", "after", last.id)] : []),
    ...(hasPrevious && first ? [link("prev", "before", first.id)] : []),
  ];
  if (links.length > 0) void reply.header("Link", links.join(", "));
  return items;
}

function encode(id: number): string {
  return Buffer.from(`cursor:${id}`).toString("base64url");
}

function decode(cursor: string | undefined): number | undefined {
  if (cursor === undefined || cursor === "") return undefined;
  const id = /^cursor:(\d+)$/.exec(Buffer.from(cursor, "base64url").toString())?.[1];
  if (id === undefined) throw unprocessable("Invalid cursor");
  return Number(id);
}
