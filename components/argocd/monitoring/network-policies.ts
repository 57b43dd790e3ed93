import type { INetworkPolicy } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicy";
import type { INetworkPolicyIngressRule } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicyIngressRule";
import type { Manifest } from "../../kubernetes-object";
import { endpoints, isPortOf, metricsEndpoints, sameLabels, type Endpoint } from "./endpoints";

/**
 * The release's objects, with network policies that let only one namespace reach the metrics. Upstream's policies admit
 * every namespace. Policies are additive, so a further one could not restrict them.
 * @param namespace The namespace of Prometheus.
 */
export function scrapedOnlyFrom(objects: readonly Manifest[], namespace: string): Manifest[] {
  const metrics = metricsEndpoints(objects);
  const all = endpoints(objects);
  return objects.map((object) => {
    if (!isPolicy(object)) return object;
    const selected = object.spec?.podSelector?.matchLabels;
    const ofPods = (list: readonly Endpoint[]) => list.filter(({ pods }) => sameLabels(pods, selected));
    const scraped = ofPods(metrics);
    if (scraped.length === 0) return object;
    const ingress = (object.spec?.ingress ?? []).flatMap((rule) => split(rule, scraped, ofPods(all), namespace));
    return { ...object, spec: { ...object.spec, ingress } };
  });
}

function isPolicy(object: Manifest): object is INetworkPolicy & Manifest {
  return object.kind === "NetworkPolicy";
}

/**
 * Splits a rule that admits everyone into one for Prometheus and one for the other ports. Other rules stay as they are.
 */
function split(
  rule: INetworkPolicyIngressRule,
  metrics: readonly Endpoint[],
  all: readonly Endpoint[],
  namespace: string,
): INetworkPolicyIngressRule[] {
  if (!admitsEveryone(rule)) return [rule];
  const ports = rule.ports ?? numbersOf(all).map((port) => ({ port, protocol: "TCP" as const }));
  const isMetrics = (port: (typeof ports)[number]) => metrics.some((endpoint) => isPortOf(port, endpoint));
  const scraped = ports.filter(isMetrics);
  const others = ports.filter((port) => !isMetrics(port));
  const from = [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } } }];
  return [
    ...(others.length > 0 ? [{ ...rule, ports: others }] : []),
    ...(scraped.length > 0 ? [{ from, ports: scraped }] : []),
  ];
}

function admitsEveryone({ from = [] }: INetworkPolicyIngressRule): boolean {
  return from.every(
    ({ podSelector, namespaceSelector, ipBlock }) =>
      podSelector === undefined &&
      ipBlock === undefined &&
      namespaceSelector !== undefined &&
      Object.keys(namespaceSelector).length === 0,
  );
}

function numbersOf(all: readonly Endpoint[]): number[] {
  return Array.from(new Set(all.map(({ podPort }) => podPort)));
}
