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
