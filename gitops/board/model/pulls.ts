import type { WaitingPull } from "../../status/model";
import { nextStep, waitsFor } from "../../status/print";
import type { ValuesFile } from "../../values/files";
import type { Pull } from "./board";

/** What a pull request would change of a service in an environment. */
export interface Brought extends ValuesFile {
  /** The version that it brings; null where it brings none, or removes the service. */
  readonly image: string | null;
}

/** A pull request with all that it brings. */
export interface PullWithContent {
  readonly pull: WaitingPull;
  readonly brings: readonly Brought[];
}

/** The pull request as the board shows it. @param image What it brings there. */
export function toPull(pull: WaitingPull, image: string | null): Pull {
  const { number, url, title, base, since } = pull;
  const { state } = nextStep(pull);
  return {
    number,
    url,
    title,
    base,
    since,
    waitsFor: waitsFor(pull),
    refused: state === "correction",
    // What nobody has to review is merged by the platform.
    forPerson: state === "review" || state === "correction",
    image,
  };
}
