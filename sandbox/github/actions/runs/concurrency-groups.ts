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
