import assert from "node:assert/strict";
import { checkPatches, PATCH_VARIABLES, patched } from "@gitops-platform/components/argocd/patches";
import type { Manifest } from "@gitops-platform/components/kubernetes-object";
import { formatProblem } from "@gitops-platform/contract/problems";
import { TUNED_VARIABLES } from "@gitops-platform/policy/argocd-release";
import type { Patch } from "@gitops-platform/environments/settings/argocd-tuning";

const repoServer = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "argocd-repo-server", labels: { kept: "yes" } },
  spec: {
    selector: { matchLabels: { "app.kubernetes.io/name": "argocd-repo-server" } },
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
              { name: "GOGC", valueFrom: { configMapKeyRef: { name: "x", key: "y" } } },
            ],
            ports: [{ containerPort: 8081 }, { containerPort: 8084 }],
            livenessProbe: { httpGet: { port: 8084 }, failureThreshold: 3 },
          },
        ],
        nodeSelector: { "kubernetes.io/os": "linux", zone: "a" },
        tolerations: [{ key: "old" }],
      },
    },
  },
};
const service = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "argocd-repo-server" },
  spec: { ports: [], selector: { tier: "x" } },
};
const objects: readonly Manifest[] = [repoServer, service];
const patch = (
  fields: Record<string, unknown>,
  kind: Patch["kind"] = "Deployment",
  name = "argocd-repo-server",
): Patch => ({
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

  it("find containers and variables by their names, and keep the others and their order", () => {
    const container = {
      name: "argocd-repo-server",
      env: [
        { name: "B", value: "3" },
        { name: "C", value: "4" },
      ],
    };
    assert.deepEqual(podOf(pod({ containers: [container] }))?.containers, [
      { name: "first", image: "one" },
      {
        ...repoServer.spec.template.spec.containers[1],
        env: [
          { name: "A", value: "1" },
          { name: "B", value: "3" },
          { name: "GOGC", valueFrom: { configMapKeyRef: { name: "x", key: "y" } } },
          { name: "C", value: "4" },
        ],
      },
    ]);
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
      patch({ metadata: { annotations: { a: "b" } } }, "Service"),
    ]);
    assert.equal((found[0] as typeof repoServer).spec.template.spec.nodeSelector.zone, "c");
    assert.deepEqual(found[1], { ...service, metadata: { ...service.metadata, annotations: { a: "b" } } });
  });

  it("do not change their input", () => {
    const before = structuredClone(repoServer);
    podOf(pod({ containers: [{ name: "first", image: "two" }], tolerations: null }));
    assert.deepEqual(repoServer, before);
  });

  it("never make another object", () => {
    assert.throws(() => podOf(patch({ metadata: { name: "other" } })), /argocd-repo-server became .+ other$/);
  });

  it("may change what breaks no promise", () => {
    const container = {
      name: "argocd-repo-server",
      resources: { limits: { memory: "1Gi" } },
      livenessProbe: { failureThreshold: 5 },
      env: [{ name: "ARGOCD_EXEC_TIMEOUT", value: "3m" }],
    };
    const spec = { containers: [container], affinity: null, hostAliases: [], terminationGracePeriodSeconds: 60 };
    const metadata = { labels: { team: "platform", old: null }, annotations: { a: "b" } };
    const given = [patch({ metadata, spec: { template: { metadata, spec } } }), patch({ metadata }, "Service")];
    assert.deepEqual(checkPatches(given, objects), []);
    assert.equal(patched(objects, given).length, 2);
  });

  describe("are refused", () => {
    const inContainer = (fields: Record<string, unknown>) =>
      pod({ containers: [{ name: "argocd-repo-server", ...fields }] });
    const AT = ".patch.spec.template.spec.containers[0]";
    const cases: [what: string, patch: Patch, says: string][] = [
      [
        "if they match no object",
        patch({ spec: {} }, "Deployment", "argocd-repo-serve"),
        ': got {"kind":"Deployment","name":"argocd-repo-serve"}; expected a Deployment, StatefulSet or Service of ' +
          "this Argo CD. Did you mean Deployment argocd-repo-server?",
      ],
      [
        "for another kind",
        patch({ rules: [] }, "NetworkPolicy" as "Service", "argocd-default-deny"),
        ': got {"kind":"NetworkPolicy","name":"argocd-default-deny"}; expected a Deployment, StatefulSet or Service',
      ],
      [
        "if they change an object's identity",
        patch({ metadata: { name: "other" } }),
        ".patch.metadata.name: got a field; expected one of labels, annotations. Remove it: ",
      ],
      ["with metadata that is no map", patch({ metadata: "x" }), '.patch.metadata: got "x"; expected a map.'],
      ["without metadata", patch({ metadata: null }), ".patch.metadata: got null; expected a map."],
      ["with a directive", patch({ $patch: "replace" }), ".patch.$patch: got a field; expected one of metadata, spec."],
      [
        "with a directive in a value",
        pod({ affinity: { nodeAffinity: [{ $patch: "delete" }] } }),
        '.patch.spec.template.spec.affinity.nodeAffinity[0].$patch: got "delete"; expected no key that begins with $.',
      ],
      [
        "with a directive among annotations",
        patch({ metadata: { annotations: { $patch: "replace" } } }),
        '.patch.metadata.annotations.$patch: got "replace"; expected no key that begins with $.',
      ],
      [
        "if they change a label of a selector",
        patch({ spec: { template: { metadata: { labels: { "app.kubernetes.io/name": "argocd-server" } } } } }),
        '.patch.spec.template.metadata.labels["app.kubernetes.io/name"]: got "argocd-server"; expected no label that a',
      ],
      [
        "with labels that are no texts",
        patch({ metadata: { labels: { a: 1 } } }),
        '.patch.metadata.labels["a"]: got 1; expected a string, or null to remove it. Write it in quotes.',
      ],
      ["with another number of pods", patch({ spec: { replicas: 0 } }), ".patch.spec.replicas: got a field; expected"],
      [
        "with what a Service selects",
        patch({ spec: { selector: {} } }, "Service"),
        ".patch.spec: got a field; expected",
      ],
      ...["command", "args", "image", "envFrom", "volumeMounts", "securityContext", "ports", "constructor"].map(
        (field): [string, Patch, string] => [
          `with ${field} of a container`,
          inContainer({ [field]: ["x"] }),
          `${AT}.${field}: got a field; expected one of name, resources, env,`,
        ],
      ),
      ...["volumes", "serviceAccountName", "securityContext", "hostNetwork"].map((field): [string, Patch, string] => [
        `with ${field} of a pod`,
        pod({ [field]: "x" }),
        `.patch.spec.template.spec.${field}: got a field; expected one of affinity,`,
      ]),
      [
        "with another container",
        pod({ containers: [{ name: "other" }] }),
        `${AT}: got "other"; expected the name of a container that the object has. Use`,
      ],
      ["with containers that are no list", pod({ containers: "x" }), '.patch.spec.template.spec.containers: got "x"'],
      ["with a container that is no map", pod({ containers: [null] }), `${AT}: got null; expected the name of`],
      [
        "with a probe's action",
        inContainer({ livenessProbe: { exec: { command: ["x"] } } }),
        `${AT}.livenessProbe.exec: got a field; expected one of initialDelaySeconds,`,
      ],
      [
        "with a probe that the container does not have",
        inContainer({ startupProbe: { failureThreshold: 3 } }),
        `${AT}.startupProbe: got {"failureThreshold":3}; expected no such field, because the release has none.`,
      ],
      [
        "with another variable, and its value is not shown",
        inContainer({ env: [{ name: "ARGOCD_SERVER_DISABLE_AUTH", value: "true" }] }),
        `${AT}.env[0]: got "ARGOCD_SERVER_DISABLE_AUTH"; expected one of ARGOCD_EXEC_TIMEOUT,`,
      ],
      [
        "with a variable from a Secret",
        inContainer({ env: [{ name: "GOMAXPROCS", valueFrom: {} }] }),
        `${AT}.env[0]: got "GOMAXPROCS"; expected a variable with name and value only, both strings.`,
      ],
      [
        "with a variable that the release reads from a ConfigMap",
        inContainer({ env: [{ name: "GOGC", value: "50" }] }),
        `${AT}.env[0]: got "GOGC"; expected a variable that the release does not read from a ConfigMap.`,
      ],
      ["with variables that are no list", inContainer({ env: null }), `${AT}.env: got null; expected a list.`],
    ];
    for (const [what, given, says] of cases) {
      it(what, () => {
        const [problem = "", ...others] = checkPatches([pod({ hostAliases: [] }), given], objects).map(formatProblem);
        assert.deepEqual(others, []);
        assert.ok(problem.startsWith(`argocd.patches[1]${says}`), problem);
      });
    }
  });

  it("may set only variables that the policy pack knows", () => {
    assert.deepEqual(PATCH_VARIABLES, TUNED_VARIABLES.slice(0, PATCH_VARIABLES.length));
  });
});
