/** One that stands in a concurrency group: a run or a job. */
export interface Member {
  /** The group's name, unique among all repositories. */
  group: string;
  /** Whether it ends the member that runs rather than waits for it. */
  cancelsRunning: boolean;
  /** Ends it, wherever it stands. */
  cancel(): void;
  /** Aborts when it is ended: then it does not wait any more. */
  signal: AbortSignal;
}

interface Group {
  running: Member;
  pending?: { member: Member; decide: (mayRun: boolean) => void };
}

/**
 * Concurrency groups as GitHub has them: one member runs, one waits, and a newer one takes the place of the one that
 * waits.
 */
export class ConcurrencyGroups {
  private readonly groups = new Map<string, Group>();

  /**
   * Do something as a member of a group. Resolves to undefined, with nothing done, where a newer member took the place
   * or it was ended.
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
