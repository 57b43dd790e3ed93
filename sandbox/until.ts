import { setTimeout as sleep } from "node:timers/promises";

/** What a probe of {@link until} says: done with a value, or not yet and why. */
export type Probe<T> = { done: T } | { waitingFor: string };

/** Raised when a state was not reached in time. Its message says what was waited for and what was seen last. */
export class NotReached extends Error {}

/**
 * Asks again and again until a state is reached.
 *
 * @param state what is waited for, in words, for the error's message
 * @param probe looks once; an exception counts as "not yet", its message as the reason
 * @param options.timeoutSeconds gives up after this long; default 120
 * @param options.everyMilliseconds pause between two looks; default 200
 * @param options.onWait told what is still missing, each time that changes
 * @throws NotReached after the timeout
 */
export async function until<T>(
  state: string,
  probe: () => Promise<Probe<T>>,
  options: { timeoutSeconds?: number; everyMilliseconds?: number; onWait?: (waitingFor: string) => void } = {},
): Promise<T> {
  const { timeoutSeconds = 120, everyMilliseconds = 200, onWait } = options;
  const deadline = performance.now() + timeoutSeconds * 1000;
  let last = "";
  for (;;) {
    const seen = await probe().catch((error: unknown) => ({
      waitingFor: error instanceof Error ? error.message : String(error),
    }));
    if ("done" in seen) return seen.done;
    if (seen.waitingFor !== last) {
      last = seen.waitingFor;
      onWait?.(last);
    }
    if (performance.now() > deadline) throw new NotReached(`${state}: not within ${timeoutSeconds} s; ${last}`);
    await sleep(everyMilliseconds);
  }
}
