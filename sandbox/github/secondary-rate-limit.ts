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
