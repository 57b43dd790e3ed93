import { changeOf, removalOf, type EnvironmentChange } from "./changes";
import type { EnvironmentReview } from "./review";

/** All that a report tells. */
export interface Report {
  readonly environments: readonly EnvironmentReview[];
  /** What changed since a Git ref, by environment; undefined where the program is not compared. */
  readonly since: { readonly ref: string; readonly changes: readonly EnvironmentChange[] } | undefined;
}

/** The report of a program, alone. */
export function report(environments: readonly EnvironmentReview[]): Report {
  return { environments, since: undefined };
}

/** The report of what a program does differently from what it did at a Git ref. */
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

/** What a report's findings are of: the change where there is one, and else the program. */
export function judged({
  environments,
  since,
}: Report): readonly Pick<EnvironmentReview, "name" | "findings" | "notEvaluated">[] {
  return since?.changes ?? environments;
}
