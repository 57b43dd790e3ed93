import type { IConfigMap } from "kubernetes-models/v1/ConfigMap";
import type { DeliveryPolicy } from "@gitops-platform/environments/environment";
import type { Monitoring } from "@gitops-platform/environments/settings/monitoring";
import type { Manifest } from "../../kubernetes-object";
import { metricsAlerts, type MetricsAlert } from "./alerts";
import { dashboard } from "./dashboard";
import { metricsEndpoints } from "./endpoints";

/** What {@link monitoringObjects} needs to know of a stack. */
export interface MonitoringSettings {
  readonly environment: string;
  readonly delivery: DeliveryPolicy;
  readonly monitoring: Monitoring;
}

/**
 * The objects that Prometheus' operator and Grafana's sidecar read: ServiceMonitors, alerts and a dashboard.
 * @param objects The objects that are installed, in Argo CD's namespace.
 */
export function monitoringObjects(
  objects: readonly Manifest[],
  { environment, delivery, monitoring }: MonitoringSettings,
  namespace: string,
): Manifest[] {
  const monitors = serviceMonitors(objects, monitoring, namespace);
  const services = monitors.map(({ metadata }) => metadata?.name ?? "");
  const rules = metricsAlerts(delivery, services).map((alert) => ruleOf(alert, environment, monitoring));
  return [...monitors, prometheusRule(rules, monitoring, namespace), dashboardOf(monitoring, environment, namespace)];
}

/** https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.Rule */
export interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

function ruleOf(alert: MetricsAlert, environment: string, { docs }: Monitoring): Rule {
  const { name, severity, expr, summary, action } = alert;
  return {
    alert: name,
    expr,
    for: alert.for,
    labels: { severity, environment },
    annotations: {
      summary: `${environment}: ${summary}`,
      description: action,
      // GitHub and GitLab make a heading's anchor in this way.
      runbook_url: `${docs ?? "docs"}/monitoring.md#${name.toLowerCase()}`,
    },
  };
}

function prometheusRule(rules: readonly Rule[], { labels }: Monitoring, namespace: string): Manifest {
  const object = {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PrometheusRule",
    metadata: { name: "argocd", namespace, labels: { ...labels } },
    spec: { groups: [{ name: "argocd", rules }] },
  };
  return object;
}

function dashboardOf({ dashboard: place }: Monitoring, environment: string, own: string): IConfigMap {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "argocd-dashboard", namespace: place.namespace ?? own, labels: { ...place.labels } },
    data: { "argocd.json": `${JSON.stringify(dashboard(environment), null, 2)}\n` },
  };
}

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
function serviceMonitors(
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
