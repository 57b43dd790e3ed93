import { retry } from "@octokit/plugin-retry";
import { throttling } from "@octokit/plugin-throttling";
import { RequestError } from "@octokit/request-error";
import { Octokit } from "@octokit/rest";
import Bottleneck from "bottleneck";
import type { Target } from "../target";

/** The longest wait that GitHub may ask for, in seconds. GitHub counts its limit of writes by the minute. */
const MAX_RETRY_WAIT = 120;

/** The time limit of a request, in milliseconds. */
const REQUEST_TIMEOUT = 60_000;

/** GitHub's REST API, as all commands use it. */
export type GitHub = InstanceType<typeof Throttled>;

const Throttled = Octokit.plugin(throttling, retry);

/**
 * A client that respects GitHub's limits: it spaces writes if there are many, waits when GitHub asks for it (up to two
 * minutes at a time), and repeats failed requests. Writes may be repeated, so callers must be idempotent.
 * @param log Receives a message about each wait.
 */
export function connect({ api, token }: Pick<Target, "api" | "token">, log: (text: string) => void): GitHub {
  const wait = (limit: string) => (seconds: number, _request: object, _client: object, times: number) => {
    const waits = times < 5 && seconds <= MAX_RETRY_WAIT;
    log(`GitHub's ${limit} is reached: ${waits ? `retrying in ${seconds} s` : "giving up"}`);
    return waits;
  };
  return new Throttled({
    auth: token,
    baseUrl: api,
    userAgent: "gitops-platform",
    // Repeating does not help. 405 and 409 mean that a merge must wait, and its caller knows for what.
    retry: { doNotRetry: [400, 401, 403, 404, 405, 409, 410, 422, 451] },
    throttle: {
      // GitHub asks for a second between many writes, and allows 80 a minute of those that notify people. The plugin's
      // default also delays the first writes, which slows commands that make only two.
      write: spaced(5, 1_000),
      notifications: spaced(3, 3_000),
      onRateLimit: wait("rate limit"),
      onSecondaryRateLimit: wait("limit of writes"),
    },
    request: { fetch: fetchInTime },
    log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
  });
}

/** Runs one request at a time: the first few without a pause, then one per interval. Unused ones accumulate again. */
function spaced(atOnce: number, interval: number): Bottleneck.Group {
  return new Bottleneck.Group({
    maxConcurrent: 1,
    reservoir: atOnce,
    reservoirIncreaseAmount: 1,
    reservoirIncreaseInterval: interval,
    reservoirIncreaseMaximum: atOnce,
  });
}

function fetchInTime(url: string | URL, init?: RequestInit): Promise<Response> {
  return fetch(url, { ...init, signal: AbortSignal.timeout(REQUEST_TIMEOUT) });
}

function ignore(): void {
  // Errors are thrown, and reported once.
}

const FORBIDDEN = 403;
const NOT_FOUND = 404;

/**
 * A response's data; undefined if the object does not exist, or the token may not see it.
 * @param options `isVisible`: a missing permission is an error.
 */
export async function answerOf<T>(asked: Promise<{ data: T }>, { isVisible = false } = {}): Promise<T | undefined> {
  try {
    return (await asked).data;
  } catch (error) {
    if (isHidden(error) && !(isVisible && error.status === FORBIDDEN)) return undefined;
    throw error;
  }
}

/** Whether GitHub reports that the object does not exist, or that the token may not see it. */
export function isHidden(error: unknown): error is RequestError {
  return error instanceof RequestError && [FORBIDDEN, NOT_FOUND].includes(error.status);
}

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
