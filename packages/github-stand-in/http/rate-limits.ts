/** GitHub's hourly request limit for an authenticated user; 60 without a token. */
const LIMIT = 5000;
const LIMIT_ANONYMOUS = 60;
const HOUR_S = 3600;

/**
 * Counts requests for the X-RateLimit headers. It never rejects a request, because a sandbox has no other users to
 * protect.
 */
export class RateLimit {
  private readonly windows = new Map<string, { used: number; reset: number }>();

  /** Counts a request and returns the headers for its response. */
  count(login: string): Record<string, string> {
    const window = this.window(login);
    window.used++;
    const { limit, remaining, used, reset } = this.shape(login);
    return {
      "X-RateLimit-Limit": String(limit),
      "X-RateLimit-Remaining": String(remaining),
      "X-RateLimit-Used": String(used),
      "X-RateLimit-Reset": String(reset),
      "X-RateLimit-Resource": "core",
    };
  }

  /** The response of GET /rate_limit. */
  status(login: string) {
    const core = this.shape(login);
    return { resources: { core }, rate: core };
  }

  private shape(login: string) {
    const { used, reset } = this.window(login);
    const limit = login === "" ? LIMIT_ANONYMOUS : LIMIT;
    return { limit, remaining: Math.max(0, limit - used), used, reset, resource: "core" };
  }

  private window(login: string): { used: number; reset: number } {
    const time = Math.floor(Date.now() / 1000);
    let window = this.windows.get(login);
    if (!window || window.reset <= time) {
      window = { used: 0, reset: time + HOUR_S };
      this.windows.set(login, window);
    }
    return window;
  }
}

/** GitHub's secondary limits: requests of one account that create or change something. Undefined: no limit. */
export interface WriteLimits {
  contentWritesPerMinute?: number | undefined;
  contentWritesPerHour?: number | undefined;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Counts the writes of each account over the last minute and hour. */
export class SecondaryRateLimit {
  private readonly writes = new Map<string, number[]>();

  constructor(private readonly limits: WriteLimits) {}

  /**
   * Counts a write at a time (milliseconds). If a limit rejects it, returns the seconds until it would be accepted, and
   * does not count it; otherwise returns undefined.
   */
  retryAfter(login: string, time: number): number | undefined {
    const recent = (this.writes.get(login) ?? []).filter((at) => at > time - HOUR_MS);
    const waits = [
      wait(recent, time, MINUTE_MS, this.limits.contentWritesPerMinute),
      wait(recent, time, HOUR_MS, this.limits.contentWritesPerHour),
    ].filter((seconds) => seconds !== undefined);
    if (waits.length === 0) recent.push(time);
    this.writes.set(login, recent);
    return waits.length === 0 ? undefined : Math.max(...waits);
  }
}

/** Seconds until the window has room again. */
function wait(writes: number[], time: number, window: number, limit: number | undefined): number | undefined {
  if (limit === undefined) return undefined;
  const inside = writes.filter((at) => at > time - window);
  const oldest = inside.at(-limit);
  return oldest === undefined ? undefined : Math.max(1, Math.ceil((oldest + window - time) / 1000));
}
