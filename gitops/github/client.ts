import { retry } from "@octokit/plugin-retry";
import { throttling } from "@octokit/plugin-throttling";
import { Octokit } from "@octokit/rest";
import type { Target } from "../target";

/** How long GitHub is waited for before a command gives up, in seconds: its limit of writes is counted by the minute. */
const PATIENCE = 120;

/** GitHub's REST API, as all commands use it. */
export type GitHub = InstanceType<typeof Throttled>;

const Throttled = Octokit.plugin(throttling, retry);

/**
 * A client that keeps to GitHub's limits: it spaces its writes, waits where GitHub asks it to (up to two minutes at a time) and repeats what failed on
 * the way. What a repeated write leaves twice, callers must bear.
 * @param say Told about each wait.
 */
export function connect({ api, token }: Pick<Target, "api" | "token">, say: (text: string) => void): GitHub {
  const wait = (limit: string) => (seconds: number, _request: object, _client: object, times: number) => {
    const waits = times < 5 && seconds <= PATIENCE;
    say(`GitHub's ${limit} is reached: ${waits ? `going on in ${seconds} s` : "giving up"}`);
    return waits;
  };
  return new Throttled({
    auth: token,
    baseUrl: api,
    userAgent: "gitops-platform",
    // What a repetition does not change: an answer of 405 or 409 says that a merge must wait, and its caller knows for what.
    retry: { doNotRetry: [400, 401, 403, 404, 405, 409, 410, 422, 451] },
    throttle: { onRateLimit: wait("rate limit"), onSecondaryRateLimit: wait("limit of writes") },
    log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
  });
}

function ignore(): void {
  // What goes wrong is thrown, and said once.
}
