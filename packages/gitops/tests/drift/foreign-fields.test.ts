import assert from "node:assert/strict";
import type { KubernetesObject } from "@gitops-platform/clients/kubernetes";
import type { Finding } from "../../drift/finding";
import { appliedFields, foreignFields, foreignFieldsByRecord } from "../../drift/foreign-fields";
import { find, observed, surroundings, undoing } from "./support";

const KINDS = ["Deployment", "Service", "ServiceAccount", "HorizontalPodAutoscaler", "NetworkPolicy"] as const;

/** Each finding as `path by manager`. */
function told(findings: readonly Finding[]): string[] {
  return findings.map((finding) => {
    assert.ok(finding.kind === "foreign-field");
    return `${finding.path} by ${String(finding.manager)}`;
  });
}

function look(live: KubernetesObject, ...declared: KubernetesObject[]): string[] {
  const seen = observed();
  const expected = declared.length > 0 ? declared : [find(seen.declared, live.kind)];
  return told(foreignFields(live, expected, surroundings(seen)));
}

const EDITS = [
  'metadata.labels["e.vil/x"] by kubectl-label',
  "metadata.labels.team by kubectl-label",
  "spec.template.spec.containers[name=api].command by kubectl-patch",
  "spec.template.spec.containers[name=api].env[name=DEBUG] by kubectl-set",
  "spec.template.spec.tolerations by kubectl-patch",
];

