import assert from "node:assert/strict";
import { KubernetesObject, resourceName, resourceType } from "@gitops-platform/components/kubernetes-object";
import { construct } from "@gitops-platform/test-support/components";

describe("a Kubernetes object as a resource", () => {
  const types: [apiVersion: string, kind: string, type: string][] = [
    ["v1", "Secret", "kubernetes:core/v1:Secret"],
    ["apps/v1", "Deployment", "kubernetes:apps/v1:Deployment"],
    ["rbac.authorization.k8s.io/v1", "Role", "kubernetes:rbac.authorization.k8s.io/v1:Role"],
    ["argoproj.io/v1alpha1", "Application", "kubernetes:argoproj.io/v1alpha1:Application"],
  ];
  for (const [apiVersion, kind, type] of types) {
    it(`has the type ${type}`, () => {
      assert.equal(resourceType({ apiVersion, kind }), type);
    });
  }

  it("keeps a Secret's values secret in the cluster's response too", async () => {
    const named = (kind: string) => ({ apiVersion: "v1", kind, metadata: { name: "it" } });
    const { options } = await construct((opts) => [
      new KubernetesObject(named("Secret"), opts),
      new KubernetesObject(named("ConfigMap"), opts),
    ]);
    assert.deepEqual(options["secret-it"]?.additionalSecretOutputs, ["data", "stringData"]);
    assert.equal(options["configmap-it"]?.additionalSecretOutputs, undefined);
  });

  it("is named after its kind and name", () => {
    const manifest = { apiVersion: "apps/v1", kind: "StatefulSet", metadata: { name: "argocd-redis" } };
    assert.equal(resourceName(manifest), "statefulset-argocd-redis");
  });
});
