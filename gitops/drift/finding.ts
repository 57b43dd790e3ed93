import { setTimeout as sleep } from "node:timers/promises";
import type { ObjectName } from "./object-name";
import type { Undo } from "./undo";

/** A change in a cluster that Git does not declare, and that Argo CD therefore neither shows nor reverts. */
export type Finding =
  /** A field of an object that Argo CD delivers: Git does not declare it, and no controller of the cluster sets it. */
  | (Change & { readonly kind: "foreign-field"; readonly path: string })
  /** An object in a namespace that the platform delivers to: neither in Git nor made for an object that is. */
  | (Change & { readonly kind: "undeclared-object" })
  /** An Application that Argo CD leaves alone, because somebody annotated it so. */
  | (Change & { readonly kind: "reconcile-skipped" })
  /** A field of an object that the Pulumi program made and somebody else holds now. */
  | (Change & { readonly kind: "platform-field"; readonly path: string })
  /** An object of the Pulumi program that is gone. */
  | (Change & { readonly kind: "platform-object-missing" });

/** What is known about a change, whatever it is. */
interface Change extends Undo {
  readonly object: ObjectName;
  /** The field manager that the writing program named itself by; null where none is recorded. */
  readonly manager: string | null;
  /** How it wrote: `Apply` or `Update`; null where that is not recorded. */
  readonly operation: string | null;
  /** When it wrote last, ISO 8601; null where that is not recorded. */
  readonly at: string | null;
}

/** Tells a finding from the others of its cluster. It stays the same while the same field or object is concerned. */
export function keyOfFinding(finding: Finding): string {
  const { apiVersion, kind, namespace, name } = finding.object;
  return JSON.stringify([finding.kind, apiVersion, kind, namespace, name, "path" in finding ? finding.path : null]);
}

/** A finding, in words. */
export function describeFinding(finding: Finding): string {
  const { kind, namespace, name } = finding.object;
  const object = `${kind} ${namespace === null ? "" : `${namespace}/`}${name}`;
  switch (finding.kind) {
    case "foreign-field":
      return `${object}: ${finding.path} is not in Git; ${writtenBy(finding)}`;
    case "undeclared-object":
      return `${object} is not in Git; ${writtenBy(finding)}`;
    case "reconcile-skipped":
      return `${object}: Argo CD was told to leave it alone; ${writtenBy(finding)}`;
    case "platform-field":
      return `${object}: ${finding.path} is not as the program made it; ${writtenBy(finding)}`;
    case "platform-object-missing":
      return `${object} is gone`;
  }
}

function writtenBy({ manager, at }: Change): string {
  if (manager === null) return "who wrote it is not recorded";
  return `written by ${manager}${at === null ? "" : ` at ${at.slice(0, 19).replace("T", " ")} UTC`}`;
}

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
