import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { installation } from "@gitops-platform/components/argocd/installation";
import { JOBS, metricsAlerts } from "@gitops-platform/components/argocd/monitoring/alerts";
import { dashboard } from "@gitops-platform/components/argocd/monitoring/dashboard";
import { metricsEndpoints } from "@gitops-platform/components/argocd/monitoring/endpoints";
import type { Rule, ServiceMonitor } from "@gitops-platform/components/argocd/monitoring/monitoring";
import type { Manifest } from "@gitops-platform/components/kubernetes-object";
import type { DeliveryPolicy } from "@gitops-platform/environments/environment";
import type { Monitoring } from "@gitops-platform/environments/settings/monitoring";
import { networkManifest, smallManifest } from "@gitops-platform/test-support/argocd/manifest";
import { recordedMetrics } from "@gitops-platform/test-support/argocd/metrics";
import { problemsOf, selectorsOf } from "./promql";

const configured: Monitoring = {
  namespace: "monitoring",
  labels: { release: "prometheus" },
  dashboard: { namespace: "grafana", labels: { grafana_dashboard: "1" } },
  docs: "https://git.example/platform/docs",
};
const POLICIES: readonly DeliveryPolicy[] = [
  { sync: "auto", drift: "heal" },
  { sync: "auto", drift: "alert" },
  { sync: "manual", drift: "heal" },
  { sync: "manual", drift: "alert" },
];

function install(monitoring?: Monitoring, delivery: DeliveryPolicy = { sync: "auto", drift: "heal" }) {
  const upstream = [...smallManifest().filter(({ kind }) => kind === "ConfigMap"), ...networkManifest()];
  const settings = { environment: "dev", delivery, url: undefined, notifications: undefined, parameters: {} };
  return installation(upstream, { ...settings, monitoring });
}

const rulesOf = (objects: readonly Manifest[]) => {
  const rule = objects.find(({ kind }) => kind === "PrometheusRule") as unknown as {
    spec: { groups: { rules: Rule[] }[] };
  };
  return rule.spec.groups.flatMap(({ rules }) => rules);
};

