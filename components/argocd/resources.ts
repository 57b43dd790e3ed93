import type { IResourceRequirements } from "kubernetes-models/v1/ResourceRequirements";

/** What a container asks of its node. */
type Needs = Pick<IResourceRequirements, "requests" | "limits">;

/**
 * What Argo CD's containers ask for, by the container's name; upstream says nothing, so that its pods are the first to
 * go where memory is short. The figures hold for some hundred Applications. There is no limit of CPU: it would only
 * make healing late.
 */
const NEEDS: Readonly<Record<string, Needs>> = {
  // Holds the state of everything that it watches in the cluster.
  "argocd-application-controller": needs("250m", "512Mi", "4Gi"),
  // Renders charts, several at once.
  "argocd-repo-server": needs("100m", "256Mi", "2Gi"),
  "argocd-server": needs("50m", "128Mi", "1Gi"),
  "argocd-applicationset-controller": needs("50m", "128Mi", "1Gi"),
  "argocd-notifications-controller": needs("50m", "128Mi", "512Mi"),
  // A cache: what it loses is rendered again.
  redis: needs("50m", "128Mi", "1Gi"),
  haproxy: needs("50m", "128Mi", "512Mi"),
};

/** Everything else: what runs once before a process starts, and small helpers. */
const SMALL = needs("10m", "64Mi", "256Mi");

function needs(cpu: string, memory: string, limit: string): Needs {
  return { requests: { cpu, memory }, limits: { memory: limit } };
}

interface Container {
  readonly name: string;
  readonly resources?: Needs;
}

/** What a pod is made of, as far as it matters here. */
export interface Pod {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
}

/** A pod whose containers say what they need. What upstream says itself stays. */
export function withResources<P extends Pod>(pod: P): P {
  const sized = ({ resources, ...container }: Container): Container => ({
    ...container,
    resources: { ...(NEEDS[container.name] ?? SMALL), ...resources },
  });
  return {
    ...pod,
    containers: pod.containers.map(sized),
    ...(pod.initContainers && { initContainers: pod.initContainers.map(sized) }),
  };
}
