import type { DeliveryPolicy } from "@gitops-platform/environments/environment";
import { isAutomated } from "../../delivery/policy";

/** An alert about Argo CD by its metrics. docs/monitoring.md has a section for each, by its name. */
export interface MetricsAlert {
  readonly name: string;
  /** `critical`: nothing is delivered or healed. `warning`: part of it is not. */
  readonly severity: "critical" | "warning";
  /** A PromQL expression. Each selector names its process by `job`. */
  readonly expr: string;
  /** How long the expression must return a value before the alert is sent. */
  readonly for: string;
  /** One line. It may contain labels of the expression's value: `{{ $labels.name }}`. */
  readonly summary: string;
  /** What to do first. */
  readonly action: string;
}

/** The Service of each process, which is the label `job` of its metrics. */
export const JOBS = {
  controller: "argocd-metrics",
  server: "argocd-server-metrics",
  repoServer: "argocd-repo-server",
  applicationSet: "argocd-applicationset-controller",
  notifications: "argocd-notifications-controller-metrics",
  /** Only with high availability. */
  redis: "argocd-redis-ha-haproxy",
} as const;

/** A selector of a process's metrics. A cluster has one Argo CD, so the job identifies it. */
const of = (process: keyof typeof JOBS, metric: string, ...matchers: readonly string[]) =>
  `${metric}{${[`job="${JOBS[process]}"`, ...matchers].join(", ")}}`;

const applications = (...matchers: readonly string[]) =>
  `max by (name) (${of("controller", "argocd_app_info", ...matchers)}) == 1`;

const QUEUES = 'name=~"app_reconciliation_queue|app_operation_processing_queue"';
const GRPC_ERRORS = 'grpc_code=~"Unknown|DeadlineExceeded|ResourceExhausted|Internal|Unavailable|DataLoss"';
/** Every process that counts its requests to Redis. */
const REDIS_CLIENTS = `job=~"${JOBS.controller}|${JOBS.server}|${JOBS.repoServer}"`;

/**
 * The alerts of an environment.
 * @param services The Services whose metrics are collected.
 */
export function metricsAlerts(delivery: DeliveryPolicy, services: readonly string[]): MetricsAlert[] {
  return [...ofProcesses(services), ...ofApplications(delivery), ...ofDelivery()];
}

/**
 * A process without targets, or with none that answers. `absent` returns the label `job` only for a single selector.
 */
function missingMetrics(service: string): string {
  const up = `up{job="${service}"}`;
  return `absent(${up}) or max by (job) (${up}) == 0`;
}

function ofProcesses(services: readonly string[]): MetricsAlert[] {
  return [
    {
      name: "ArgocdMetricsMissing",
      severity: "critical",
      expr: services.map(missingMetrics).join(" or "),
      for: "10m",
      summary: "Prometheus gets no metrics from {{ $labels.job }}.",
      action: "Check whether its pods run. If they do, check the ServiceMonitor, its labels and the network policy.",
    },
    {
      name: "ArgocdRedisDown",
      severity: "critical",
      expr:
        `sum by (job) (rate(argocd_redis_request_total{${REDIS_CLIENTS}, failed="true"}[5m]))` +
        ` / sum by (job) (rate(argocd_redis_request_total{${REDIS_CLIENTS}}[5m])) > 0.5`,
      for: "5m",
      summary: "Most requests of {{ $labels.job }} to Redis fail.",
      action:
        "Check the pods of Redis, and of its proxy with high availability. Redis is only a cache: delete its pods.",
    },
    {
      name: "ArgocdClusterUnreachable",
      severity: "critical",
      expr: `min by (server) (${of("controller", "argocd_cluster_connection_status")}) == 0`,
      for: "10m",
      summary: "Argo CD has no connection to the API server {{ $labels.server }}.",
      action: "Check the API server, and whether the controller's service account and roles are unchanged.",
    },
  ];
}

