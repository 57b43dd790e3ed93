import type { FleetSize } from "@gitops-platform/environments/settings/argocd-tuning";
import type { IResourceRequirements } from "kubernetes-models/v1/ResourceRequirements";

type Resources = Pick<IResourceRequirements, "requests" | "limits">;

/**
 * Requests and limits of Argo CD's containers, by the container's name, for up to 400 Applications. Upstream sets none,
 * so Kubernetes would evict these pods first when memory runs short. There is no CPU limit: it would only slow down
 * healing. The numbers are estimates with room: compare them with the pods' metrics.
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

/** What grows with the number of Applications, for the larger sizes. */
const LARGER: Readonly<Record<Exclude<FleetSize, "small">, Readonly<Record<string, Resources>>>> = {
  medium: {
    "argocd-application-controller": resources("1", "2Gi", "8Gi"),
    "argocd-repo-server": resources("500m", "512Mi", "4Gi"),
    "argocd-server": resources("100m", "256Mi", "2Gi"),
    redis: resources("100m", "256Mi", "2Gi"),
  },
  large: {
    "argocd-application-controller": resources("2", "4Gi", "16Gi"),
    "argocd-repo-server": resources("1", "1Gi", "8Gi"),
    "argocd-server": resources("250m", "512Mi", "4Gi"),
    redis: resources("250m", "512Mi", "4Gi"),
  },
};

/**
 * The controller's parameters by the number of Applications. Its defaults are 20 and 10 processors; upstream uses 50
 * and 25 for 1,000 Applications, and `large` doubles that, and the rate of requests to the API server with it.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/high_availability/#argocd-application-controller
 */
const PARAMETERS: Readonly<Record<FleetSize, Readonly<Record<string, string>>>> = {
  small: {},
  medium: { "controller.status.processors": "50", "controller.operation.processors": "25" },
  large: {
    "controller.status.processors": "100",
    "controller.operation.processors": "50",
    "controller.k8s.client.qps": "100",
    "controller.k8s.client.burst": "200",
  },
};

/** The entries of argocd-cmd-params-cm that a size sets. */
export function sizeParameters(size: FleetSize): Readonly<Record<string, string>> {
  return PARAMETERS[size];
}

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

/** Adds requests and limits to a pod's containers. Values of upstream and of patches take precedence. */
export function withResources<P extends Pod>(pod: P, size: FleetSize = "small"): P {
  const table: Readonly<Record<string, Resources>> = { ...RESOURCES, ...(size !== "small" && LARGER[size]) };
  const sized = (container: Container): Container => ({
    ...container,
    resources: { ...(table[container.name] ?? SMALL), ...container.resources },
  });
  return {
    ...pod,
    containers: pod.containers.map(sized),
    ...(pod.initContainers && { initContainers: pod.initContainers.map(sized) }),
  };
}
