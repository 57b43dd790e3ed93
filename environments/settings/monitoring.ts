import { isNamespaceName } from "../names";
import { area, type ConfigurationOf } from "./setting";
import { check, fixedMap, freeMap, httpsUrl, rules, text } from "./values";

// https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set
const LABEL_NAME = /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

const asLabels = "Write it as <name>: <value> lines, with true and numbers in quotes.";
const labels = freeMap(
  "names of labels",
  text({ expected: "the value of a label", fix: asLabels }, (value) => LABEL_VALUE.test(value)),
)
  .refine(
    (byName) => Object.keys(byName).every((name) => LABEL_NAME.test(name)),
    check({ expected: "names of labels, such as release or example.com/team", fix: asLabels }),
  )
  .register(rules, { expected: "a map with names of labels as keys", fix: asLabels });

const namespace = text(
  { expected: "the name of a namespace", fix: "Write it as kubectl get namespaces prints it." },
  isNamespaceName,
);

/** What Prometheus and Grafana get from Argo CD. */
export const monitoringArea = area({
  "argocd.monitoring": {
    schema: fixedMap({
      namespace,
      labels: labels.optional(),
      dashboard: fixedMap({ namespace: namespace.optional(), labels: labels.optional() }).optional(),
      docs: httpsUrl("the folder docs/ of this project, where people on call read it").optional(),
    }),
    doc:
      "Metrics of Argo CD in the cluster's Prometheus, which its operator runs in `namespace`: ServiceMonitors and " +
      "alerts with `labels`, and a `dashboard` for Grafana's sidecar. Only that namespace reaches the metrics. Each " +
      "alert links to its section in [monitoring.md](monitoring.md), below `docs`.",
    default:
      "no metrics are collected. `labels`: none. `dashboard`: in the namespace `argocd` with the label " +
      '`grafana_dashboard: "1"`. `docs`: the alerts have the path in this repository',
    example: {
      namespace: "monitoring",
      labels: { release: "kube-prometheus-stack" },
      dashboard: { namespace: "monitoring" },
      docs: "https://github.com/vaarak/gitops-platform/blob/main/docs",
    },
  },
});

/** Who collects Argo CD's metrics, and what they need to find them. */
export interface Monitoring {
  /** The namespace in which Prometheus runs. */
  readonly namespace: string;
  /** The labels by which Prometheus selects ServiceMonitors and rules. */
  readonly labels: Readonly<Record<string, string>>;
  /** Where Grafana's sidecar finds the dashboard. Namespace undefined: Argo CD's own. */
  readonly dashboard: { readonly namespace?: string | undefined; readonly labels: Readonly<Record<string, string>> };
  /** The URL of docs/, without a slash at its end. Undefined: alerts have a path in this repository. */
  readonly docs: string | undefined;
}

/** The label that the sidecar of Grafana's Helm charts looks for. */
const SIDECAR_LABELS = { grafana_dashboard: "1" };

/** The monitoring from a checked configuration. Undefined: none. */
export function monitoring({ argocd = {} }: ConfigurationOf<typeof monitoringArea>): Monitoring | undefined {
  const configured = argocd.monitoring;
  if (!configured) return undefined;
  const { namespace, labels = {}, dashboard = {}, docs } = configured;
  return {
    namespace,
    labels,
    dashboard: { namespace: dashboard.namespace, labels: dashboard.labels ?? SIDECAR_LABELS },
    docs: docs?.replace(/\/+$/, ""),
  };
}
