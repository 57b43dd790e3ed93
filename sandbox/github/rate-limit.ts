/** GitHub's limit for a signed-in user, requests an hour; without a token 60. */
const LIMIT = 5000;
const LIMIT_ANONYMOUS = 60;
const HOUR_S = 3600;

/** Counts requests for the X-RateLimit headers. Nobody is ever refused: a sandbox has no neighbours to protect. */
export class RateLimit {
  private readonly windows = new Map<string, { used: number; reset: number }>();

  /** Count a request of somebody and return the headers of its answer. */
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

  /** Answer of GET /rate_limit. */
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