describe("the monitoring of Argo CD", () => {
  it("is nothing by default, and leaves the release's network policies as they are", () => {
    const made = install();
    assert.deepEqual(made.monitoring, []);
    const policies = made.prerequisites.filter(({ kind }) => kind === "NetworkPolicy");
    assert.ok(policies.some((policy) => JSON.stringify(policy).includes('"namespaceSelector":{}')));
  });

  it("collects the metrics of each process but Dex, by a port that its Service has", () => {
    const { monitoring, prerequisites } = install(configured);
    const monitors = monitoring.filter(({ kind }) => kind === "ServiceMonitor") as ServiceMonitor[];
    assert.deepEqual(monitors.map(({ metadata }) => metadata?.name).sort(), Object.values(JOBS).sort());
    const services = prerequisites.filter(({ kind }) => kind === "Service") as unknown as {
      metadata: { name: string; labels: Record<string, string> };
      spec: { ports?: { name: string }[] };
    }[];
    for (const { metadata, spec } of monitors) {
      assert.deepEqual(metadata, {
        name: metadata?.name,
        namespace: "argocd",
        labels: { release: "prometheus" },
      });
      const selected = services.filter(({ metadata: { labels } }) =>
        Object.entries(spec.selector.matchLabels).every(([name, value]) => labels[name] === value),
      );
      assert.deepEqual(
        selected.map((service) => service.metadata.name),
        [metadata.name],
      );
      const [endpoint] = spec.endpoints;
      assert.ok(selected[0]?.spec.ports?.some(({ name }) => name === endpoint?.port));
    }
  });

  it("lets only the namespace of Prometheus reach the metrics, and everyone reach what they reached before", () => {
    const from = [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "monitoring" } } }];
    const policy = (objects: readonly Manifest[], name: string) =>
      (
        objects.find(({ kind, metadata }) => kind === "NetworkPolicy" && metadata?.name === name) as unknown as {
          spec: { ingress: { from?: object[]; ports?: { port: number }[] }[] };
        }
      ).spec.ingress;
    const { prerequisites } = install(configured);
    assert.deepEqual(policy(prerequisites, "argocd-application-controller-network-policy"), [
      { from, ports: [{ port: 8082 }] },
    ]);
    assert.deepEqual(policy(prerequisites, "argocd-server-network-policy"), [
      { ports: [{ port: 8080, protocol: "TCP" }] },
      { from, ports: [{ port: 8083, protocol: "TCP" }] },
    ]);
    assert.deepEqual(policy(prerequisites, "argocd-applicationset-controller-network-policy"), [
      { from: [{ namespaceSelector: {} }], ports: [{ port: 7000, protocol: "TCP" }] },
      { from, ports: [{ port: 8080, protocol: "TCP" }] },
    ]);
    const [clients] = policy(install().prerequisites, "argocd-repo-server-network-policy");
    assert.deepEqual(policy(prerequisites, "argocd-repo-server-network-policy"), [
      clients,
      { from, ports: [{ port: 8084 }] },
    ]);
    for (const { pods, podPort } of metricsEndpoints(networkManifest())) {
      const rules = prerequisites
        .filter(({ kind }) => kind === "NetworkPolicy")
        .map((object) => object as unknown as { spec: { podSelector: { matchLabels?: object }; ingress: object[] } })
        .filter(({ spec }) => JSON.stringify(spec.podSelector.matchLabels) === JSON.stringify(pods))
        .flatMap(({ spec }) => spec.ingress as { from?: object[]; ports?: { port: number }[] }[])
        .filter(({ ports }) => ports?.some(({ port }) => port === podPort) ?? true);
      assert.deepEqual(
        rules.map((rule) => rule.from),
        [from],
        String(podPort),
      );
    }
  });

  it("puts the dashboard where Grafana's sidecar finds it", () => {
    const made = install(configured).monitoring.find(({ kind }) => kind === "ConfigMap");
    assert.deepEqual(made?.metadata, {
      name: "argocd-dashboard",
      namespace: "grafana",
      labels: { grafana_dashboard: "1" },
    });
    const inOwn = install({ ...configured, dashboard: { labels: {} } }).monitoring;
    assert.equal(inOwn.find(({ kind }) => kind === "ConfigMap")?.metadata?.namespace, "argocd");
  });
});

