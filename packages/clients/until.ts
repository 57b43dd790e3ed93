import { setTimeout as sleep } from "node:timers/promises";

/** The result of a probe: done with a value, or not yet and why. */
export type Probe<T> = { done: T } | { waitingFor: string };

/** A state was not reached in time. The message names the state and what was still missing. */
export class NotReached extends Error {}

/**
 * Polls until a state is reached.
 *
 * @param state name of the state, for the error message
 * @param probe checks once; an exception counts as "not yet", with its message as the reason
 * @param options.timeoutSeconds default 120
 * @param options.everyMilliseconds polling interval; default 200
 * @param options.onWait called with what is still missing, each time that changes
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
    if (performance.now() > deadline) throw new NotReached(`${state}: not reached within ${timeoutSeconds} s; ${last}`);
    await sleep(everyMilliseconds);
  }
}
