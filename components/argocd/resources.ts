import type { IResourceRequirements } from "kubernetes-models/v1/ResourceRequirements";

type Resources = Pick<IResourceRequirements, "requests" | "limits">;

/**
 * Requests and limits of Argo CD's containers, by the container's name. Upstream sets none, so Kubernetes would evict
 * these pods first when memory runs short. The numbers suffice for a few hundred Applications. There is no CPU limit:
 * it would only slow down healing.
 */
const RESOURCES: Readonly<Record<string, Resources>> = {
  // Caches every object that it watches in the cluster.
  "argocd-application-controller": resources("250m", "512Mi", "4Gi"),
  // Renders several charts in parallel.
  "argocd-repo-server": resources("100m", "256Mi", "2Gi"),
  "argocd-server": resources("50m", "128Mi", "1Gi"),
  "argocd-applicationset-controller": resources("50m", "128Mi", "1Gi"),
  "argocd-notifications-controller": resources("50m", "128Mi", "512Mi"),
  // Only a cache: lost entries are rendered again.
  redis: resources("50m", "128Mi", "1Gi"),
  haproxy: resources("50m", "128Mi", "512Mi"),
};

/** For all other containers: init containers and small helpers. */
const SMALL = resources("10m", "64Mi", "256Mi");

function resources(cpu: string, memory: string, limit: string): Resources {
  return { requests: { cpu, memory }, limits: { memory: limit } };
}

interface Container {
  readonly name: string;
  readonly resources?: Resources;
}

/** The part of a pod's spec that {@link withResources} changes. */
export interface Pod {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
}

/** Adds requests and limits to a pod's containers. Values that upstream sets take precedence. */
export function withResources<P extends Pod>(pod: P): P {
  const sized = (container: Container): Container => ({
    ...container,
    resources: { ...(RESOURCES[container.name] ?? SMALL), ...container.resources },
  });
  return {
    ...pod,
    containers: pod.containers.map(sized),
    ...(pod.initContainers && { initContainers: pod.initContainers.map(sized) }),
  };
}
