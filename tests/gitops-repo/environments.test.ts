import assert from "node:assert/strict";
import { RULES_PATH } from "@gitops-platform/contract/paths";
import { parseRules } from "@gitops-platform/rules/rules";
import { mirrorDifferences } from "@gitops-platform/rules/mirror";
import { complaints, ENVIRONMENTS, read, valuesOf } from "./support";

describe("the first values of the API service", () => {
  it("are the expected ones in production, and nothing else", () => {
    assert.deepEqual(valuesOf("prod"), {
      replicaCount: 3,
      image: { repository: "ghcr.io/vaarak/api", tag: "sha-a1b2c3d" },
      resources: { requests: { cpu: "250m", memory: "256Mi" }, limits: { cpu: "1000m", memory: "512Mi" } },
      autoscaling: { enabled: true, minReplicas: 3, maxReplicas: 10, targetCPUUtilization: 70 },
    });
  });

  it("are the same in staging as in production, with lower limits", () => {
    const [staging, production] = [valuesOf("staging"), valuesOf("prod")];
    assert.deepEqual(mirrorDifferences(staging, production, parseRules(read(RULES_PATH)).rules.staging), []);
    assert.deepEqual(staging, {
      ...production,
      resources: { requests: { cpu: "250m", memory: "256Mi" }, limits: { cpu: "500m", memory: "384Mi" } },
    });
  });

  it("are one small pod without autoscaling in dev", () => {
    const { replicaCount, autoscaling } = valuesOf("dev");
    assert.deepEqual({ replicaCount, autoscaling }, { replicaCount: 1, autoscaling: { enabled: false } });
  });

  for (const environment of ENVIRONMENTS) {
    it(`pass the chart's schema in ${environment}`, () => {
      assert.deepEqual(complaints(valuesOf(environment)), []);
    });

    it(`have one line for the tag in ${environment}, with the comment about CI`, () => {
      const lines = read(`environments/${environment}/api.yaml`).match(/^ +tag:.*$/gm);
      assert.deepEqual(lines, ['  tag: "sha-a1b2c3d" # Updated by CI pipeline']);
    });
  }
});
