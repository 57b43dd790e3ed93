import type { Environment } from "./state";

/** Ports of one environment's Argo CD. */
export const argocdPortNames = [
  "redis",
  "repoServer",
  "repoServerMetrics",
  "controllerMetrics",
  "server",
  "serverMetrics",
  "applicationSetMetrics",
  "applicationSetProbe",
  "applicationSetWebhook",
  "notificationsMetrics",
] as const;

/** Ports of one environment's cluster. */
export const clusterPortNames = ["apiServer", "kwok", "metricsServer"] as const;

/** Ports that all environments share. */
export const sharedPortNames = ["etcd", "etcdPeer", "github"] as const;

export type ArgocdPorts = Record<(typeof argocdPortNames)[number], number>;
export type ClusterPorts = Record<(typeof clusterPortNames)[number], number>;

/** Every port of the sandbox, all on 127.0.0.1. */
export interface Ports {
  shared: Record<(typeof sharedPortNames)[number], number>;
  environments: Record<Environment, { cluster: ClusterPorts; argocd: ArgocdPorts }>;
}
