import { checkState, type Reports } from "../checks/required-checks";

/** A check that has not succeeded where a deployment asked for it. */
export interface MissingContext {
  context: string;
  state: string;
}

/**
 * The checks that keep a commit from being deployed: of those that are `required`, or of all that were reported where
 * nothing is said. An empty list asks for none.
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
