import { setTimeout as sleep } from "node:timers/promises";
import { describeError } from "../../errors";
import {
  describeFinding,
  type DriftReading,
  type Finding,
  foundTwice,
  hasFindings,
  keyOfFinding,
  NOTHING_FOUND,
} from "../../drift/finding";
import { withoutPasswords } from "../model/application";
import type { BoardEvent } from "../model/board";
import { latest } from "../model/events";
import { repeat } from "./cluster";

export interface DriftOptions {
  readonly environment: string;
  readonly reader: { read(): Promise<DriftReading> };
  /** Called after each change. */
  readonly changed: () => void;
  /**
   * Called once for each finding, including those that exist when following begins. Returns false where the alert could
   * not be sent; the next search then calls it again. Never rejects.
   * @param service `platform`: it belongs to no service
   */
  readonly found: (finding: Finding, service: string) => Promise<boolean>;
  readonly signal: AbortSignal;
  /** The pause between two searches, in milliseconds. */
  readonly interval: number;
}

const EVENTS = 40;
/** Used instead of a service's name for findings about the platform itself. */
export const PLATFORM = "platform";

/** Searches a cluster for undeclared changes again and again. Watching every kind would need too many connections. */
export class DriftSource {
  private last = NOTHING_FOUND;
  private standing = NOTHING_FOUND;
  private recent: BoardEvent[] = [];
  /** The keys of the findings that were reported, or are being reported; undefined: nobody follows. */
  private reported: Set<string> | undefined;

  constructor(private readonly options: DriftOptions) {}

  /** The confirmed findings: those of the last two searches. */
  get state(): DriftReading {
    return this.standing;
  }

  /** Newest first. */
  get events(): readonly BoardEvent[] {
    return this.recent;
  }

  /** Searches until the signal is aborted. Never rejects. */
  async follow(): Promise<void> {
    this.reported = new Set();
    await repeat(() => this.search(), this.options.interval, this.options.signal);
  }

  /** Searches once, and if it finds something, again after the interval. Never rejects. */
  async once(): Promise<void> {
    await this.search();
    if (!hasFindings(this.last)) return;
    const { interval, signal } = this.options;
    await sleep(interval, undefined, { signal }).catch(() => undefined);
    if (!signal.aborted) await this.search();
  }

  private async search(): Promise<void> {
    try {
      const now = await this.options.reader.read();
      this.take(foundTwice(now, this.last));
      this.last = now;
    } catch (error) {
      if (this.options.signal.aborted) return;
      // Findings stay until a successful search no longer finds them.
      const unread = [{ what: "undeclared changes", reason: withoutPasswords(describeError(error)) }];
      this.take({ ...this.standing, unread });
    }
  }

  private take(next: DriftReading): void {
    const [before, now] = [byKey(this.standing), byKey(next)];
    const at = new Date().toISOString();
    for (const [key, { finding, service }] of now) {
      if (!before.has(key)) this.record({ kind: "undeclared", at, finding, service });
      if (this.reported && !this.reported.has(key)) void this.report(this.reported, key, finding, service);
    }
    for (const [key, { finding, service }] of before) {
      if (now.has(key)) continue;
      this.reported?.delete(key);
      this.record({ kind: "undone", at, finding, service });
    }
    const isSame = JSON.stringify(plain(this.standing)) === JSON.stringify(plain(next));
    this.standing = next;
    if (!isSame) this.options.changed();
  }

  private async report(reported: Set<string>, key: string, finding: Finding, service: string): Promise<void> {
    // Added before the alert is sent, so that a slow receiver does not get one for each search.
    reported.add(key);
    if (!(await this.options.found(finding, service))) reported.delete(key);
  }

  private record(what: { kind: "undeclared" | "undone"; at: string; finding: Finding; service: string }): void {
    const { kind, at, finding, service } = what;
    const text = kind === "undone" ? `gone: ${describeFinding(finding)}` : describeFinding(finding);
    const event = { at, kind, environment: this.options.environment, about: service, text, by: null, url: null };
    this.recent = latest(EVENTS, [event], this.recent);
  }
}

/** Each finding once: services that share a namespace share its findings. */
function byKey({ services, platform }: DriftReading): Map<string, { finding: Finding; service: string }> {
  const all = [...[...services], [PLATFORM, platform] as const].flatMap(([service, findings]) =>
    findings.map((finding) => [keyOfFinding(finding), { finding, service }] as const),
  );
  return new Map(all.toReversed());
}

function plain({ services, platform, unread }: DriftReading): unknown {
  return [[...services], platform, unread];
}
