/**
 * Facts about the manifests that the chart renders. These tests read the golden files and need no Helm.
 * tests/integration/chart.test.ts tests that Helm renders exactly these files.
 */
import assert from "node:assert/strict";
import { ENVIRONMENTS, golden, valuesOf, type Manifest } from "./support";

interface PodSpec {
  automountServiceAccountToken: boolean;
  serviceAccountName: string;
  securityContext: Record<string, unknown>;
  containers: { image: string; securityContext: unknown; resources: unknown; ports: { containerPort: number }[] }[];
}

function pods(deployment: Manifest | undefined): PodSpec {
  const { template } = deployment?.spec as { template: { spec: PodSpec } };
  return template.spec;
}

describe("the manifests of the API service", () => {
  for (const environment of ENVIRONMENTS) {
    describe(environment, () => {
      const manifests = golden(environment);
      const deployment = manifests.get("Deployment");

      it("are these kinds, all named after the release and without a namespace", () => {
        const kinds = ["Deployment", "NetworkPolicy", "PodDisruptionBudget", "Service", "ServiceAccount"];
        const expected = environment === "dev" ? kinds : kinds.toSpliced(1, 0, "HorizontalPodAutoscaler");
        assert.deepEqual([...manifests.keys()], expected);
        for (const { metadata } of manifests.values()) {
          assert.equal(metadata.name, "api");
          assert.equal(metadata.namespace, undefined);
          assert.equal(metadata.labels["app.kubernetes.io/instance"], "api");
        }
      });

      it("use the image and resources of the values", () => {
        const values = valuesOf(environment) as { resources: unknown };
        const [container] = pods(deployment).containers;
        assert.equal(container?.image, "ghcr.io/vaarak/api:sha-a1b2c3d");
        assert.deepEqual(container.resources, values.resources);
      });

      it("declare the annotations that reveal a service stopped by hand", () => {
        const annotations = (kind: string) => manifests.get(kind)?.metadata.annotations;
        const checked = { "argocd.argoproj.io/ignore-healthcheck": "false" };
        const isAutoscaled = manifests.has("HorizontalPodAutoscaler");
        const expected = { ...checked, ...(isAutoscaled && { "gitops-platform/replicas": "autoscaled" }) };
        assert.deepEqual(annotations("Deployment"), expected);
        assert.deepEqual(annotations("HorizontalPodAutoscaler"), isAutoscaled ? checked : undefined);
        // Whether Git or an autoscaler sets the number of pods.
        assert.equal("replicas" in (deployment?.spec ?? {}), !isAutoscaled);
      });

      it("comply with the restricted Pod Security standard, with a read-only root file system", () => {
        const { securityContext, automountServiceAccountToken, containers } = pods(deployment);
        assert.deepEqual(securityContext, {
          runAsNonRoot: true,
          runAsUser: 65532,
          runAsGroup: 65532,
          fsGroup: 65532,
          seccompProfile: { type: "RuntimeDefault" },
        });
        assert.equal(automountServiceAccountToken, false);
        assert.deepEqual(containers[0]?.securityContext, {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        });
      });

      it("update without removing a pod first, and never block the drain of a single pod", () => {
        assert.deepEqual(deployment?.spec.strategy, {
          type: "RollingUpdate",
          rollingUpdate: { maxUnavailable: 0, maxSurge: "25%" },
        });
        const { maxUnavailable, minAvailable } = manifests.get("PodDisruptionBudget")?.spec ?? {};
        assert.deepEqual([maxUnavailable, minAvailable], [1, undefined]);
      });

      it("permit ingress to the container port, and egress to DNS only", () => {
        const policy = manifests.get("NetworkPolicy")?.spec as {
          policyTypes: string[];
          ingress: unknown;
          egress: { ports: unknown }[];
        };
        assert.deepEqual(policy.policyTypes, ["Ingress", "Egress"]);
        assert.deepEqual(policy.ingress, [{ ports: [{ port: 8080, protocol: "TCP" }] }]);
        assert.deepEqual(
          policy.egress.map(({ ports }) => ports),
          [
            [
              { port: 53, protocol: "UDP" },
              { port: 53, protocol: "TCP" },
            ],
          ],
        );
        assert.equal(pods(deployment).containers[0]?.ports[0]?.containerPort, 8080);
      });
    });
  }

  it("leave the number of pods to the autoscaler if there is one, and otherwise to Git", () => {
    const replicas = ENVIRONMENTS.map((environment) => golden(environment).get("Deployment")?.spec.replicas);
    assert.deepEqual(replicas, [1, undefined, undefined]);
  });

  it("scale production from 3 to 10 pods at 70 % CPU", () => {
    assert.deepEqual(golden("prod").get("HorizontalPodAutoscaler")?.spec, {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "api" },
      minReplicas: 3,
      maxReplicas: 10,
      metrics: [
        { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 70 } } },
      ],
    });
  });
});
