import assert from "node:assert/strict";
import { checkPatches, patched } from "@gitops-platform/components/argocd/patches";
import type { Manifest } from "@gitops-platform/components/kubernetes-object";
import { formatProblem } from "@gitops-platform/contract/problems";
import type { Patch } from "@gitops-platform/environments/settings/argocd-tuning";

const repoServer = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "argocd-repo-server", labels: { kept: "yes" } },
  spec: {
    template: {
      spec: {
        containers: [
          { name: "first", image: "one" },
          {
            name: "argocd-repo-server",
            args: ["a", "b"],
            env: [
              { name: "A", value: "1" },
              { name: "B", value: "2" },
            ],
            ports: [{ containerPort: 8081 }, { containerPort: 8084 }],
          },
        ],
        nodeSelector: { "kubernetes.io/os": "linux", zone: "a" },
        tolerations: [{ key: "old" }],
      },
    },
  },
};
const service = { apiVersion: "v1", kind: "Service", metadata: { name: "argocd-repo-server" }, spec: { ports: [] } };
const objects: readonly Manifest[] = [repoServer, service];
const patch = (fields: Record<string, unknown>, kind = "Deployment", name = "argocd-repo-server"): Patch => ({
  kind,
  name,
  patch: fields,
});
const pod = (fields: Record<string, unknown>) => patch({ spec: { template: { spec: fields } } });

describe("patches of Argo CD's objects", () => {
  const podOf = (...patches: Patch[]) => patched([repoServer], patches)[0]?.spec.template.spec;

  it("merge maps, and remove a field with null", () => {
    assert.deepEqual(podOf(pod({ nodeSelector: { zone: null, disk: "ssd" } }))?.nodeSelector, {
      "kubernetes.io/os": "linux",
      disk: "ssd",
    });
  });

  it("find containers, variables and ports by their keys, and keep the others and their order", () => {
    const container = {
      name: "argocd-repo-server",
      env: [
        { name: "B", value: "3" },
        { name: "C", value: "4" },
      ],
      ports: [{ containerPort: 8084, name: "metrics" }],
    };
    assert.deepEqual(podOf(pod({ containers: [container] }))?.containers, [
      { name: "first", image: "one" },
      {
        name: "argocd-repo-server",
        args: ["a", "b"],
        env: [
          { name: "A", value: "1" },
          { name: "B", value: "3" },
          { name: "C", value: "4" },
        ],
        ports: [{ containerPort: 8081 }, { containerPort: 8084, name: "metrics" }],
      },
    ]);
  });

  it("remove an item with $patch: delete, and replace a map with $patch: replace", () => {
    const found = podOf(
      pod({ containers: [{ name: "first", $patch: "delete" }], nodeSelector: { $patch: "replace", disk: "ssd" } }),
    );
    assert.deepEqual(
      found?.containers.map(({ name }) => name),
      ["argocd-repo-server"],
    );
    assert.deepEqual(found.nodeSelector, { disk: "ssd" });
  });

  it("replace lists without a key, as Kubernetes does", () => {
    const found = podOf(
      pod({ tolerations: [{ key: "new" }], containers: [{ name: "argocd-repo-server", args: ["c"] }] }),
    );
    assert.deepEqual(found?.tolerations, [{ key: "new" }]);
    assert.deepEqual(found.containers[1]?.args, ["c"]);
  });

  it("apply in their order, and to their own object only", () => {
    const found = patched(objects, [
      pod({ nodeSelector: { zone: "b" } }),
      pod({ nodeSelector: { zone: "c" } }),
      patch({ spec: { type: "ClusterIP" } }, "Service"),
    ]);
    assert.equal((found[0] as typeof repoServer).spec.template.spec.nodeSelector.zone, "c");
    assert.deepEqual(found[1], { ...service, spec: { ports: [], type: "ClusterIP" } });
  });

  it("do not change their input", () => {
    const before = structuredClone(repoServer);
    podOf(pod({ containers: [{ name: "first", image: "two" }], tolerations: null }));
    assert.deepEqual(repoServer, before);
  });

  describe("are refused", () => {
    const cases: [what: string, patch: Patch, says: string][] = [
      [
        "if they match no object",
        patch({ spec: {} }, "Deployment", "argocd-repo-serve"),
        'got {"kind":"Deployment","name":"argocd-repo-serve"}; expected an object of this Argo CD. ' +
          "Did you mean Deployment argocd-repo-server?",
      ],
      [
        "if they change an object's identity",
        patch({ metadata: { name: "other" } }),
        'got {"metadata":{"name":"other"}}; expected a patch that keeps apiVersion, kind, name and namespace. ' +
          "Remove them from patch: they would make it another object.",
      ],
      [
        "if they set an entry without its checks",
        patch({ data: { "exec.enabled": "true" } }, "ConfigMap", "argocd-cm"),
        "got a patch of data (exec.enabled); expected an entry. " +
          "Use argocd.settings, argocd.parameters, argocd.rbac or argocd.certificates, which are checked.",
      ],
      [
        "if they change a Secret",
        patch({ stringData: { a: "b" } }, "Secret", "argocd-secret"),
        "got a patch of a Secret; expected none. " +
          "The value would be readable in the stack's file: use the settings for secrets.",
      ],
    ];
    const all = [
      ...objects,
      { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "argocd-cm" } },
      { apiVersion: "v1", kind: "Secret", metadata: { name: "argocd-secret" } },
    ];
    for (const [what, given, says] of cases) {
      it(what, () => {
        const problems = checkPatches([pod({ hostAliases: [] }), given], all);
        assert.deepEqual(problems.map(formatProblem), [`argocd.patches[1]: ${says}`]);
      });
    }
  });
});
