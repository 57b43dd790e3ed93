import { refuseProtected } from "./plan/deletion";
import type { Counts, EngineEvent } from "./events";
import type { ProviderFactory } from "./provider";
import { deleteLeft, evaluate, inSession } from "./session";

export { EngineError, InterruptedError } from "./errors";
export type { Command, Counts, EngineEvent, Operation } from "./events";

/** Which stack of which program, and how to run it. */
export interface StackOptions {
  /** Folder of Pulumi.yaml. */
  projectDir: string;
  /** Stack name, for example `dev`. */
  stack: string;
  /** The stack's configuration, a file as `Pulumi.<stack>.yaml`. */
  configFile: string;
  /** The engine's own state; made where there is none. A journal and a lock stand beside it while a run goes on. */
  stateFile: string;
  /** How many objects are worked on at once. Default: 16, as Pulumi's CLI on four processors. */
  parallel?: number;
  /** Gets everything that happens, in order. Default: nobody. */
  report?: (event: EngineEvent) => void;
  /** Stops the run: what has begun is finished and recorded, then {@link InterruptedError} is thrown. */
  signal?: AbortSignal;
  /** Makers of providers by package name. Default: the engine's own, `kubernetes` and `github`. */
  providers?: Record<string, ProviderFactory>;
}

/** What a run did, or a preview would do. */
export interface StackResult {
  /** Resources by operation, components and the stack among them. */
  counts: Counts;
  /** The stack's outputs. A secret is the text `[secret]`, an unknown `[unknown]`. */
  outputs: Record<string, unknown>;
}

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
