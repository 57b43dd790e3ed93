import { changeOf, removalOf, type EnvironmentChange } from "./changes";
import type { EnvironmentReview } from "./review";

/** The contents of a report. */
export interface Report {
  readonly environments: readonly EnvironmentReview[];
  /** The changes since a Git ref, by environment; undefined without `--against`. */
  readonly since: { readonly ref: string; readonly changes: readonly EnvironmentChange[] } | undefined;
}

/** Creates a report of the program without a comparison. */
export function report(environments: readonly EnvironmentReview[]): Report {
  return { environments, since: undefined };
}

/** Creates a report of the program with its changes since a Git ref. */
export function reportSince(
  ref: string,
  before: readonly EnvironmentReview[],
  after: readonly EnvironmentReview[],
): Report {
  const former = new Map(before.map((review) => [review.name, review]));
  const changes = after.map((review) => changeOf(former.get(review.name), review));
  const gone = before.filter(({ name }) => !after.some((review) => review.name === name)).map(removalOf);
  return { environments: after, since: { ref, changes: [...changes, ...gone] } };
}

/** The results that decide about the exit code: those of the change if there is one, otherwise those of the program. */
export function resultsOf({
  environments,
  since,
}: Report): readonly Pick<EnvironmentReview, "name" | "findings" | "notEvaluated">[] {
  return since?.changes ?? environments;
}
