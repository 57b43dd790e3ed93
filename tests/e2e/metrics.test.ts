/**
 * The metrics that the alerts and the dashboard use, compared with those of Argo CD's own processes. `UPDATE_GOLDEN=1`
 * records what they expose.
 */
import assert from "node:assert/strict";
import type { KubernetesObject } from "@gitops-platform/clients/kubernetes";
import { until } from "@gitops-platform/clients/until";
import { JOBS, metricsAlerts } from "@gitops-platform/components/argocd/monitoring/alerts";
import { dashboard } from "@gitops-platform/components/argocd/monitoring/dashboard";
import { environmentNames, type EnvironmentName } from "@gitops-platform/sandbox/paths";
import { rememberedPorts, type ArgocdPorts } from "@gitops-platform/sandbox/ports";
import {
  readMetrics,
  recordedMetrics,
  recordMetrics,
  type Metrics,
} from "@gitops-platform/test-support/argocd/metrics";
import supported from "../../supported.json";
import { usesOf } from "../components/argocd/monitoring/promql";
import { cluster, paths } from "./support/platform";

/** Where each process serves its metrics. The sandbox has no haproxy. */
const PORTS: Readonly<Record<string, keyof ArgocdPorts>> = {
  [JOBS.controller]: "controllerMetrics",
  [JOBS.server]: "serverMetrics",
  [JOBS.repoServer]: "repoServerMetrics",
  [JOBS.applicationSet]: "applicationSetMetrics",
  [JOBS.notifications]: "notificationsMetrics",
};

/** Revisions that no repository has: Argo CD does not find the branch, and cannot fetch the commit. */
const MISSING = { "no-branch": "refs/heads/no-such-branch", "no-commit": "0123456789abcdef0123456789abcdef01234567" };

describe("the metrics of Argo CD's processes", () => {
  let processes: Record<string, Metrics> = {};

  before(async () => {
    await requestWhatFails();
    for (const environment of environmentNames) {
      for (const [process, metrics] of Object.entries(await scrape(environment))) {
        processes = { ...processes, [process]: { ...processes[process], ...metrics } };
      }
    }
    if (process.env.UPDATE_GOLDEN === "1") recordMetrics({ version: supported.argocd, processes });
  });

  async function scrape(environment: EnvironmentName): Promise<Record<string, Metrics>> {
    const { argocd } = (await rememberedPorts(paths)).environments[environment];
    const answers = Object.entries(PORTS).map(async ([process, port]) => {
      const response = await fetch(`http://127.0.0.1:${argocd[port]}/metrics`);
      assert.equal(response.status, 200, process);
      return [process, readMetrics(await response.text())] as const;
    });
    return Object.fromEntries(await Promise.all(answers));
  }

  /** A process exposes a counter of failures from the first failure on. */
  async function requestWhatFails(): Promise<void> {
    const client = cluster("dev");
    const api = await client.get({ ...application("api") });
    const { project, source, destination } = (api as KubernetesObject & { spec: Spec }).spec;
    try {
      for (const [name, targetRevision] of Object.entries(MISSING)) {
        const spec = {
          project,
          source: { repoURL: source.repoURL, path: "charts/service", targetRevision },
          destination,
        };
        const { apiVersion, kind, namespace } = application(name);
        await client.apply({ apiVersion, kind, metadata: { name, namespace }, spec }, { fieldManager: "test" });
      }
      await until("failed requests to Git", async () => {
        const metrics = (await scrape("dev"))[JOBS.repoServer] ?? {};
        const missing = ["argocd_git_lsremote_fail_total", "argocd_git_fetch_fail_total"].filter(
          (name) => !(name in metrics),
        );
        return missing.length === 0 ? { done: true } : { waitingFor: missing.join(", ") };
      });
    } finally {
      for (const name of Object.keys(MISSING)) await client.delete(application(name));
    }
  }

  it("have the types and labels that are recorded", () => {
    const recorded = recordedMetrics();
    assert.equal(recorded.version, supported.argocd);
    assert.deepEqual(Object.keys(recorded.processes).sort(), Object.keys(PORTS).sort());
    for (const [process, metrics] of Object.entries(recorded.processes)) {
      // What else happened decides which of the others are there.
      for (const [name, metric] of Object.entries(processes[process] ?? {}).filter(([name]) => name in metrics)) {
        assert.deepEqual(metrics[name], metric, `${process}: ${name}`);
      }
    }
  });

  it("include every one that an alert or the dashboard uses", () => {
    const alerts = environmentPolicies.flatMap((policy) => metricsAlerts(policy, Object.values(JOBS)));
    const panels = dashboard("dev").panels.flatMap(({ targets }) => targets);
    const uses = [...alerts, ...panels].flatMap(({ expr }) => usesOf(expr));
    assert.ok(uses.length > 0);
    assert.deepEqual(
      uses.filter(({ process, metric }) => !(metric in (processes[process] ?? {}))),
      [],
    );
  });
});

interface Spec {
  readonly project: string;
  readonly source: { readonly repoURL: string };
  readonly destination: object;
}

const environmentPolicies = [
  { sync: "auto", drift: "heal" },
  { sync: "manual", drift: "alert" },
] as const;

function application(name: string) {
  return { apiVersion: "argoproj.io/v1alpha1", kind: "Application", namespace: "argocd", name } as const;
}
