import { JOBS } from "./alerts";

/** A panel of the dashboard: its queries by the legend of their lines, and how it shows them. */
interface Panel {
  readonly title: string;
  readonly type: "stat" | "timeseries";
  readonly unit: "short" | "s" | "bytes" | "reqps";
  readonly queries: Readonly<Record<string, string>>;
}

const CONTROLLER = `job="${JOBS.controller}"`;
const REPO_SERVER = `job="${JOBS.repoServer}"`;
/** The processes that report their own memory and CPU. Redis does not. */
const PROCESSES = `job=~"${Object.values(JOBS)
  .filter((job) => job !== JOBS.redis)
  .join("|")}"`;
const REDIS_CLIENTS = `job=~"${JOBS.controller}|${JOBS.server}|${JOBS.repoServer}"`;

const count = (matchers: string) => `count(argocd_app_info{${CONTROLLER}, ${matchers}}) or vector(0)`;
const p95 = (metric: string, matchers: string, ...by: readonly string[]) =>
  `histogram_quantile(0.95, sum by (${["le", ...by].join(", ")}) ` +
  `(rate(${metric}_bucket{${matchers}}[$__rate_interval])))`;

/** The panels in order. The first ones show what people can act on. */
const PANELS: readonly Panel[] = [
  { title: "Applications", type: "stat", unit: "short", queries: { all: `count(argocd_app_info{${CONTROLLER}})` } },
  {
    title: "Not healthy",
    type: "stat",
    unit: "short",
    queries: { all: count('health_status=~"Degraded|Suspended"') },
  },
  { title: "OutOfSync", type: "stat", unit: "short", queries: { all: count('sync_status="OutOfSync"') } },
  { title: "Last sync failed", type: "stat", unit: "short", queries: { all: count('phase=~"Error|Failed"') } },
  {
    title: "Applications by health",
    type: "timeseries",
    unit: "short",
    queries: { "{{health_status}}": `count by (health_status) (argocd_app_info{${CONTROLLER}})` },
  },
  {
    title: "Syncs in 5 minutes",
    type: "timeseries",
    unit: "short",
    queries: { "{{phase}}": `sum by (phase) (increase(argocd_app_sync_total{${CONTROLLER}}[5m]))` },
  },
  {
    title: "Time to compare an Application (95 %)",
    type: "timeseries",
    unit: "s",
    queries: { all: p95("argocd_app_reconcile", CONTROLLER) },
  },
  {
    title: "Waiting in the controller's queues",
    type: "timeseries",
    unit: "short",
    queries: { "{{name}}": `sum by (name) (workqueue_depth{${CONTROLLER}})` },
  },
  {
    title: "Time of Git requests (95 %)",
    type: "timeseries",
    unit: "s",
    queries: { "{{request_type}}": p95("argocd_git_request_duration_seconds", REPO_SERVER, "request_type") },
  },
  {
    title: "Git requests",
    type: "timeseries",
    unit: "reqps",
    queries: {
      "{{request_type}}": `sum by (request_type) (rate(argocd_git_request_total{${REPO_SERVER}}[$__rate_interval]))`,
      "failed fetch": `sum(rate(argocd_git_fetch_fail_total{${REPO_SERVER}}[$__rate_interval]))`,
      "failed ls-remote": `sum(rate(argocd_git_lsremote_fail_total{${REPO_SERVER}}[$__rate_interval]))`,
    },
  },
  {
    title: "Requests that wait for a repository",
    type: "timeseries",
    unit: "short",
    queries: { all: `sum(argocd_repo_pending_request_total{${REPO_SERVER}})` },
  },
  {
    title: "Failed requests to Redis",
    type: "timeseries",
    unit: "reqps",
    queries: {
      "{{job}}": `sum by (job) (rate(argocd_redis_request_total{${REDIS_CLIENTS}, failed="true"}[$__rate_interval]))`,
    },
  },
  {
    title: "Notifications in 5 minutes",
    type: "timeseries",
    unit: "short",
    queries: {
      "{{service}}, delivered: {{succeeded}}":
        "sum by (service, " +
        `succeeded) (increase(argocd_notifications_deliveries_total{job="${JOBS.notifications}"}[5m]))`,
    },
  },
  {
    title: "Memory",
    type: "timeseries",
    unit: "bytes",
    queries: { "{{job}}": `sum by (job) (process_resident_memory_bytes{${PROCESSES}})` },
  },
  {
    title: "CPU in cores",
    type: "timeseries",
    unit: "short",
    queries: { "{{job}}": `sum by (job) (rate(process_cpu_seconds_total{${PROCESSES}}[$__rate_interval]))` },
  },
];

const DATA_SOURCE = { type: "prometheus", uid: "${datasource}" };
const COLUMNS = 24;

/** The dashboard of one environment, in Grafana's format. */
export function dashboard(environment: string) {
  return {
    uid: `argocd-${environment}`,
    title: `Argo CD, ${environment}`,
    tags: ["argocd", "gitops-platform"],
    schemaVersion: 39,
    editable: false,
    time: { from: "now-6h", to: "now" },
    refresh: "1m",
    templating: {
      list: [{ name: "datasource", label: "Prometheus", type: "datasource", query: "prometheus", hide: 0 }],
    },
    panels: placed(PANELS),
  };
}

/** Small panels first, in one row; then two in a row. */
function placed(panels: readonly Panel[]) {
  let x = 0;
  let y = 0;
  let height = 0;
  return panels.map(({ title, type, unit, queries }, index) => {
    const w = type === "stat" ? COLUMNS / 4 : COLUMNS / 2;
    if (x + w > COLUMNS) {
      x = 0;
      y += height;
    }
    height = type === "stat" ? 4 : 8;
    const gridPos = { x, y, w, h: height };
    x += w;
    return {
      id: index + 1,
      title,
      type,
      datasource: DATA_SOURCE,
      gridPos,
      fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
      targets: Object.entries(queries).map(([legendFormat, expr], query) => ({
        refId: String.fromCharCode(65 + query),
        datasource: DATA_SOURCE,
        expr,
        legendFormat,
      })),
    };
  });
}
