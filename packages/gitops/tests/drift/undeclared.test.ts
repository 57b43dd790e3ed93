import assert from "node:assert/strict";
import type { KubernetesObject } from "@gitops-platform/clients/kubernetes";
import { describeFinding } from "../../drift/finding";
import { identity, nameOf } from "../../drift/paths";
import { undeclaredObjects } from "../../drift/undeclared";
import { find, observed, undoing } from "./support";

const inApi = (object: KubernetesObject) => identity({ ...nameOf(object), namespace: "api" });

/** The findings in the clean namespace with some more objects. */
function look(...more: KubernetesObject[]): string[] {
  const { clean, declared } = observed();
  const replaced = new Set(more.map((object) => identity(nameOf(object))));
  const objects = clean.filter((object) => object.kind !== "Namespace" && !replaced.has(identity(nameOf(object))));
  const findings = undeclaredObjects({
    objects: [...objects, ...more],
    declared: new Set(declared.map(inApi)),
    platform: new Set(["/ResourceQuota/api/pods", "networking.k8s.io/NetworkPolicy/api/default-deny"]),
    whole: more,
    undoing,
  });
  return findings.map((finding) => `${finding.kind} ${describeFinding(finding).replace(/ at .* UTC$/, "")}`);
}

function made(apiVersion: string, kind: string, name: string, owner?: KubernetesObject): KubernetesObject {
  const ownerReferences = owner && [{ ...nameOf(owner), uid: owner.metadata.uid, controller: true }];
  const metadata = { name, namespace: "api", uid: `uid-of-${name}` };
  return { apiVersion, kind, metadata: { ...metadata, ...(ownerReferences && { ownerReferences }) } };
}

const told = (what: string) => [`undeclared-object ${what} is not in Git; who wrote it is not recorded`];

describe("undeclared objects", () => {
  it("are none if only Argo CD, the program and the cluster's controllers wrote objects", () => {
    assert.deepEqual(look(), []);
  });

  it("include what somebody created, with the client's name, but not what the cluster made for it", () => {
    const { edited } = observed();
    const more = edited.filter(({ metadata }) => metadata.name !== "api");
    assert.ok(more.some(({ kind }) => kind === "ReplicaSet"));
    assert.deepEqual(look(...more).sort(), [
      "undeclared-object ConfigMap api/stray is not in Git; written by kubectl-create",
      "undeclared-object Deployment api/miner is not in Git; written by kubectl-create",
    ]);
  });

  const deployment = () => find(observed().clean, "Deployment");
  const cases: [what: string, object: () => KubernetesObject, told: string[]][] = [
    [
      "a ConfigMap that names a Deployment as its owner",
      () => made("v1", "ConfigMap", "hidden", deployment()),
      told("ConfigMap api/hidden"),
    ],
    [
      "a Pod that names a Deployment as its owner",
      () => made("v1", "Pod", "hidden", deployment()),
      told("Pod api/hidden"),
    ],
    [
      "a Secret that names a ServiceAccount as its owner",
      () => made("v1", "Secret", "hidden", find(observed().clean, "ServiceAccount")),
      told("Secret api/hidden"),
    ],
    [
      "an EndpointSlice without an owner",
      () => made("discovery.k8s.io/v1", "EndpointSlice", "hijack"),
      told("EndpointSlice api/hijack"),
    ],
    [
      "Endpoints of another name than a Service's",
      () => made("v1", "Endpoints", "hijack"),
      told("Endpoints api/hijack"),
    ],
    ["a quota beside the platform's", () => made("v1", "ResourceQuota", "other"), told("ResourceQuota api/other")],
    [
      "an object whose owner is gone, which the garbage collector deletes",
      () => made("v1", "Pod", "left", made("apps/v1", "ReplicaSet", "gone")),
      [],
    ],
    [
      "an object with an owner that cannot be looked up",
      () => made("v1", "Secret", "hidden", made("v1", "Node", "node-1")),
      told("Secret api/hidden"),
    ],
    ["an Event, which expires", () => made("v1", "Event", "e"), []],
    ["a Lease, which expires", () => made("coordination.k8s.io/v1", "Lease", "l"), []],
    [
      "an object that is being deleted",
      () => ({
        ...made("v1", "ConfigMap", "c"),
        metadata: { name: "c", namespace: "api", deletionTimestamp: "2026-01-01T00:00:00Z" },
      }),
      [],
    ],
  ];
  for (const [what, object, expected] of cases) {
    it(`${expected.length > 0 ? "include" : "do not include"} ${what}`, () => {
      assert.deepEqual(look(object()), expected);
    });
  }

  it("include objects of an undeclared owner only if no controller would make them", () => {
    const owner = made("apps/v1", "Deployment", "miner");
    const hidden = made("v1", "Secret", "hidden", owner);
    const child = made("apps/v1", "ReplicaSet", "miner-1", owner);
    assert.deepEqual(look(owner, hidden, child), [...told("Deployment api/miner"), ...told("Secret api/hidden")]);
  });

  it("include objects that name each other as owners", () => {
    const [one, other] = [made("example.com/v1", "Thing", "one"), made("example.com/v1", "Thing", "other")];
    one.metadata.ownerReferences = [{ ...nameOf(other), uid: other.metadata.uid, controller: true }];
    other.metadata.ownerReferences = [{ ...nameOf(one), uid: one.metadata.uid, controller: true }];
    assert.equal(look(one, other).length, 1);
  });

  it("do not include what an operator made for a declared custom resource", () => {
    const { declared } = observed();
    const thing = made("example.com/v1", "Thing", "thing");
    const objects = [thing, made("v1", "Secret", "of-thing", thing)];
    const names = new Set([...declared, thing].map(inApi));
    assert.deepEqual(undeclaredObjects({ objects, declared: names, platform: new Set(), whole: [], undoing }), []);
  });

  it("do not include a declared StatefulSet's volume claims, by their names", () => {
    const spec = { volumeClaimTemplates: [{ metadata: { name: "data" } }] };
    const set = { ...made("apps/v1", "StatefulSet", "db"), spec };
    const claims = ["data-db-0", "data-db-x", "data-db-"].map((name) => made("v1", "PersistentVolumeClaim", name));
    const content = {
      objects: [set, ...claims],
      declared: new Set([inApi(set)]),
      platform: new Set<string>(),
      undoing,
    };
    assert.deepEqual(
      undeclaredObjects({ ...content, whole: [set] }).map(({ object }) => object.name),
      ["data-db-x", "data-db-"],
    );
  });
});

describe("an object that the cluster made", () => {
  it("is reported if somebody added a debug container to a pod", () => {
    const [told, ...more] = look(observed().debugged);
    assert.match(
      told ?? "",
      /^foreign-field Pod api\/api-\S+: spec\.ephemeralContainers\[name=debugger-\w+\] is .*; written by kubectl$/,
    );
    assert.deepEqual(more, []);
  });

  it("is reported if somebody edited the namespace's default service account", () => {
    const account = find(observed().clean, "ServiceAccount", "default");
    const fieldsV1 = { "f:imagePullSecrets": { ".": {}, 'k:{"name":"evil"}': {} } };
    account.metadata.managedFields = [{ manager: "kubectl-edit", operation: "Update", fieldsV1 }];
    assert.deepEqual(look(account), [
      "foreign-field ServiceAccount api/default: imagePullSecrets[name=evil] is not in Git; written by kubectl-edit",
    ]);
  });
});
