import { type Unit, unitName } from "./unit";

/** What became of a release in one run. */
export interface Outcome {
  readonly environment: string;
  /** The service, or `charts`; of a pull request that is no release of the platform's, its number: `#12`. */
  readonly unit: string;
  /**
   * - `opened`, `updated`: its pull request, just now; `waits`: it is as it was; `declined`: somebody closed it.
   * - `merged`: approved and let in; `closed`: there is nothing to release any more.
   * - `blocked`: it cannot be released; `reason` says why.
   */
  readonly state: "opened" | "updated" | "waits" | "declined" | "merged" | "closed" | "blocked";
  /** The pull request's number. */
  readonly number?: number;
  readonly url?: string;
  /** What it waits for, or why it is blocked. */
  readonly reason?: string;
  /** What its alert says before the reason, where that does not say by itself what is blocked. */
  readonly headline?: string;
}

/** What became of a pull request that is no unit's release. */
export function outcomeOfPull(
  { environment, number, url }: { readonly environment: string; readonly number: number; readonly url: string },
  state: Outcome["state"],
): Outcome {
  return { environment, unit: `#${number}`, state, number, url };
}

/** What became of a unit's release. */
export function outcome(
  unit: Unit,
  state: Outcome["state"],
  more: { readonly number?: number; readonly url?: string; readonly reason?: string } = {},
): Outcome {
  const { number, url, reason } = more;
  return {
    environment: unit.environment,
    unit: unitName(unit),
    state,
    ...(number !== undefined && { number }),
    ...(url !== undefined && { url }),
    ...(reason !== undefined && { reason }),
  };
}
