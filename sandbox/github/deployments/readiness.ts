import { checkState, type Reports } from "../domain/required-checks";

/** A required check of a deployment that has not succeeded. */
export interface MissingContext {
  context: string;
  state: string;
}

/**
 * The checks that prevent the deployment of a commit: those of `required`, or all reported ones if it is not set. An
 * empty list requires none.
 */
export function missingContexts(required: readonly string[] | null | undefined, reports: Reports): MissingContext[] {
  const reported = new Set([
    ...reports.statuses.map(({ context }) => context),
    ...reports.runs.map(({ name }) => name),
  ]);
  return [...(required ?? reported)]
    .map((context) => ({ context, state: checkState({ context }, reports) }))
    .filter(({ state }) => state !== "success");
}
