import type { KubernetesObject } from "../../../clients/kubernetes";
import { runningOf } from "../../status/clusters";
import type { Running } from "../../status/model";

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
    running: { ...running, drift: running.drift === true && isSettled(status, before) },
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
 * Whether a difference was found after the last sync. At a sync's end Argo CD says for a moment what it found before: until it has compared
 * again, which it tells in whole seconds. What was in sync before, or has drifted already, needs no such proof.
 */
function isSettled({ reconciledAt, operationState }: ApplicationStatus, before: Live | undefined): boolean {
  if (!before || before.running.sync === "Synced" || before.running.drift === true) return true;
  return Date.parse(reconciledAt ?? "") > Date.parse(operationState?.finishedAt ?? "");
}

/** Errors quote addresses, and addresses may carry credentials. */
export function withoutPasswords(text: string): string {
  return text.replace(/\/\/[^/@\s]*@/g, "//");
}
