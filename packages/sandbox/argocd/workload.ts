import { createHash } from "node:crypto";
import type { IContainer, IPodTemplateSpec } from "kubernetes-models/v1";
import type { KubernetesObject } from "@gitops-platform/clients/kubernetes";

export type Container = IContainer;
export type PodTemplate = IPodTemplateSpec;

/** The fields of a Deployment or StatefulSet that determine which processes run. */
export interface Workload {
  kind: "Deployment" | "StatefulSet";
  name: string;
  namespace: string;
  /** How many pods are wanted; Kubernetes' default is 1. */
  replicas: number;
  template: PodTemplate;
}

export function workloadOf(object: KubernetesObject): Workload {
  const spec = object.spec as { replicas?: number; template: PodTemplate };
  return {
    kind: object.kind as Workload["kind"],
    name: object.metadata.name,
    namespace: object.metadata.namespace ?? "default",
    // A workload that is being deleted wants no pods, however long its finalizers take.
    replicas: object.metadata.deletionTimestamp === undefined ? (spec.replicas ?? 1) : 0,
    template: spec.template,
  };
}

/** Short hash of a pod template: it changes with every rollout, and with nothing else. */
export function templateHash(template: PodTemplate): string {
  return createHash("sha256").update(JSON.stringify(template, sortedKeys)).digest("hex").slice(0, 10);
}

function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
