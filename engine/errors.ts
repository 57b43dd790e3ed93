/** A failure that the user can act on: its message is the whole story, and no stack trace is shown. */
export class EngineError extends Error {
  override name = "EngineError";
}

/** The run was stopped on request. What had begun was finished and is in the state. */
export class InterruptedError extends EngineError {
  override name = "InterruptedError";
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
