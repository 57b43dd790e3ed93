import { retry } from "@octokit/plugin-retry";
import { throttling } from "@octokit/plugin-throttling";
import { RequestError } from "@octokit/request-error";
import { Octokit } from "@octokit/rest";
import Bottleneck from "bottleneck";
import type { Target } from "../target";

/**
 * How long GitHub is waited for before a command gives up, in seconds: its limit of writes is counted by the minute.
 */
const PATIENCE = 120;

/** How long one answer may take, in milliseconds. */
const ANSWER_TIMEOUT = 60_000;

/** GitHub's REST API, as all commands use it. */
export type GitHub = InstanceType<typeof Throttled>;

const Throttled = Octokit.plugin(throttling, retry);

/**
 * A client that keeps to GitHub's limits: it spaces its writes where there are many, waits where GitHub asks it to (up
 * to two minutes at a time) and repeats what failed on the way. What a repeated write leaves twice, callers must bear.
 * @param log Receives a message about each wait.
 */
export function connect({ api, token }: Pick<Target, "api" | "token">, log: (text: string) => void): GitHub {
  const wait = (limit: string) => (seconds: number, _request: object, _client: object, times: number) => {
    const waits = times < 5 && seconds <= PATIENCE;
    log(`GitHub's ${limit} is reached: ${waits ? `going on in ${seconds} s` : "giving up"}`);
    return waits;
  };
  return new Throttled({
    auth: token,
    baseUrl: api,
    userAgent: "gitops-platform",
    // What a repetition does not change: an answer of 405 or 409 says that a merge must wait, and its caller knows for
    // what.
    retry: { doNotRetry: [400, 401, 403, 404, 405, 409, 410, 422, 451] },
    throttle: {
      // GitHub asks for a second between writes of a large number, and counts 80 a minute of those that notify people.
      // By itself the plugin spaces the first ones, too: seconds for nothing where a command makes two.
      write: spaced(5, 1_000),
      notifications: spaced(3, 3_000),
      onRateLimit: wait("rate limit"),
      onSecondaryRateLimit: wait("limit of writes"),
    },
    request: { fetch: fetchInTime },
    log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
  });
}

/**
 * One after the other: the first few as they come, then one in so many milliseconds; what was not used is saved up
 * again.
 */
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
  return fetch(url, { ...init, signal: AbortSignal.timeout(ANSWER_TIMEOUT) });
}

function ignore(): void {
  // What goes wrong is thrown, and said once.
}

const FORBIDDEN = 403;
const NOT_FOUND = 404;

/**
 * An answer's data; undefined where there is none, or none that the token may see.
 * @param options `isVisible`: that the token may not see it is an error.
 */
export async function answerOf<T>(asked: Promise<{ data: T }>, { isVisible = false } = {}): Promise<T | undefined> {
  try {
    return (await asked).data;
  } catch (error) {
    if (isHidden(error) && !(isVisible && error.status === FORBIDDEN)) return undefined;
    throw error;
  }
}

/** Whether GitHub says that there is no such thing, or none that the token may see. */
export function isHidden(error: unknown): error is RequestError {
  return error instanceof RequestError && [FORBIDDEN, NOT_FOUND].includes(error.status);
}
