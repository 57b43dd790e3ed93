import type { INetworkPolicyPort } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicyPort";
import type { IService } from "kubernetes-models/v1/Service";
import type { Manifest } from "../../kubernetes-object";
import { isWorkload } from "../workloads";

/** The names that upstream gives to the ports of its Services that serve metrics; the second is haproxy's. */
const METRICS_PORTS = ["metrics", "http-exporter-port"];

/** One port of a Service, and where its requests arrive. */
export interface Endpoint {
  readonly service: string;
  /** The Service's own name in the label `app.kubernetes.io/name`, which no other Service of the release has. */
  readonly label: string;
  /** The port's name in the Service. */
  readonly port: string;
  /** The number of the port of the pods. */
  readonly podPort: number;
  /** The labels that select the pods. */
  readonly pods: Readonly<Record<string, string>>;
}

/** The ports of the release's Services that serve metrics. */
export function metricsEndpoints(objects: readonly Manifest[]): Endpoint[] {
  return endpoints(objects).filter(({ port }) => METRICS_PORTS.includes(port));
}

/** Every port of the release's Services, and the port of the pods behind it. */
export function endpoints(objects: readonly Manifest[]): Endpoint[] {
  return objects.filter(isService).flatMap(({ metadata, spec }) =>
    (spec?.ports ?? []).flatMap(({ name = "", port, targetPort = port }) => {
      const pods = spec?.selector ?? {};
      const podPort = typeof targetPort === "number" ? targetPort : namedPort(objects, pods, targetPort);
      // The Services of single pods of Redis select a label that no workload's template has.
      if (podPort === undefined) return [];
      const label = metadata?.labels?.["app.kubernetes.io/name"] ?? "";
      return [{ service: metadata?.name ?? "", label, port: name, podPort, pods }];
    }),
  );
}

function isService(object: Manifest): object is IService {
  return object.kind === "Service";
}

/** Whether two sets of labels are the same. */
export function sameLabels(
  left: Readonly<Record<string, string>>,
  right: Readonly<Record<string, string>> = {},
): boolean {
  const entries = Object.entries(left);
  return entries.length === Object.keys(right).length && entries.every(([name, value]) => right[name] === value);
}

/** The number of the pods' port to which a Service refers by name. */
function namedPort(objects: readonly Manifest[], pods: Endpoint["pods"], name: string): number | undefined {
  const containers = objects
    .filter(isWorkload)
    .filter(({ spec }) => Object.entries(pods).every(([key, value]) => labelsOf(spec.template)[key] === value))
    .flatMap(({ spec }) => spec.template.spec.containers);
  return containers.flatMap(({ ports = [] }) => ports).find((port) => port.name === name)?.containerPort;
}

function labelsOf({ metadata }: { readonly metadata?: object }): Record<string, string> {
  return (metadata as { labels?: Record<string, string> } | undefined)?.labels ?? {};
}

/** Whether a rule's port is that of an endpoint. Upstream writes every port as a number. */
export function isPortOf({ port }: INetworkPolicyPort, { podPort }: Endpoint): boolean {
  return port === podPort;
}
