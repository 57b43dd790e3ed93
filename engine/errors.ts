/** A failure that the user can act on. Only its message is shown, without a stack trace. */
export class EngineError extends Error {
  override name = "EngineError";
}

/** The run was stopped on request. Operations in progress were completed and recorded in the state. */
export class InterruptedError extends EngineError {
  override name = "InterruptedError";
}

/** The message of a thrown value, which may not be an Error. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
