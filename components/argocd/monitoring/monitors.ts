import type { Monitoring } from "@gitops-platform/environments/settings/monitoring";
import type { Manifest } from "../../kubernetes-object";
import { metricsEndpoints } from "./endpoints";

/** Dex serves metrics only while it is configured, and nothing here depends on it. */
const NOT_SCRAPED = ["argocd-dex-server"];

/** https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.ServiceMonitor */
export interface ServiceMonitor extends Manifest {
  readonly spec: {
    readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly endpoints: readonly { readonly port: string; readonly honorLabels: true }[];
  };
}

/** One ServiceMonitor for each Service that serves metrics. The operator makes the Service's name the label `job`. */
export function serviceMonitors(
  objects: readonly Manifest[],
  { labels }: Pick<Monitoring, "labels">,
  namespace: string,
): ServiceMonitor[] {
  return metricsEndpoints(objects)
    .filter(({ service }) => !NOT_SCRAPED.includes(service))
    .map(({ service, label, port }) => ({
      apiVersion: "monitoring.coreos.com/v1",
      kind: "ServiceMonitor",
      metadata: { name: service, namespace, labels: { ...labels } },
      spec: {
        selector: { matchLabels: { "app.kubernetes.io/name": label } },
        // Otherwise Prometheus replaces `service`, in which the notifications controller names the receiver.
        endpoints: [{ port, honorLabels: true }],
      },
    }));
}
