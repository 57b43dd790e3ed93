import type { KubernetesObject } from "../../../clients/kubernetes";

/** Whether an object is ready. */
export type Readiness =
  | { state: "ready" }
  /** Not ready yet. The reason is for the error message of a timeout. */
  | { state: "waiting"; reason: string }
  /** It will not become ready. */
  | { state: "failed"; reason: string };

interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
}

interface Workload {
  spec?: { replicas?: number; updateStrategy?: { type?: string; rollingUpdate?: { partition?: number } } };
  status?: Record<string, unknown> & { conditions?: Condition[] };
}

const READY: Readiness = { state: "ready" };

const CHECKS: Record<string, (object: KubernetesObject & Workload) => Readiness> = {
  "v1/Namespace": (object) => (object.status?.phase === "Active" ? READY : waiting("its phase is not Active")),
  "apps/v1/Deployment": deployment,
  "apps/v1/StatefulSet": statefulSet,
};

/** Whether objects of this kind have a readiness check. */
export function hasReadiness(object: KubernetesObject): boolean {
  return keyOf(object) in CHECKS;
}

/** Checks a live object. Objects of a kind without a readiness check are ready. */
export function readiness(object: KubernetesObject): Readiness {
  const check = CHECKS[keyOf(object)];
  if (!check) return READY;
  const observed = count(object as Workload, "observedGeneration");
  const lags = object.kind !== "Namespace" && observed < (object.metadata.generation ?? 0);
  return lags ? waiting("its controller has not processed it yet") : check(object);
}

function deployment(object: Workload): Readiness {
  const desired = object.spec?.replicas ?? 1;
  const stuck = condition(object, "Progressing", "False");
  if (stuck?.reason === "ProgressDeadlineExceeded") return { state: "failed", reason: stuck.message ?? stuck.reason };
  const updated = count(object, "updatedReplicas");
  if (updated < desired) return waiting(`${updated} of ${desired} pods are updated`);
  const old = count(object, "replicas") - updated;
  if (old > 0) return waiting(`${old} pods of the old version still exist`);
  return available(count(object, "availableReplicas"), desired);
}

function statefulSet(object: Workload): Readiness {
  const desired = object.spec?.replicas ?? 1;
  const strategy = object.spec?.updateStrategy;
  const automatic = strategy?.type !== "OnDelete" && (strategy?.rollingUpdate?.partition ?? 0) === 0;
  const updated = count(object, "updatedReplicas");
  if (automatic && updated < desired) return waiting(`${updated} of ${desired} pods are updated`);
  return available(count(object, "availableReplicas"), desired);
}

function available(pods: number, desired: number): Readiness {
  return pods >= desired ? READY : waiting(`${pods} of ${desired} pods are available`);
}

function waiting(reason: string): Readiness {
  return { state: "waiting", reason };
}

function count(object: Workload, field: string): number {
  const value = object.status?.[field];
  return typeof value === "number" ? value : 0;
}

function condition(object: Workload, type: string, status: string): Condition | undefined {
  return object.status?.conditions?.find((each) => each.type === type && each.status === status);
}

function keyOf(object: KubernetesObject): string {
  return `${object.apiVersion}/${object.kind}`;
}
