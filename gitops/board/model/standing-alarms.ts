import type { Alarm } from "../../status/model";

/** An alarm, as it was first seen. */
interface Seen {
  readonly at: string;
  /** How often Git had been fetched until then. */
  readonly fetches: number;
}

/**
 * Since when alarms stand. A cluster hears of a merge before the next fetch, so a commit that is not known here is an
 * alarm only after Git was fetched again: a fetch that was on its way may have begun before the merge, so the one after
 * it counts.
 */
export class StandingAlarms {
  private readonly seen = new Map<string, Seen>();
  private fetches = 0;

  /** Takes note of a fetch. Returns whether an alarm stands by it that did not stand before. */
  fetched(): boolean {
    this.fetches += 1;
    return [...this.seen.values()].some(({ fetches }) => fetches + 2 === this.fetches);
  }

  /** Whether an alarm may still be resolved by a fetch. */
  get waits(): boolean {
    return [...this.seen.values()].some(({ fetches }) => this.fetches < fetches + 2);
  }

  /** Since when an alarm stands, ISO 8601; null: not yet. */
  since(about: string, alarm: Alarm): string | null {
    const key = JSON.stringify([about, alarm]);
    // Only of a commit a fetch can tell more.
    const fetches = alarm.kind === "off-branch" ? this.fetches : -Infinity;
    const seen = this.seen.get(key) ?? { at: new Date().toISOString(), fetches };
    this.seen.set(key, seen);
    return this.fetches >= seen.fetches + 2 ? seen.at : null;
  }
}
