import { refuseProtected } from "./plan/deletion";
import { deleteLeft, evaluate, inSession } from "./session";
import type { StackOptions, StackResult } from "./stack";

export { EngineError, InterruptedError } from "./errors";
export type { Command, Counts, EngineEvent, Operation } from "./events";
export type { StackOptions, StackResult } from "./stack";

/** Makes the stack as the program says. @throws EngineError with a message for the user. */
export function up(options: StackOptions): Promise<StackResult> {
  return inSession(options, "up", async (session) => {
    const { claimed, outputs } = await evaluate(session, "up");
    await deleteLeft(session, claimed);
    return outputs;
  });
}

/** Tells what {@link up} would do, and changes nothing. @throws EngineError with a message for the user. */
export function preview(options: StackOptions): Promise<StackResult> {
  return inSession(options, "preview", async (session) => {
    const { claimed, outputs } = await evaluate(session, "preview");
    await deleteLeft(session, claimed);
    return outputs;
  });
}

/**
 * Deletes everything that the state lists, in reverse order. The program is evaluated before, to set up its providers.
 * @throws EngineError with a message for the user; for protected resources before anything is done.
 */
export function destroy(options: StackOptions): Promise<StackResult> {
  return inSession(options, "destroy", async (session) => {
    const doomed = session.run.store.all();
    if (doomed.length === 0) return {};
    refuseProtected(doomed);
    await evaluate(session, "configure");
    await deleteLeft(session, new Set());
    return {};
  });
}
