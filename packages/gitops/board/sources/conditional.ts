import { RequestError } from "@octokit/request-error";
import type { GitHub } from "../../github/client";

interface CachedResponse {
  readonly etag: string;
  readonly response: Awaited<ReturnType<GitHub["request"]>>;
}

/** The maximum number of cached responses; the least recently used one is removed first. */
const MAX_RESPONSES = 2000;

/**
 * Lets a client cache responses and request them conditionally: a response 304 does not count against the rate limit
 * (https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api). Failed requests are not
 * retried, because the board reads again anyway and shows the error until then.
 */
export function cacheResponses(github: GitHub): void {
  const known = new Map<string, CachedResponse>();
  const keep = (url: string, entry: CachedResponse) => {
    known.delete(url);
    known.set(url, entry);
    const [oldest] = known.keys();
    if (known.size > MAX_RESPONSES && oldest !== undefined) known.delete(oldest);
  };
  github.hook.before("request", (options) => {
    options.request.retries = 0;
  });
  github.hook.wrap("request", async (request, options) => {
    if (options.method !== "GET") return request(options);
    const { url } = github.request.endpoint.parse(options);
    const before = known.get(url);
    try {
      const headers = { ...options.headers, ...(before && { "if-none-match": before.etag }) };
      const response = await request({ ...options, headers });
      const { etag } = response.headers;
      if (etag !== undefined) keep(url, { etag, response });
      return response;
    } catch (error) {
      if (!before || !(error instanceof RequestError) || error.status !== 304) throw error;
      keep(url, before);
      return before.response;
    }
  });
}
