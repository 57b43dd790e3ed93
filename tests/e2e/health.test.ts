/** The health rule of an HPA, judged by Argo CD's own program. It needs the tools, but no cluster. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { stringify } from "yaml";
import { HEALTH_CHECKS } from "../../components/argocd/health";
import { paths } from "./support/platform";

interface Condition {
  type: string;
  status: "True" | "False";
  reason: string;
}

const ableToScale: Condition = { type: "AbleToScale", status: "True", reason: "ReadyForNewScale" };

const cases: [health: string, when: string, conditions: Condition[]][] = [
  ["Progressing", "nothing is known yet", []],
  ["Progressing", "it may scale but has not looked at CPU", [ableToScale]],
  [
    "Progressing",
    "new pods have no CPU figures yet",
    [ableToScale, { type: "ScalingActive", status: "False", reason: "FailedGetResourceMetric" }],
  ],
  [
    "Healthy",
    "it follows CPU use",
    [ableToScale, { type: "ScalingActive", status: "True", reason: "ValidMetricFound" }],
  ],
  [
    "Healthy",
    "it is switched off by zero replicas",
    [ableToScale, { type: "ScalingActive", status: "False", reason: "ScalingDisabled" }],
  ],
  ["Degraded", "its target is not there", [{ type: "AbleToScale", status: "False", reason: "FailedGetScale" }]],
  [
    "Degraded",
    "its settings are wrong",
    [ableToScale, { type: "ScalingActive", status: "False", reason: "InvalidMetricSourceType" }],
  ],
];

describe("the health of an HPA", () => {
  let folder = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "health-"));
  });
  after(() => rm(folder, { recursive: true }));

  for (const [health, when, conditions] of cases) {
    it(`is ${health} when ${when}`, async () => {
      const [configMap, object] = [join(folder, "argocd-cm.yaml"), join(folder, "hpa.yaml")];
      await writeFile(
        configMap,
        stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "argocd-cm" }, data: HEALTH_CHECKS }),
      );
      await writeFile(
        object,
        stringify({
          apiVersion: "autoscaling/v2",
          kind: "HorizontalPodAutoscaler",
          metadata: { name: "api", namespace: "api" },
          status: { conditions: conditions.map((condition) => ({ ...condition, message: condition.reason })) },
        }),
      );
      const { stdout } = await execa(
        join(paths.bin, "argocd"),
        ["admin", "settings", "resource-overrides", "health", object, "--argocd-cm-path", configMap],
        { env: { KUBECONFIG: paths.environments.dev.kubeconfig } },
      );
      assert.match(stdout, new RegExp(`^STATUS: ${health}$`, "m"));
    });
  }
});
