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

/** How a cluster is looked at for undeclared changes. */
export interface DriftOptions {
  readonly environment: string;
  readonly reader: { read(): Promise<DriftReading> };
  /** Told whenever something else is known. */
  readonly changed: () => void;
  /**
   * Told of each finding once, when it appears, and of those that stand when following begins. Returns false where
   * nobody heard of it: the next look tells it again. Never rejects.
   * @param service `platform`: it is no service's.
   */
  readonly found: (finding: Finding, service: string) => Promise<boolean>;
  readonly signal: AbortSignal;
  /** The pause between two looks, in milliseconds. */
  readonly interval: number;
}

const EVENTS = 40;
/** Stands for a service where a finding is about the platform itself. */
export const PLATFORM = "platform";

/**
 * What nobody declared in a cluster, kept up to date by looking again and again: a watch of every kind would cost more
 * connections than it saves looks.
 */
export class DriftSource {
  private last = NOTHING_FOUND;
  private standing = NOTHING_FOUND;
  private happened: BoardEvent[] = [];
  /** The keys of what somebody was told about, or is being told; undefined: nobody follows. */
  private told: Set<string> | undefined;

  constructor(private readonly options: DriftOptions) {}

  /** What stands now: it was found by the last look and by the one before. */
  get says(): DriftReading {
    return this.standing;
  }

  /** What was seen to happen, newest first. */
  get events(): readonly BoardEvent[] {
    return this.happened;
  }

  /** Looks until the signal is aborted. Never rejects. */
  async follow(): Promise<void> {
    this.told = new Set();
    await repeat(() => this.look(), this.options.interval, this.options.signal);
  }

  /**
   * For a board that nobody follows: looks, and where there is something, looks again after the interval. Never
   * rejects.
   */
  async once(): Promise<void> {
    await this.look();
    if (!hasFindings(this.last)) return;
    const { interval, signal } = this.options;
    await sleep(interval, undefined, { signal }).catch(() => undefined);
    if (!signal.aborted) await this.look();
  }

  private async look(): Promise<void> {
    try {
      const now = await this.options.reader.read();
      this.take(foundTwice(now, this.last));
      this.last = now;
    } catch (error) {
      if (this.options.signal.aborted) return;
      // What was found stays until a look says that it is gone.
      const unread = [{ what: "undeclared changes", reason: withoutPasswords(describeError(error)) }];
      this.take({ ...this.standing, unread });
    }
  }

  private take(next: DriftReading): void {
    const [before, now] = [byKey(this.standing), byKey(next)];
    const at = new Date().toISOString();
    for (const [key, { finding, service }] of now) {
      if (!before.has(key)) this.happens({ kind: "undeclared", at, finding, service });
      if (this.told && !this.told.has(key)) void this.report(this.told, key, finding, service);
    }
    for (const [key, { finding, service }] of before) {
      if (now.has(key)) continue;
      this.told?.delete(key);
      this.happens({ kind: "undone", at, finding, service });
    }
    const isSame = JSON.stringify(plain(this.standing)) === JSON.stringify(plain(next));
    this.standing = next;
    if (!isSame) this.options.changed();
  }

  private async report(told: Set<string>, key: string, finding: Finding, service: string): Promise<void> {
    // Before it is received, so that a slow receiver is not told once for each look.
    told.add(key);
    if (!(await this.options.found(finding, service))) told.delete(key);
  }

  private happens(what: { kind: "undeclared" | "undone"; at: string; finding: Finding; service: string }): void {
    const { kind, at, finding, service } = what;
    const text = kind === "undone" ? `gone: ${describeFinding(finding)}` : describeFinding(finding);
    const event = { at, kind, environment: this.options.environment, about: service, text, by: null, url: null };
    this.happened = latest(EVENTS, [event], this.happened);
  }
}

/** Each finding once, though services that share a namespace share its findings. */
function byKey({ services, platform }: DriftReading): Map<string, { finding: Finding; service: string }> {
  const all = [...[...services], [PLATFORM, platform] as const].flatMap(([service, findings]) =>
    findings.map((finding) => [keyOfFinding(finding), { finding, service }] as const),
  );
  return new Map(all.toReversed());
}

function plain({ services, platform, unread }: DriftReading): unknown {
  return [[...services], platform, unread];
}
