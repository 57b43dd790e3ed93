import { setTimeout as sleep } from "node:timers/promises";
import { type Finding, keyOfFinding } from "./finding";

/** What a look at a cluster found. */
export interface DriftReading {
  /** By service: in its Application, its objects and its namespace. */
  readonly services: ReadonlyMap<string, readonly Finding[]>;
  /** In what the platform has of its own, beside any service: Argo CD's configuration. */
  readonly platform: readonly Finding[];
  /** What could not be looked at. */
  readonly unread: readonly Unread[];
}

/** Something that a look could not see. */
export interface Unread {
  /** A kind, such as `Secret`; or what Git declares for a service. */
  readonly what: string;
  readonly reason: string;
}

/** A look at an empty cluster. */
export const NOTHING_FOUND: DriftReading = { services: new Map(), platform: [], unread: [] };

/**
 * Of a reading, what the one before it found too. Lists are not read at one moment: while Argo CD applies a change, an
 * object may be there before its owner, or before the Application tells of it.
 */
export function foundTwice(now: DriftReading, before: DriftReading): DriftReading {
  const keys = new Set([...before.platform, ...[...before.services.values()].flat()].map(keyOfFinding));
  const standing = (findings: readonly Finding[]) => findings.filter((finding) => keys.has(keyOfFinding(finding)));
  return {
    ...now,
    services: new Map([...now.services].map(([service, findings]) => [service, standing(findings)])),
    platform: standing(now.platform),
  };
}

/** Time for a sync to go on between two looks, in milliseconds. */
const PAUSE = 5000;

/**
 * Looks, and where there is something, looks again after a pause and takes what is still there.
 * @param pause Waits between the looks. Default: 5 seconds.
 */
export async function lookTwice(
  reader: { read(): Promise<DriftReading> },
  pause: () => Promise<unknown> = () => sleep(PAUSE),
): Promise<DriftReading> {
  const first = await reader.read();
  if (!hasFindings(first)) return first;
  await pause();
  return foundTwice(await reader.read(), first);
}

/** Whether a look found anything. */
export function hasFindings({ services, platform }: DriftReading): boolean {
  return platform.length > 0 || [...services.values()].some((findings) => findings.length > 0);
}
