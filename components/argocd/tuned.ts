import type { INetworkPolicy } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicy";
import type { IPodDisruptionBudget } from "kubernetes-models/policy/v1/PodDisruptionBudget";
import type { ArgocdTuning } from "@gitops-platform/environments/settings/argocd-tuning";
import type { Manifest } from "../kubernetes-object";
import { patched } from "./patches";
import { isWorkload, tunedWorkload, type Workload } from "./workloads";

/** Nothing tuned. */
export const UNTUNED: ArgocdTuning = {
  size: "small",
  replicas: {},
  scheduling: {},
  registry: {},
  certificates: {},
  settings: {},
  rbac: {},
  patches: [],
};

/**
 * The release's objects as the stack tunes them, and the platform's own protections of them, which no patch changes.
 * @param objects The release's objects, in Argo CD's namespace.
 */
export function tuned(objects: readonly Manifest[], namespace: string, tuning: ArgocdTuning): Manifest[] {
  const services = objects.filter(({ kind }) => kind === "Service").map(({ metadata }) => metadata?.name ?? "");
  const release = patched(
    objects.map((object) => (isWorkload(object) ? tunedWorkload(object, tuning, services) : object)),
    tuning.patches,
  );
  const budgets = release.filter(isWorkload).flatMap((workload) => budgetOf(workload, namespace));
  return [...release, closedToAll(namespace), ...budgets];
}

/**
 * Lets a node be drained one pod of a workload at a time. A single pod has no budget, because with one its node could
 * not be drained.
 */
function budgetOf({ metadata, spec }: Workload, namespace: string): IPodDisruptionBudget[] {
  if ((spec.replicas ?? 1) < 2) return [];
  return [
    {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: { name: metadata?.name, namespace },
      spec: {
        maxUnavailable: 1,
        selector: spec.selector,
        // A pod that is not ready must not keep its node from being drained.
        unhealthyPodEvictionPolicy: "AlwaysAllow",
      },
    },
  ];
}

/**
 * Refuses connections to every pod in the namespace. Upstream's own policies then permit those that its pods need; a
 * pod that upstream does not know gets none.
 */
function closedToAll(namespace: string): INetworkPolicy {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: "argocd-default-deny", namespace },
    spec: { podSelector: {}, policyTypes: ["Ingress"] },
  };
}
