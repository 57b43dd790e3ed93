import { setTimeout as sleep } from "node:timers/promises";
import type { ObjectName } from "./paths";
import type { Undo } from "./undo";

/** A change in a cluster that Git does not declare, so that Argo CD neither shows nor reverts it. */
export type Finding =
  /** A field of an object that Argo CD delivers: Git does not declare it, and no controller of the cluster sets it. */
  | (Change & { readonly kind: "foreign-field"; readonly path: string })
  /** An object in a namespace that the platform delivers to. It is neither in Git nor created for an object in Git. */
  | (Change & { readonly kind: "undeclared-object" })
  /** An Application that Argo CD does not reconcile, because of an annotation. */
  | (Change & { readonly kind: "reconcile-skipped" })
  /** A field of an object that the Pulumi program or the catalogue created. Another field manager owns it now. */
  | (Change & { readonly kind: "platform-field"; readonly path: string });

interface Change extends Undo {
  readonly object: ObjectName;
  /** The field manager's name, which the client chose; null where it is not recorded. */
  readonly manager: string | null;
  /** `Apply` or `Update`; null where it is not recorded. */
  readonly operation: string | null;
  /** When it wrote last, ISO 8601; null where it is not recorded. */
  readonly at: string | null;
}

/** Identifies a finding in its cluster, by its field or object. */
export function keyOfFinding(finding: Finding): string {
  const { apiVersion, kind, namespace, name } = finding.object;
  return JSON.stringify([finding.kind, apiVersion, kind, namespace, name, "path" in finding ? finding.path : null]);
}

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
      return `${object}: ${finding.path} is not as the platform made it; ${writtenBy(finding)}`;
  }
}

function writtenBy({ manager, at }: Change): string {
  if (manager === null) return "who wrote it is not recorded";
  return `written by ${manager}${at === null ? "" : ` at ${at.slice(0, 19).replace("T", " ")} UTC`}`;
}

/** The result of searching a cluster. */
export interface DriftReading {
  /** By service: findings in its Application, its objects and its namespace. */
  readonly services: ReadonlyMap<string, readonly Finding[]>;
  /** Findings in the platform's own objects, such as Argo CD's configuration. */
  readonly platform: readonly Finding[];
  readonly unread: readonly Unread[];
}

/** Something that could not be searched. */
export interface Unread {
  /** A kind, such as `Secret`; or what Git declares for a service. */
  readonly what: string;
  readonly reason: string;
}

export const NOTHING_FOUND: DriftReading = { services: new Map(), platform: [], unread: [] };

/**
 * Keeps only what the previous reading found, too. Lists are not read at the same moment: while Argo CD applies a
 * change, an object may be listed before its owner, or before its Application names it.
 */
export function foundTwice(now: DriftReading, before: DriftReading): DriftReading {
  const keys = new Set([...before.platform, ...[...before.services.values()].flat()].map(keyOfFinding));
  const confirmed = (findings: readonly Finding[]) => findings.filter((finding) => keys.has(keyOfFinding(finding)));
  return {
    ...now,
    services: new Map([...now.services].map(([service, findings]) => [service, confirmed(findings)])),
    platform: confirmed(now.platform),
  };
}

/** The pause between two readings, so that a sync can continue, in milliseconds. */
const PAUSE = 5000;

/**
 * Reads, and if there are findings, reads again after a pause and keeps those that are still there.
 * @param pause waits between the readings; default: 5 seconds
 */
export async function readTwice(
  reader: { read(): Promise<DriftReading> },
  pause: () => Promise<unknown> = () => sleep(PAUSE),
): Promise<DriftReading> {
  const first = await reader.read();
  if (!hasFindings(first)) return first;
  await pause();
  return foundTwice(await reader.read(), first);
}

export function hasFindings({ services, platform }: DriftReading): boolean {
  return platform.length > 0 || [...services.values()].some((findings) => findings.length > 0);
}