describe("the foreign fields of an object", () => {
  for (const kind of [...KINDS, "PodDisruptionBudget"]) {
    it(`are none in a ${kind} that only Argo CD and the cluster's controllers wrote`, () => {
      assert.deepEqual(look(find(observed().clean, kind)), []);
    });
  }

  it("are those that kubectl set, with the manager, the time and the undo", () => {
    const seen = observed();
    const live = find(seen.edited, "Deployment");
    assert.deepEqual(look(live), EDITS);
    const all = foreignFields(live, [find(seen.declared, "Deployment")], surroundings(seen));
    const env = all.find((each) => each.manager === "kubectl-set");
    assert.deepEqual([env?.operation, env?.at], ["Update", "2026-11-27T11:18:35.000Z"]);
    const patch =
      '[{"op":"test","path":"/spec/template/spec/containers/0/env/0/name","value":"DEBUG"},' +
      '{"op":"remove","path":"/spec/template/spec/containers/0/env/0"}]';
    assert.equal(env?.undo, `kubectl patch -n api deployment.apps/api --type=json -p '${patch}'`);
    assert.equal(all[0]?.undo, "kubectl label -n api deployment.apps/api e.vil/x-");
  });

  it("are found even with the field manager of Argo CD or of a controller", () => {
    assert.deepEqual(look(find(observed().forged, "Deployment")), [
      "metadata.labels.team by kube-controller-manager",
      "spec.template.spec.containers[name=api].env[name=DEBUG] by argocd-controller",
      "spec.template.spec.hostNetwork by argocd-controller",
    ]);
  });

  it("name the last writer, and Argo CD only if nobody else wrote them", () => {
    const live = find(observed().edited, "Deployment");
    const fieldsV1 = { "f:metadata": { "f:labels": { "f:team": {} } } };
    const later = { operation: "Update", fieldsV1, time: "2030-01-01T00:00:00Z" };
    const entries = live.metadata.managedFields as object[];
    entries.push({ ...later, manager: "argocd-controller" });
    assert.ok(look(live).includes("metadata.labels.team by kubectl-label"));
    entries.push({ ...later, manager: "other" });
    assert.ok(look(live).includes("metadata.labels.team by other"));
  });

  it("have an undo that is quoted for the shell", () => {
    const seen = observed();
    const live = find(seen.clean, "Deployment");
    Object.assign((live.spec as { template: { spec: object } }).template.spec, { hostname: "it's $(x)" });
    const [found] = foreignFields(live, [find(seen.declared, "Deployment")], surroundings(seen));
    assert.ok(found?.undo.includes(`"value":"it'\\''s $(x)"}`), found?.undo);
  });

  it("are found even if the managed fields were cleared", () => {
    const service = find(observed().forged, "Service");
    assert.equal(service.metadata.managedFields, undefined);
    assert.deepEqual(look(service), ["spec.publishNotReadyAddresses by null"]);
  });

  it("do not include fields that Git declares, whose differences Argo CD shows", () => {
    const live = find(observed().edited, "Deployment");
    const declared = structuredClone(live) as KubernetesObject & { spec: { template: { spec: object } } };
    Object.assign(declared.spec.template.spec, { tolerations: [{ operator: "Equal" }] });
    assert.deepEqual(look(live, declared), []);
  });

  it("do not include fields in one of two states of Git, because a sync may be in progress", () => {
    const seen = observed();
    const live = find(seen.edited, "Deployment");
    assert.deepEqual(look(live, find(seen.declared, "Deployment"), live), []);
  });

  describe("exclude", () => {
    const deployment = () => find(observed().clean, "Deployment") as KubernetesObject & { spec: { replicas: number } };
    const annotated = (key: string, value: string) => {
      const live = deployment();
      live.metadata.annotations = { ...live.metadata.annotations, [key]: value };
      return live;
    };

    it("a number of replicas in the autoscaler's range, and no other", () => {
      const at = (replicas: number) => look({ ...deployment(), spec: { ...deployment().spec, replicas } });
      for (const replicas of [3, 10]) assert.deepEqual(at(replicas), []);
      for (const replicas of [0, 2, 11]) assert.deepEqual(at(replicas), ["spec.replicas by kube-controller-manager"]);
    });

    it("a numeric revision, and Argo CD's tracking id of this object", () => {
      assert.deepEqual(look(annotated("deployment.kubernetes.io/revision", "12")), []);
      assert.equal(look(annotated("deployment.kubernetes.io/revision", "evil")).length, 1);
      assert.equal(look(annotated("argocd.argoproj.io/tracking-id", "other:apps/Deployment:api/api")).length, 1);
    });

    it("the time of a restart by Argo CD, and of no other restart", () => {
      const restarted = (manager: string, value: string) => {
        const live = deployment();
        const key = "kubectl.kubernetes.io/restartedAt";
        const template = (live.spec as unknown as { template: { metadata: KubernetesObject["metadata"] } }).template;
        template.metadata.annotations = { [key]: value };
        const fieldsV1 = { "f:spec": { "f:template": { "f:metadata": { "f:annotations": { [`f:${key}`]: {} } } } } };
        (live.metadata.managedFields as object[]).push({ manager, operation: "Update", fieldsV1 });
        return look(live);
      };
      assert.deepEqual(restarted("argocd-server", "2026-11-27T11:15:39Z"), []);
      assert.equal(restarted("argocd-server", "evil").length, 1);
      assert.equal(restarted("kubectl-rollout", "2026-11-27T11:15:39Z").length, 1);
    });

    it("an empty object or list, which means the same as a missing one", () => {
      const live = deployment();
      const { spec } = (live.spec as unknown as { template: { spec: object } }).template;
      Object.assign(spec, { nodeSelector: {}, hostAliases: [], volumesAttached: null });
      assert.deepEqual(look(live), []);
    });

    it("a default value, and no other value of that field", () => {
      const live = deployment();
      const { spec } = (live.spec as unknown as { template: { spec: Record<string, unknown> } }).template;
      Object.assign(spec, { dnsPolicy: "Default", schedulerName: "evil" });
      assert.deepEqual(look(live), [
        "spec.template.spec.dnsPolicy by null",
        "spec.template.spec.schedulerName by null",
      ]);
    });

    it("a field without a manager, in a kind with unknown defaults", () => {
      const live = { apiVersion: "example.com/v1", kind: "Thing", metadata: { name: "t" }, spec: { a: 1, b: 2 } };
      assert.deepEqual(look(live, { ...live, spec: { a: 1 } }), []);
    });
  });
});

describe("foreign fields if Git cannot be read", () => {
  const look = (live: KubernetesObject) => {
    return told(foreignFields(live, [appliedFields(live)], surroundings(observed())));
  };

  it("are compared with the fields that Argo CD applied", () => {
    const { clean, edited } = observed();
    for (const kind of KINDS) assert.deepEqual(look(find(clean, kind)), []);
    assert.deepEqual(look(find(edited, "Deployment")), EDITS);
  });

  it("are not hidden by an update in Argo CD's name", () => {
    assert.ok(look(find(observed().forged, "Deployment")).some((each) => each.includes("env[name=DEBUG]")));
  });
});

describe("foreign fields of an object whose metadata alone is read", () => {
  it("come from its managed fields", () => {
    const { metadata } = find(observed().edited, "Deployment");
    const secret = { apiVersion: "v1", kind: "Secret", metadata };
    assert.deepEqual(told(foreignFieldsByRecord(secret, undoing)), [
      'metadata.labels["e.vil/x"] by kubectl-label',
      "metadata.labels.team by kubectl-label",
      "spec.template.spec.containers[name=api].command by kubectl-patch",
      "spec.template.spec.tolerations by kubectl-patch",
      "spec.template.spec.containers[name=api].env[name=DEBUG] by kubectl-set",
    ]);
  });
});
