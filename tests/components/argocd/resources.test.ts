import assert from "node:assert/strict";
import { withResources, type Pod } from "@gitops-platform/components/argocd/resources";

describe("the resources of Argo CD's containers", () => {
  it("are set for each container by its name, and for init containers", () => {
    const pod = withResources<Pod>({
      containers: [{ name: "argocd-repo-server" }, { name: "sidecar" }],
      initContainers: [{ name: "copyutil" }],
    });
    assert.deepEqual(pod.containers, [
      {
        name: "argocd-repo-server",
        resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { memory: "2Gi" } },
      },
      { name: "sidecar", resources: { requests: { cpu: "10m", memory: "64Mi" }, limits: { memory: "256Mi" } } },
    ]);
    assert.deepEqual(pod.initContainers?.[0]?.resources?.requests, { cpu: "10m", memory: "64Mi" });
  });

  it("do not override upstream's own values, and leave the rest of the pod unchanged", () => {
    const own = { requests: { cpu: "1" }, limits: { memory: "1Gi" } };
    const pod = withResources({ containers: [{ name: "redis", resources: own }], serviceAccountName: "redis" });
    assert.deepEqual(pod, { containers: [{ name: "redis", resources: own }], serviceAccountName: "redis" });
  });
});
