import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "./errors";

/** How a command waits. */
export interface WaitingOptions {
  /** After how long it gives up, in milliseconds. */
  readonly timeout: number;
  /** The first pause, in milliseconds; pauses grow by half each time. Default: 1000. */
  readonly first?: number;
  /** The longest pause, in milliseconds. Default: 5000. */
  readonly longest?: number;
}

/**
 * What one command waits for, from its beginning to its end: says it once, pauses longer and longer, and gives up in
 * the end.
 */
export class Waiting {
  private readonly deadline: number;
  private said = "";
  private pause = 0;

  /** @param say Told what is waited for, whenever that changes. */
  constructor(
    private readonly say: (text: string) => void,
    private readonly options: WaitingOptions,
  ) {
    this.deadline = performance.now() + options.timeout;
  }

  /**
   * Pauses once.
   * @param what What is missing, for people: `#12: the check validate`.
   * @param slowness Makes pauses so many times as long: for those that only look on.
   * @throws {Failure} when the time is over. What was begun stays, so that the same command can go on with it.
   */
  async for(what: string, slowness = 1): Promise<void> {
    const { first = 1000, longest = 5000, timeout } = this.options;
    if (performance.now() > this.deadline) {
      throw new Failure(
        `Waited ${Math.round(timeout / 1000)} s, still for ${what}. What was begun stays: run the same command again to go on.`,
      );
    }
    this.pause = what === this.said ? Math.min(this.pause * 1.5, longest * slowness) : first * slowness;
    if (what !== this.said) this.say(`Waiting for ${what}`);
    this.said = what;
    await sleep(spread(this.pause));
  }

  /**
   * Pauses after a race that another won: up to 1 s the first time, twice as long each time, up to 30 s. Those that
   * race are then as many as get through, however many wait.
   * @param times How many races were lost.
   * @throws {Failure} when the time is over.
   */
  async afterRace(times: number): Promise<void> {
    if (performance.now() > this.deadline) {
      throw new Failure("Others changed the same branch all the time. Run the same command again.");
    }
    await sleep(100 + Math.random() * Math.min(30_000, 500 * 2 ** times));
  }
}

/** Those that began together must not go on together. */
function spread(milliseconds: number): number {
  return milliseconds * (0.75 + Math.random() / 2);
}