function ofApplications(delivery: DeliveryPolicy): MetricsAlert[] {
  // Where Argo CD does not sync by itself, OutOfSync can also mean a commit that waits for a person.
  return [
    {
      name: "ArgocdSyncFailed",
      severity: "warning",
      expr: applications('phase=~"Error|Failed"'),
      for: "10m",
      summary: "The last sync of {{ $labels.name }} failed.",
      action: "Read the reason in Argo CD. Fix it in Git, or roll back: what is running stays unchanged until then.",
    },
    {
      name: "ArgocdSyncNotEnding",
      severity: "warning",
      expr: applications('phase="Running"'),
      for: "30m",
      summary: "A sync of {{ $labels.name }} has not ended for 30 minutes.",
      action: "Argo CD repeats a failing sync, or waits for a hook: read its message. Fix it in Git, or roll back.",
    },
    isAutomated({ delivery })
      ? {
          name: "ArgocdOutOfSync",
          severity: "warning",
          expr: applications('sync_status="OutOfSync"'),
          for: "30m",
          summary: "{{ $labels.name }} has differed from Git for 30 minutes.",
          action: "Argo CD should have synced it: read the Application's conditions and the differences.",
        }
      : {
          name: "ArgocdOutOfSync",
          severity: "warning",
          expr: applications('sync_status="OutOfSync"'),
          for: "24h",
          summary: "{{ $labels.name }} has differed from Git for a day.",
          action: "Sync the waiting commit, or restore what somebody edited by hand: the differences show which.",
        },
    {
      name: "ArgocdComparisonFailing",
      severity: "warning",
      expr: applications('sync_status="Unknown"'),
      for: "15m",
      summary: "Argo CD cannot compare {{ $labels.name }} with Git.",
      action: "Read the Application's conditions. Until it is fixed, nothing is deployed and no edit is detected.",
    },
    {
      name: "ArgocdDegraded",
      severity: "warning",
      expr: applications('health_status=~"Degraded|Suspended"'),
      for: "15m",
      summary: "{{ $labels.name }} has not been healthy for 15 minutes.",
      action: "Check the events and logs of its pods. If it began with a new version, roll back.",
    },
  ];
}

function ofDelivery(): MetricsAlert[] {
  return [
    {
      name: "ArgocdReconciliationSlow",
      severity: "warning",
      expr: `histogram_quantile(0.95, sum by (le) (rate(${of("controller", "argocd_app_reconcile_bucket")}[10m]))) > 8`,
      for: "30m",
      summary: "Argo CD takes more than 8 seconds to compare an Application.",
      action: "Look at the controller's CPU and the repo-server. Raise argocd.size, or argocd.replicas.repoServer.",
    },
    {
      name: "ArgocdQueueNotEmptied",
      severity: "warning",
      expr: `min_over_time(${of("controller", "workqueue_depth", QUEUES)}[15m]) > 10`,
      for: "5m",
      summary: "{{ $labels.name }} has had waiting Applications for 15 minutes.",
      action: "The controller is too slow: syncs and heals are late. Look at its CPU, and raise argocd.size.",
    },
    {
      name: "ArgocdGitRequestsFailing",
      severity: "critical",
      // The label `repo` is a path that each new process chooses again, so the repository has several series.
      expr:
        `sum(increase(${of("repoServer", "argocd_git_fetch_fail_total")}[15m])) > 3` +
        ` or sum(increase(${of("repoServer", "argocd_git_lsremote_fail_total")}[15m])) > 3`,
      for: "10m",
      summary: "Argo CD's requests to the GitOps repository fail.",
      action: "Check GitHub's status, then Argo CD's read credential, and the certificate if the server is your own.",
    },
    {
      name: "ArgocdRepoServerFailing",
      severity: "warning",
      expr:
        `sum(rate(${of("repoServer", "grpc_server_handled_total", GRPC_ERRORS)}[10m]))` +
        ` / sum(rate(${of("repoServer", "grpc_server_handled_total")}[10m])) > 0.1`,
      for: "15m",
      summary: "More than a tenth of the requests to the repo-server fail.",
      action: "Read the repo-server's log: a chart does not render, Git does not answer, or the pod lacks memory.",
    },
    {
      name: "ArgocdNotificationsFailing",
      severity: "warning",
      expr:
        "sum by (service) " +
        `(increase(${of("notifications", "argocd_notifications_deliveries_total", 'succeeded="false"')}[30m])) > 0`,
      for: "5m",
      summary: "Notifications to {{ $labels.service }} cannot be delivered.",
      action: "Read the notifications controller's log. Check the receiver, its secret and its certificate.",
    },
  ];
}
