import type { KubernetesObject } from "../../../clients/kubernetes";
import { sameImage } from "../../status/alarms";
import { runningOf } from "../../status/clusters";
import type { Running } from "../../status/model";
import type { BoardEvent, Cell, CellState, EventKind } from "./board";

/** What an Application says about its service now. */
export interface Live {
  readonly running: Running;
  /** The objects that differ from Git, as `Deployment api/api`. */
  readonly differences: readonly string[];
  /** What Argo CD complains about. */
  readonly problems: readonly string[];
  /** When its last heal ended well, ISO 8601; null: the last operation was no heal, or goes on. */
  readonly healedAt: string | null;
}

/** What is read of Argo CD's Applications, beyond what `gitops status` reads. */
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
 * Reads an Application. What it quotes is shown without passwords in addresses.
 * @param before What it said at the look before this one, where there was one.
 */
export function readApplication(application: KubernetesObject, before?: Live): Live {
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
 * Whether the cluster differs from what Git says though Git said the same before: what one look alone tells only of the
 * service that the newest commit was about, since every commit moves the revision of all.
 */
function hasDrifted(now: Running, { reconciledAt, operationState }: ApplicationStatus, before?: Live): boolean {
  if (!before) return now.drift === true;
  const gitSaysTheSame = before.running.sync === "Synced" && before.running.compared === now.compared;
  if (gitSaysTheSame || before.running.drift === true) return now.sync === "OutOfSync";
  // At a sync's end Argo CD says for a moment what it found before, until it has compared again: it tells both in whole
  // seconds.
  return now.drift === true && Date.parse(reconciledAt ?? "") > Date.parse(operationState?.finishedAt ?? "");
}

/** Errors quote addresses, and addresses may carry credentials. */
export function withoutPasswords(text: string): string {
  return text.replace(/\/\/[^/@\s]*@/g, "//");
}

/** What a cell's state follows from. */
type Facts = Pick<Cell, "declared" | "runs" | "problems" | "alarms" | "findings">;

/** How a service is in one environment: the worst that is known of it. */
export function cellState({ declared, runs, problems, alarms, findings }: Facts): CellState {
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

/** Which Application was looked at, and when. */
export interface Look {
  readonly environment: string;
  readonly service: string;
  /** ISO 8601. */
  readonly at: string;
}

/**
 * What happened between two looks at an Application, oldest first.
 * @param before Undefined: it is looked at for the first time, and only what tells its own time has happened.
 */
export function observe(before: Live | undefined, now: Live, { environment, service, at }: Look): BoardEvent[] {
  const event = (kind: EventKind, text: string, when = at): BoardEvent => ({
    ...{ at: when, kind, environment, about: service, text, by: null, url: null },
  });
  const { healedAt } = now;
  const heal = (when: string) => event("healed", "back at what Git says", when);
  if (!before) return healedAt === null ? [] : [heal(healedAt)];
  const drifted = before.running.drift === true;
  const isBack = drifted && now.running.sync === "Synced";
  // A heal that was over before its drift was seen.
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
