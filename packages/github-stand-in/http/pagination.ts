import type { FastifyReply, FastifyRequest } from "fastify";
import { unprocessable } from "../domain/errors";
import type { Urls } from "../shapes/urls";

/** A page of a list: `per_page` (default 30, at most 100) and `page` (from 1). */
export interface Page {
  size: number;
  number: number;
}

/** The page that a request asks for. Anything but a positive number means the default, as on GitHub. */
export function pageOf(request: FastifyRequest): Page {
  const query = request.query as Record<string, string | undefined>;
  return { size: Math.min(positive(query.per_page, 30), 100), number: positive(query.page, 1) };
}

function positive(text: string | undefined, fallback: number): number {
  const value = Number(text);
  return Number.isInteger(value) && value > 0 ? value : fallback;
}

/** One page of a complete list. Sets the Link header. */
export function paginate<T>(urls: Urls, request: FastifyRequest, reply: FastifyReply, items: readonly T[]): T[] {
  const page = pageOf(request);
  linkPages(urls, request, reply, items.length);
  return items.slice((page.number - 1) * page.size, page.number * page.size);
}

/** Sets the Link header for a list of `total` items, unless one page holds them all. */
export function linkPages(urls: Urls, request: FastifyRequest, reply: FastifyReply, total: number): void {
  const page = pageOf(request);
  const last = Math.max(1, Math.ceil(total / page.size));
  const pageUrl = (number: number) => {
    const url = new URL(request.url, urls.base);
    url.searchParams.set("page", String(number));
    return url.href;
  };
  const links: string[] = [];
  if (page.number > 1) links.push(`<${pageUrl(page.number - 1)}>; rel="prev"`);
  if (page.number < last) links.push(`<${pageUrl(page.number + 1)}>; rel="next"`, `<${pageUrl(last)}>; rel="last"`);
  if (page.number > 1) links.push(`<${pageUrl(1)}>; rel="first"`);
  if (links.length > 0) void reply.header("Link", links.join(", "));
}

/** The part of a list that is requested: the items after a cursor, or before one. Both undefined: from the start. */
export interface CursorWindow {
  before: number | undefined;
  after: number | undefined;
  size: number;
}

/** A part of a list, and whether there are items before and after it. */
export interface CursorPage<T> {
  items: T[];
  hasPrevious: boolean;
  hasNext: boolean;
}

/**
 * Returns a part of a list. A cursor is the id of an item; if the item is no longer in the list, the part starts at the
 * beginning.
 */
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
 * A page of a list that GitHub paginates with cursors (`before`, `after`, `per_page`). Sets the Link header. Throws 422
 * for an invalid cursor.
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
