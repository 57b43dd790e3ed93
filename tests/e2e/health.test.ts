/** The health rules of HPAs and Deployments, evaluated by Argo CD's own program, and their effects in production. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { stringify } from "yaml";
import { HEALTH_CHECKS } from "@gitops-platform/components/argocd/health";
import { until } from "@gitops-platform/clients/until";
import type { Status } from "@gitops-platform/gitops/status/model";
import { alerted, alerts } from "./support/alerts";
import { cli } from "./support/people";
import { apiDeployment, cluster, emergency, paths } from "./support/platform";

interface Condition {
  type: string;
  status: "True" | "False";
  reason: string;
}

const ableToScale: Condition = { type: "AbleToScale", status: "True", reason: "ReadyForNewScale" };
const disabled: Condition = { type: "ScalingActive", status: "False", reason: "ScalingDisabled" };

const autoscalers: [health: string, when: string, conditions: Condition[], spec?: object][] = [
  ["Progressing", "it has no conditions yet", []],
  ["Progressing", "it can scale, but has not read the CPU usage yet", [ableToScale]],
  [
    "Progressing",
    "new pods report no CPU usage yet",
    [ableToScale, { type: "ScalingActive", status: "False", reason: "FailedGetResourceMetric" }],
  ],
  [
    "Healthy",
    "it scales by CPU usage",
    [ableToScale, { type: "ScalingActive", status: "True", reason: "ValidMetricFound" }],
  ],
  [
    "Degraded",
    "its target was scaled to zero although minReplicas is higher",
    [ableToScale, disabled],
    { minReplicas: 2 },
  ],
  ["Degraded", "its target was scaled to zero, and minReplicas is not set", [ableToScale, disabled]],
  ["Healthy", "its target was scaled to zero, which minReplicas permits", [ableToScale, disabled], { minReplicas: 0 }],
  ["Degraded", "its target does not exist", [{ type: "AbleToScale", status: "False", reason: "FailedGetScale" }]],
  [
    "Degraded",
    "its settings are invalid",
    [ableToScale, { type: "ScalingActive", status: "False", reason: "InvalidMetricSourceType" }],
  ],
];

const running = { observedGeneration: 1, replicas: 2, updatedReplicas: 2, availableReplicas: 2 };
const stopped = { observedGeneration: 1 };
const autoscaled = { "gitops-platform/replicas": "autoscaled" };

const deployments: [health: string, when: string, spec: object, status: object, annotations?: object][] = [
  ["Healthy", "all its pods are available", { replicas: 2 }, running, autoscaled],
  ["Degraded", "it was scaled to zero instead of by its autoscaler", { replicas: 0 }, stopped, autoscaled],
  ["Healthy", "it has no pods, as declared in Git", { replicas: 0 }, stopped],
  ["Degraded", "it is paused", { replicas: 2, paused: true }, running, autoscaled],
  ["Progressing", "new pods are not available yet", { replicas: 2 }, { ...running, availableReplicas: 1 }],
  [
    "Degraded",
    "new pods were not available in time",
    { replicas: 2 },
    { ...running, conditions: [{ type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded" }] },
  ],
];

describe("health according to Argo CD's program", () => {
  let folder = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "health-"));
  });
  after(() => rm(folder, { recursive: true }));

  async function healthOf(object: object): Promise<string | undefined> {
    const [configMap, file] = [join(folder, "argocd-cm.yaml"), join(folder, "object.yaml")];
    await writeFile(
      configMap,
      stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "argocd-cm" }, data: HEALTH_CHECKS }),
    );
    await writeFile(file, stringify(object));
    const { stdout } = await execa(
      join(paths.bin, "argocd"),
      ["admin", "settings", "resource-overrides", "health", file, "--argocd-cm-path", configMap],
      { env: { KUBECONFIG: paths.environments.dev.kubeconfig } },
    );
    return /^STATUS: (.*)$/m.exec(stdout)?.[1];
  }

  for (const [health, when, conditions, spec = {}] of autoscalers) {
    it(`of an HPA is ${health} if ${when}`, async () => {
      const object = {
        apiVersion: "autoscaling/v2",
        kind: "HorizontalPodAutoscaler",
        metadata: { name: "api", namespace: "api" },
        spec,
        status: { conditions: conditions.map((condition) => ({ ...condition, message: condition.reason })) },
      };
      assert.equal(await healthOf(object), health);
    });
  }

  for (const [health, when, spec, status, annotations = {}] of deployments) {
    it(`of a Deployment is ${health} if ${when}`, async () => {
      const metadata = { name: "api", namespace: "api", generation: 1, annotations };
      assert.equal(await healthOf({ apiVersion: "apps/v1", kind: "Deployment", metadata, spec, status }), health);
    });
  }
});

describe("a service in production that is stopped manually", () => {
  const api = { apiVersion: "argoproj.io/v1alpha1", kind: "Application", namespace: "argocd", name: "api" } as const;

  async function becomes(wanted: string): Promise<void> {
    await until(`api in prod is ${wanted}`, async () => {
      const application = await cluster("prod").get(api);
      const health = (application?.status as { health?: { status?: string } } | undefined)?.health?.status ?? "nothing";
      return health === wanted ? { done: true } : { waitingFor: health };
    });
  }

  it("is Degraded with an alert, and Healthy after it is scaled up again", async () => {
    await becomes("Healthy");
    const before = alerts().length;
    await emergency("prod", "-n", "api", "scale", "deployment", "api", "--replicas=0");
    await becomes("Degraded");
    await alerted("argocd/prod", /^prod\/api: .* is Degraded/, before);
    const kubeconfig = paths.environments.prod.kubeconfig;
    const { stdout } = await cli("developer", "status", "--env", "prod", "--json", "--cluster", `prod=${kubeconfig}`);
    const [prod] = (JSON.parse(stdout) as Status).services.find(({ name }) => name === "api")?.environments ?? [];
    assert.ok(prod?.runs.state === "known");
    assert.equal(prod.runs.value.health, "Degraded");

    // Nobody can silence it: the annotation that controls the health check is declared in Git, so a change is reverted.
    await emergency("prod", "-n", "api", "annotate", "deployment", "api", "--overwrite", IGNORED);
    await until("the health check is on again", async () => {
      const { metadata } = await apiDeployment("prod");
      const value = metadata.annotations?.["argocd.argoproj.io/ignore-healthcheck"];
      return value === "false" ? { done: true } : { waitingFor: value ?? "nothing" };
    });
    await emergency("prod", "-n", "api", "scale", "deployment", "api", "--replicas=2");
    await becomes("Healthy");
  });

  it("is Degraded with an alert while its Deployment is paused, and Healthy after it is resumed", async () => {
    await becomes("Healthy");
    const before = alerts().length;
    await emergency("prod", "-n", "api", "rollout", "pause", "deployment", "api");
    await becomes("Degraded");
    await alerted("argocd/prod", /^prod\/api: .* is Degraded/, before);
    await emergency("prod", "-n", "api", "rollout", "resume", "deployment", "api");
    await becomes("Healthy");
  });
});

const IGNORED = "argocd.argoproj.io/ignore-healthcheck=true";
