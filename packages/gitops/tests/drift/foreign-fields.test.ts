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
    it(`are none of a ${kind} that only Argo CD and the cluster's controllers wrote`, () => {
      assert.deepEqual(look(find(observed().clean, kind)), []);
    });
  }

  it("are what kubectl set, with who did it, when and how it is undone", () => {
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

  it("are not hidden by the name of Argo CD or of a controller", () => {
    assert.deepEqual(look(find(observed().forged, "Deployment")), [
      "metadata.labels.team by kube-controller-manager",
      "spec.template.spec.containers[name=api].env[name=DEBUG] by argocd-controller",
      "spec.template.spec.hostNetwork by argocd-controller",
    ]);
  });

  it("name who wrote them last, and Argo CD only where nobody else did", () => {
    const live = find(observed().edited, "Deployment");
    const fieldsV1 = { "f:metadata": { "f:labels": { "f:team": {} } } };
    const later = { operation: "Update", fieldsV1, time: "2030-01-01T00:00:00Z" };
    const entries = live.metadata.managedFields as object[];
    entries.push({ ...later, manager: "argocd-controller" });
    assert.ok(look(live).includes("metadata.labels.team by kubectl-label"));
    entries.push({ ...later, manager: "other" });
    assert.ok(look(live).includes("metadata.labels.team by other"));
  });

  it("are undone by a command that a shell takes as it is, whatever was written", () => {
    const seen = observed();
    const live = find(seen.clean, "Deployment");
    Object.assign((live.spec as { template: { spec: object } }).template.spec, { hostname: "it's $(x)" });
    const [found] = foreignFields(live, [find(seen.declared, "Deployment")], surroundings(seen));
    assert.ok(found?.undo.includes(`"value":"it'\\''s $(x)"}`), found?.undo);
  });

  it("are not hidden by clearing the record of who wrote what", () => {
    const service = find(observed().forged, "Service");
    assert.equal(service.metadata.managedFields, undefined);
    assert.deepEqual(look(service), ["spec.publishNotReadyAddresses by null"]);
  });

  it("are none that Git declares too: where these differ, Argo CD shows it", () => {
    const live = find(observed().edited, "Deployment");
    const declared = structuredClone(live) as KubernetesObject & { spec: { template: { spec: object } } };
    Object.assign(declared.spec.template.spec, { tolerations: [{ operator: "Equal" }] });
    assert.deepEqual(look(live, declared), []);
  });

  it("are none that one of two states of Git declares: one may be on its way to the other", () => {
    const seen = observed();
    const live = find(seen.edited, "Deployment");
    assert.deepEqual(look(live, find(seen.declared, "Deployment"), live), []);
  });

  describe("known to the cluster", () => {
    const deployment = () => find(observed().clean, "Deployment") as KubernetesObject & { spec: { replicas: number } };
    const annotated = (key: string, value: string) => {
      const live = deployment();
      live.metadata.annotations = { ...live.metadata.annotations, [key]: value };
      return live;
    };

    it("is a number of replicas between an autoscaler's, and no other", () => {
      const at = (replicas: number) => look({ ...deployment(), spec: { ...deployment().spec, replicas } });
      for (const replicas of [3, 10]) assert.deepEqual(at(replicas), []);
      for (const replicas of [0, 2, 11]) assert.deepEqual(at(replicas), ["spec.replicas by kube-controller-manager"]);
    });

    it("is a revision that is a number, and Argo CD's mark of this very object", () => {
      assert.deepEqual(look(annotated("deployment.kubernetes.io/revision", "12")), []);
      assert.equal(look(annotated("deployment.kubernetes.io/revision", "evil")).length, 1);
      assert.equal(look(annotated("argocd.argoproj.io/tracking-id", "other:apps/Deployment:api/api")).length, 1);
    });

    it("is the time of a restart by Argo CD, and of no other restart", () => {
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

    it("is an empty object or list: it says what its absence says", () => {
      const live = deployment();
      const { spec } = (live.spec as unknown as { template: { spec: object } }).template;
      Object.assign(spec, { nodeSelector: {}, hostAliases: [], volumesAttached: null });
      assert.deepEqual(look(live), []);
    });

    it("is a default by its value, and no other value in its place", () => {
      const live = deployment();
      const { spec } = (live.spec as unknown as { template: { spec: Record<string, unknown> } }).template;
      Object.assign(spec, { dnsPolicy: "Default", schedulerName: "evil" });
      assert.deepEqual(look(live), [
        "spec.template.spec.dnsPolicy by null",
        "spec.template.spec.schedulerName by null",
      ]);
    });

    it("is what nobody holds, of a kind whose defaults are not known", () => {
      const live = { apiVersion: "example.com/v1", kind: "Thing", metadata: { name: "t" }, spec: { a: 1, b: 2 } };
      assert.deepEqual(look(live, { ...live, spec: { a: 1 } }), []);
    });
  });
});

describe("where Git cannot be asked", () => {
  const look = (live: KubernetesObject) => {
    return told(foreignFields(live, [appliedFields(live)], surroundings(observed())));
  };

  it("the fields that Argo CD applied stand for what is declared", () => {
    const { clean, edited } = observed();
    for (const kind of KINDS) assert.deepEqual(look(find(clean, kind)), []);
    assert.deepEqual(look(find(edited, "Deployment")), EDITS);
  });

  it("its name on an update is no declaration, where it has applied", () => {
    assert.ok(look(find(observed().forged, "Deployment")).some((each) => each.includes("env[name=DEBUG]")));
  });
});

describe("an object of which only the metadata is read", () => {
  it("tells by its record who wrote what", () => {
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
