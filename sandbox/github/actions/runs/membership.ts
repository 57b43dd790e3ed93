import type { RepositoryRecord } from "../../store/records";
import type { Concurrency } from "../workflow/schema";
import type { Member } from "./concurrency-groups";
import type { OuterContexts, RunServices } from "./services";

/** The abort reason of a cancelled run or job. */
export const CANCELLED = new Error("The operation was canceled.");

/** A run or job as a member of its concurrency group; `abort` cancels it. */
export function memberOf(
  { expressions }: Pick<RunServices, "expressions">,
  repository: RepositoryRecord,
  concurrency: Concurrency,
  contexts: OuterContexts,
  abort: AbortController,
): Member {
  return {
    // GitHub compares group names case-insensitively.
    group: `${repository.id} ${expressions.text(concurrency.group, contexts).toLowerCase()}`,
    cancelsRunning: expressions.text(concurrency["cancel-in-progress"], contexts) === "true",
    signal: abort.signal,
    cancel: () => {
      abort.abort(CANCELLED);
    },
  };
}
