import assert from "node:assert/strict";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { Argocd } from "@gitops-platform/components/argocd/argocd";
import { parseManifest, RELEASES, type PinnedManifest, readManifest } from "@gitops-platform/components/argocd/release";
import { metricsEndpoints } from "@gitops-platform/components/argocd/monitoring/endpoints";
import type { Manifest } from "@gitops-platform/components/kubernetes-object";
import { rules } from "@gitops-platform/policy/rules";
import { evaluateRule, type TestResource } from "@gitops-platform/policy/tests/support";
import { Go } from "@gitops-platform/sandbox/tools/go";
import { argocdModule } from "@gitops-platform/sandbox/tools/loopback-source";
import { planBuild } from "@gitops-platform/sandbox/tools/plan";
import { networkManifest } from "@gitops-platform/test-support/argocd/manifest";
import { construct } from "@gitops-platform/test-support/components";

// `argocd.monitoring` on the published files of every reviewed release. It needs no cluster.

const PORTS: Readonly<Record<string, number>> = {
  "argocd-applicationset-controller": 8080,
  "argocd-dex-server": 5558,
  "argocd-metrics": 8082,
  "argocd-notifications-controller-metrics": 9001,
  "argocd-repo-server": 8084,
  "argocd-server-metrics": 8083,
};

const settings = {
  environment: "dev",
  delivery: { sync: "auto", drift: "heal" },
  url: undefined,
  notifications: undefined,
  parameters: {},
  monitoring: {
    namespace: "monitoring",
    labels: { release: "prometheus" },
    dashboard: { namespace: "monitoring", labels: { grafana_dashboard: "1" } },
    docs: "https://git.example/docs",
  },
  protect: true,
} as const;

describe("the metrics of the reviewed releases", function () {
  this.timeout(240_000);
  const manifests = new Map<PinnedManifest, Manifest[]>();

  before(async () => {
    for (const [version, { standard, highAvailability }] of Object.entries(RELEASES)) {
      const found = await new Go(planBuild()).run(["mod", "download", "-json", `${argocdModule}@v${version}`]);
      const folder = (JSON.parse(found) as { Dir: string }).Dir;
      const nowhere = {
        cache: "/nowhere",
        moduleCache: "/nowhere",
        download: () => Promise.reject(new Error("offline")),
      };
      for (const pinned of [standard, highAvailability]) {
        const text = await readManifest(pinned, join(folder, "manifests", pinned.file), nowhere);
        manifests.set(pinned, parseManifest(text));
      }
    }
  });

  async function resourcesOf(pinned: PinnedManifest): Promise<TestResource[]> {
    // A megabyte of definitions takes a second to register.
    const manifest = (manifests.get(pinned) ?? []).filter(({ kind }) => kind !== "CustomResourceDefinition");
    const { recorder } = await construct((opts) => {
      return new Argocd("argocd", { ...settings, manifest, webhookSecret: pulumi.secret("s3cr3t") }, opts);
    });
    return recorder.resources.map(({ type, name, inputs }) => ({ type, name, props: inputs, protect: true }));
  }

  /** The rules that a stack's resources violate. The guard is not part of Argo CD. */
  const violated = (resources: readonly TestResource[]) =>
    rules
      .filter(({ name }) => name !== "namespaces-are-guarded")
      .filter((rule) => evaluateRule(rule, "prod", resources).length > 0)
      .map(({ name }) => name);

  for (const [version, { standard, highAvailability }] of Object.entries(RELEASES)) {
    for (const pinned of [standard, highAvailability]) {
      it(`${version}'s ${pinned.file} has the ports that are scraped`, () => {
        const found = metricsEndpoints(manifests.get(pinned) ?? []).map(({ service, podPort }) => [service, podPort]);
        const haproxy = pinned === highAvailability ? { "argocd-redis-ha-haproxy": 9101 } : {};
        assert.deepEqual(Object.fromEntries(found), { ...PORTS, ...haproxy });
      });

      it(`${version}'s ${pinned.file} breaks no rule of the policy pack while it is monitored`, async () => {
        assert.deepEqual(violated(await resourcesOf(pinned)), []);
      });
    }

    it(`${version} has the Services, network policies and ports that the unit tests use`, () => {
      const copied = networkManifest();
      const inRelease = (manifests.get(highAvailability) ?? []).filter(({ kind }) =>
        ["Service", "NetworkPolicy"].includes(kind),
      );
      assert.deepEqual(
        copied.filter(({ kind }) => ["Service", "NetworkPolicy"].includes(kind)),
        inRelease,
      );
      assert.deepEqual(metricsEndpoints(copied), metricsEndpoints(manifests.get(highAvailability) ?? []));
    });
  }

  type Props = Record<string, unknown>;
  const named = (resources: readonly TestResource[], name: string) =>
    (resources.find((resource) => resource.name === name) ?? assert.fail(name)).props as Record<string, Props>;
  const mutations: [what: string, rule: string, make: (resources: TestResource[]) => void][] = [
    [
      "the network policy of Redis admits Prometheus",
      "argocd-is-the-pinned-release",
      (resources) => {
        const admitted = { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "monitoring" } } };
        const policy = named(resources, "networkpolicy-argocd-redis-network-policy");
        policy.spec = { ...policy.spec, ingress: [{ from: [admitted] }] };
      },
    ],
    [
      "the metrics are open to every pod of the cluster on every port",
      "argocd-is-the-pinned-release",
      (resources) => {
        const policy = named(resources, "networkpolicy-argocd-application-controller-network-policy");
        policy.spec = { ...policy.spec, ingress: [{ from: [{ namespaceSelector: {} }] }] };
      },
    ],
    [
      "the dashboard has a token",
      "no-secret-in-plain-text",
      (resources) => {
        const board = named(resources, "configmap-argocd-dashboard");
        board.data = { ...board.data, "argocd.json": JSON.stringify({ token: `glsa_${"a".repeat(32)}_0a1b2c3d` }) };
      },
    ],
    [
      "a ServiceMonitor has the password of a proxy",
      "no-secret-in-plain-text",
      (resources) => {
        const monitor = named(resources, "servicemonitor-argocd-metrics");
        monitor.spec = { ...monitor.spec, endpoints: [{ proxyUrl: "http://scraper:c0rrect-h0rse@proxy.example" }] };
      },
    ],
  ];
  for (const [what, rule, make] of mutations) {
    it(`are judged: ${rule} finds that ${what}`, async () => {
      const pinned = RELEASES["3.6.1"]?.standard ?? assert.fail();
      const resources = await resourcesOf(pinned);
      make(resources);
      assert.deepEqual(violated(resources), [rule]);
    });
  }
});
