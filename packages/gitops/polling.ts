import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "@gitops-platform/contract/failure";

/** Options of {@link Waiting}. */
export interface WaitingOptions {
  /** The timeout, in milliseconds. */
  readonly timeout: number;
  /** The first pause, in milliseconds. Each further pause is half as long again. Default: 1000. */
  readonly first?: number;
  /** The longest pause, in milliseconds. Default: 5000. */
  readonly longest?: number;
}

/** The timeout of {@link Waiting}. Nothing is undone, so that repeating the command continues. */
export class TimedOut extends Failure {}

/** Paces one command's polling: prints each reason once, with growing pauses, until the timeout. */
export class Waiting {
  private readonly deadline: number;
  private said = "";
  private pause = 0;

  /** @param say Prints what the command waits for, whenever that changes. */
  constructor(
    private readonly say: (text: string) => void,
    private readonly options: WaitingOptions,
  ) {
    this.deadline = performance.now() + options.timeout;
  }

  /**
   * Pauses once.
   * @param what What is missing, such as `#12: the check validate`.
   * @throws {TimedOut}
   */
  async for(what: string): Promise<void> {
    const { first = 1000, longest = 5000, timeout } = this.options;
    if (performance.now() > this.deadline) {
      throw new TimedOut(
        `Waited ${Math.round(timeout / 1000)} s, still for ${what}. Nothing is undone: ` +
          "run the same command again to continue.",
      );
    }
    this.pause = what === this.said ? Math.min(this.pause * 1.5, longest) : first;
    if (what !== this.said) this.say(`Waiting for ${what}`);
    this.said = what;
    await sleep(spread(this.pause));
  }

  /**
   * Pauses after a lost race: up to 1 s the first time, then twice as long each time, up to 30 s. So even with many
   * processes only a few compete at a time.
   * @param times The number of lost races.
   * @throws {TimedOut}
   */
  async afterRace(times: number): Promise<void> {
    if (performance.now() > this.deadline) {
      throw new TimedOut("Others changed the same branch all the time. Run the same command again.");
    }
    await sleep(100 + Math.random() * Math.min(30_000, 500 * 2 ** times));
  }
}

/** Varies a pause, so that processes that started together do not stay in step. */
function spread(milliseconds: number): number {
  return milliseconds * (0.75 + Math.random() / 2);
}
