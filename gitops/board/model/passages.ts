import type { Declared, Waits } from "../../status/model";
import type { Passage, Pull } from "./board";

/** What a passage is made of. */
export interface Ends {
  /** What the environment before has; null: there is no environment before, or no values there. */
  readonly before: Declared | null;
  readonly here: Declared | null;
  /** What waits on `main` for its release to here. */
  readonly waits: Waits | null;
  /** The open pull requests that bring something here, oldest first. */
  readonly pulls: readonly Pull[];
}

/** Says what is between two environments. */
export function passage({ before, here, waits, pulls }: Ends): Passage {
  const [first] = pulls;
  if (first) {
    // A release that is refused, or that waits for a person, is what holds it up.
    const holds = pulls.find(({ refused }) => refused) ?? pulls.find(({ forPerson }) => forPerson) ?? first;
    const image = holds.image ?? first.image ?? waits?.image ?? null;
    return { state: "under way", image, since: holds.since, waitsFor: holds.waitsFor, pulls };
  }
  if (waits) {
    return { state: "under way", image: waits.image, since: null, waitsFor: "its release to be asked for", pulls };
  }
  const none = { image: null, since: null, waitsFor: null, pulls };
  if ((before?.image ?? null) === null || (here?.image ?? null) === null) return { state: "none", ...none };
  if (before?.image === here?.image) return { state: "in step", ...none };
  const since = before?.came?.at ?? null;
  const isNewer = (since ?? "") >= (here?.came?.at ?? "");
  return isNewer ? { state: "ahead", ...none, image: before?.image ?? null, since } : { state: "apart", ...none };
}