describe("the alerts about Argo CD", () => {
  const page = readFileSync(join(__dirname, "../../../../docs/monitoring.md"), "utf8");

  it("have a summary, what to do, and a section in the guide that they link to", () => {
    const alerts = rulesOf(install(configured).monitoring);
    assert.ok(alerts.length > 5);
    for (const { alert, annotations, labels } of alerts) {
      const { summary, description, runbook_url } = annotations;
      assert.match(summary ?? "", /^dev: [^]+\.$/);
      assert.match(description ?? "", /^[A-Z][^]+\.$/);
      assert.equal(runbook_url, `https://git.example/platform/docs/monitoring.md#${alert.toLowerCase()}`);
      assert.match(page, new RegExp(`^### ${alert}$`, "m"));
      assert.equal(labels.environment, "dev");
    }
    const sections = Array.from(page.matchAll(/^### (Argocd\w+)$/gm), ([, name]) => name);
    assert.deepEqual(sections.sort(), alerts.map(({ alert }) => alert).sort());
  });

  it("link to a path of this repository if nobody says where its documents are", () => {
    const [first] = rulesOf(install({ ...configured, docs: undefined }).monitoring);
    assert.match(first?.annotations.runbook_url ?? "", /^docs\/monitoring\.md#/);
  });

  it("wait longer for a sync that a person starts", () => {
    const wait = (delivery: DeliveryPolicy) =>
      rulesOf(install(configured, delivery).monitoring).find(({ alert }) => alert === "ArgocdOutOfSync")?.for;
    assert.deepEqual(POLICIES.map(wait), ["30m", "30m", "30m", "24h"]);
  });

  it("miss the metrics of each process that is installed, and of no other", () => {
    const [missing] = metricsAlerts({ sync: "auto", drift: "heal" }, ["argocd-metrics", "argocd-repo-server"]);
    assert.deepEqual(
      [...new Set(selectorsOf(missing?.expr ?? "").map(({ matchers }) => matchers[0]?.value))],
      ["argocd-metrics", "argocd-repo-server"],
    );
  });

  for (const delivery of POLICIES) {
    for (const { name, expr, summary } of metricsAlerts(delivery, Object.values(JOBS))) {
      it(`${name} uses metrics and labels that Argo CD exposes, with ${delivery.sync} and ${delivery.drift}`, () => {
        assert.deepEqual(problemsOf(expr, recordedMetrics()), []);
        const shown = Array.from(summary.matchAll(/\$labels\.(\w+)/g), ([, label = ""]) => label);
        const selectors = selectorsOf(expr);
        for (const label of shown) {
          assert.ok(
            selectors.every(({ groupedBy, matchers }) =>
              groupedBy.length > 0 ? groupedBy.includes(label) : matchers.some((matcher) => matcher.label === label),
            ),
            label,
          );
        }
      });
    }
  }
});

describe("the dashboard of Argo CD", () => {
  const { panels, uid } = dashboard("dev");

  for (const { title, targets } of panels) {
    it(`shows "${title}" by metrics and labels that Argo CD exposes`, () => {
      for (const { expr, legendFormat } of targets) {
        assert.deepEqual(problemsOf(expr, recordedMetrics()), []);
        for (const [, label = ""] of legendFormat.matchAll(/{{(\w+)}}/g)) {
          assert.ok(
            selectorsOf(expr).every(({ groupedBy }) => groupedBy.includes(label)),
            label,
          );
        }
      }
    });
  }

  it("has panels that do not overlap, in Grafana's 24 columns, and its own address in each environment", () => {
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)}/${y + Math.floor(cell / w)}`),
    );
    assert.equal(new Set(cells).size, cells.length);
    assert.ok(panels.every(({ gridPos: { x, w } }) => x + w <= 24));
    assert.notEqual(uid, dashboard("prod").uid);
  });
});

describe("the check of an expression", () => {
  const cases: [what: string, expression: string, problem: RegExp][] = [
    ["a metric that does not exist", 'argocd_app_sync_failed{job="argocd-metrics"}', /no such metric/],
    ["a metric of another process", 'argocd_app_info{job="argocd-server-metrics"}', /no such metric/],
    ["a label that does not exist", 'argocd_app_info{job="argocd-metrics", team="a"}', /no label team/],
    ["a grouping that does not exist", 'sum by (app) (argocd_app_info{job="argocd-metrics"})', /no label app/],
    ["an absence without labels", 'absent(up{job="argocd-metrics"} == 1)', /its value has no labels/],
    ["no job", "argocd_app_info", /names no job/],
    ["the value of a counter", 'argocd_app_sync_total{job="argocd-metrics"} > 5', /its value of a counter/],
    ["the rate of a gauge", 'rate(argocd_app_info{job="argocd-metrics"}[5m])', /rate of a gauge/],
    ["a histogram by its name", 'rate(argocd_app_reconcile{job="argocd-metrics"}[5m])', /only _bucket/],
  ];
  for (const [what, expression, problem] of cases) {
    it(`finds ${what}`, () => {
      assert.match(problemsOf(expression, recordedMetrics()).join("\n"), problem);
    });
  }

  it("finds what does not parse", () => {
    assert.throws(() => problemsOf('sum by (name (argocd_app_info{job="argocd-metrics"})', recordedMetrics()), /parse/);
  });
});
