import type { RepositoryRecord } from "../../store/records";
import type { Contexts, Expressions } from "../workflow/expressions";
import type { Concurrency } from "../workflow/schema";

/** A run or a job in a concurrency group. */
export interface Member {
  /** The group's name, unique among all repositories. */
  group: string;
  /** Whether it cancels the running member instead of waiting for it. */
  cancelsRunning: boolean;
  /** Cancels it, whether it runs or waits. */
  cancel(): void;
  /** Aborted when the member is cancelled, so that it stops waiting. */
  signal: AbortSignal;
}

interface Group {
  running: Member;
  pending?: { member: Member; decide: (mayRun: boolean) => void };
}

/** GitHub's concurrency groups: one member runs, one waits, and a newer one replaces the one that waits. */
export class ConcurrencyGroups {
  private readonly groups = new Map<string, Group>();

  /**
   * Runs `work` as a member of a group. Resolves to undefined without running it if a newer member replaced this one or
   * it was cancelled.
   */
  async within<T>(member: Member, work: () => Promise<T>): Promise<T | undefined> {
    if (!(await this.enter(member))) return undefined;
    try {
      return await work();
    } finally {
      this.leave(member);
    }
  }

  private enter(member: Member): Promise<boolean> {
    const group = this.groups.get(member.group);
    if (!group) {
      this.groups.set(member.group, { running: member });
      return Promise.resolve(true);
    }
    group.pending?.decide(false);
    return new Promise((resolve) => {
      const pending = { member, decide: resolve };
      group.pending = pending;
      const withdraw = () => {
        if (group.pending === pending) delete group.pending;
        resolve(false);
      };
      member.signal.addEventListener("abort", withdraw, { once: true });
      if (member.cancelsRunning) group.running.cancel();
    });
  }

  private leave(member: Member): void {
    const group = this.groups.get(member.group);
    if (group?.running !== member) return;
    const { pending } = group;
    delete group.pending;
    if (!pending) {
      this.groups.delete(member.group);
      return;
    }
    group.running = pending.member;
    pending.decide(true);
  }
}

/** The abort reason of a cancelled run or job. */
export const CANCELLED = new Error("The operation was canceled.");

/** A run or job as a member of its concurrency group; `abort` cancels it. */
export function memberOf(
  { expressions }: { expressions: Expressions },
  repository: RepositoryRecord,
  concurrency: Concurrency,
  contexts: Contexts,
  abort: AbortController,
): Member {
  return {
    // GitHub compares group names case-insensitively.
    group: `${repository.id} ${expressions.text(concurrency.group, contexts).toLowerCase()}`,
    cancelsRunning: expressions.text(concurrency["cancel-in-progress"], contexts) === "true",
    signal: abort.signal,
    cancel: () => {
      abort.abort(CANCELLED);
    },
  };
}

/** Limits how many jobs run at the same time; further jobs wait in order. */
export class JobSlots {
  private readonly waiting: (() => void)[] = [];

  constructor(private free: number) {}

  /** Runs `work` when a slot is free. Rejects with the signal's reason if it is aborted while waiting. */
  async use<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    await this.take(signal);
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.free++;
    }
  }

  private async take(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.free > 0) {
      this.free--;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const turn = () => {
        signal.removeEventListener("abort", leave);
        resolve();
      };
      const leave = () => {
        this.waiting.splice(this.waiting.indexOf(turn), 1);
        reject(signal.reason as Error);
      };
      this.waiting.push(turn);
      signal.addEventListener("abort", leave, { once: true });
    });
  }
}
