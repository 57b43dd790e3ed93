import type { KubernetesObject } from "@gitops-platform/clients/kubernetes";
import { sameImage } from "../../status/alarms";
import { runningOf } from "../../status/status";
import type { Running } from "../../status/model";
import type { BoardEvent, Cell, CellState, EventKind } from "./board";

/** The state of a service in a cluster, from its Application. */
export interface LiveState {
  readonly running: Running;
  /** The objects that differ from Git, as `Deployment api/api`. */
  readonly differences: readonly string[];
  /** Argo CD's errors. */
  readonly problems: readonly string[];
  /** When the last heal succeeded, ISO 8601; null: the last operation was no heal, or is still running. */
  readonly healedAt: string | null;
}

/** The parts of an Application's status that only the board reads. */
interface ApplicationStatus {
  resources?: { kind?: string; namespace?: string; name?: string; status?: string; requiresPruning?: boolean }[];
  conditions?: { type?: string; message?: string }[];
  reconciledAt?: string;
  operationState?: {
    phase?: string;
    message?: string;
    finishedAt?: string;
    operation?: { sync?: { autoHealAttemptsCount?: number } };
  };
}

/**
 * Reads an Application. Passwords in URLs are removed from its messages.
 * @param before the previous state, if it was read before
 */
export function readApplication(application: KubernetesObject, before?: LiveState): LiveState {
  const status = (application.status ?? {}) as ApplicationStatus;
  const { resources = [], conditions = [], operationState } = status;
  const running = runningOf(application, application.metadata.name);
  const heals = operationState?.operation?.sync?.autoHealAttemptsCount ?? 0;
  const failed = ["Failed", "Error"].includes(operationState?.phase ?? "");
  return {
    running: { ...running, drift: hasDrifted(running, status, before) },
    differences: resources
      .filter(({ status }) => status === "OutOfSync")
      .map(({ kind = "", namespace, name = "", requiresPruning }) => {
        const place = namespace === undefined || namespace === "" ? name : `${namespace}/${name}`;
        return `${kind} ${place}${requiresPruning === true ? " (not in Git)" : ""}`;
      }),
    problems: [
      ...(failed ? [`The sync failed: ${operationState?.message ?? "no reason given"}`] : []),
      ...conditions
        .filter(({ type = "" }) => type.endsWith("Error"))
        .map(({ type = "", message = "" }) => `${type}: ${message}`),
    ].map(withoutPasswords),
    healedAt: heals > 0 && operationState?.phase === "Succeeded" ? (operationState.finishedAt ?? null) : null,
  };
}

/**
 * Whether the cluster changed while Git did not. One reading can only show that for the service of the newest commit,
 * because every commit moves the revision of all Applications.
 */
function hasDrifted(now: Running, { reconciledAt, operationState }: ApplicationStatus, before?: LiveState): boolean {
  if (!before) return now.drift === true;
  const gitIsUnchanged = before.running.sync === "Synced" && before.running.compared === now.compared;
  if (gitIsUnchanged || before.running.drift === true) return now.sync === "OutOfSync";
  // Right after a sync, Argo CD still shows the comparison from before it. Both times have a resolution of one second.
  return now.drift === true && Date.parse(reconciledAt ?? "") > Date.parse(operationState?.finishedAt ?? "");
}

/** Error messages quote URLs, which may contain credentials. */
export function withoutPasswords(text: string): string {
  return text.replace(/\/\/[^/@\s]*@/g, "//");
}

interface Facts extends Pick<Cell, "declared" | "runs" | "problems" | "alarms" | "findings"> {
  /** Whether the service skips the environment. */
  readonly isSkipped: boolean;
}

/** The state of a service in one environment: the worst that is known. */
export function cellState({ declared, runs, problems, alarms, findings, isSkipped }: Facts): CellState {
  if (isSkipped && runs.state !== "known") return "skipped";
  if (runs.state === "out of reach") return "out of reach";
  if (runs.state === "nothing known") return declared === null ? "absent" : "unknown";
  const { health, drift, sync, image } = runs.value;
  if (alarms.length > 0 || health === "Degraded" || health === "Suspended" || problems.length > 0) return "broken";
  if (findings.length > 0) return "undeclared";
  if (drift === true) return "drift";
  const differs =
    image !== null && declared?.image !== undefined && declared.image !== null && !sameImage(declared, runs.value);
  if (health === "Progressing" || sync === "OutOfSync" || differs) return "moving";
  if (health === "Missing") return "broken";
  return health === "Healthy" ? "healthy" : "unknown";
}

/** Which Application was read, and when. */
export interface Observation {
  readonly environment: string;
  readonly service: string;
  /** ISO 8601. */
  readonly at: string;
}

/**
 * The events between two readings of an Application, oldest first.
 * @param before undefined: this is the first reading, so only events that have a time of their own are known
 */
export function observe(
  before: LiveState | undefined,
  now: LiveState,
  { environment, service, at }: Observation,
): BoardEvent[] {
  const event = (kind: EventKind, text: string, when = at): BoardEvent => ({
    ...{ at: when, kind, environment, about: service, text, by: null, url: null },
  });
  const { healedAt } = now;
  const heal = (when: string) => event("healed", "restored to the state in Git", when);
  if (!before) return healedAt === null ? [] : [heal(healedAt)];
  const drifted = before.running.drift === true;
  const isBack = drifted && now.running.sync === "Synced";
  // A heal that ended before its drift was read.
  const wasHealed = !drifted && now.running.drift !== true && healedAt !== null && healedAt !== before.healedAt;
  const drifts = now.running.drift === true && !drifted;
  const health = [before.running.health, now.running.health];
  const failed = now.problems.filter((problem) => !before.problems.includes(problem));
  return [
    ...(drifts ? [event("drift", now.differences.join(", ") || "differs from Git")] : []),
    ...(isBack ? [heal(at)] : []),
    ...(wasHealed ? [heal(healedAt)] : []),
    ...(health[0] !== "Degraded" && health[1] === "Degraded" ? [event("degraded", "is Degraded")] : []),
    ...(health[0] === "Degraded" && health[1] === "Healthy" ? [event("recovered", "is Healthy again")] : []),
    ...failed.map((problem) => event("sync failed", problem)),
  ];
}
