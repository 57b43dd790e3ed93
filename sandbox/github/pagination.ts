import type { FastifyReply, FastifyRequest } from "fastify";
import type { Urls } from "./shapes/urls";

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
