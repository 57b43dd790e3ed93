import assert from "node:assert/strict";
import type { KubernetesObject } from "@gitops-platform/clients/kubernetes";
import { foreignFields, foreignFieldsByRecord } from "../../drift/foreign-fields";
import { nameOf, placeOf } from "../../drift/paths";
import { platformFields, skippedReconciles } from "../../drift/platform";
import { undeclaredObjects } from "../../drift/undeclared";
import { Undoing } from "../../drift/undo";
import { find, observed, surroundings, undoing } from "./support";

const denied = new Undoing({ name: "prod", guard: "deny" });
const FLAGS = " --as=<you> --as-group=gitops-platform:break-glass";

describe("the undo of a change of replicas", () => {
  /** The findings for a Deployment whose replicas Git leaves to an autoscaler, from 3 to 10 pods. */
  const undo = (replicas: number, { autoscaled = true } = {}) => {
    const seen = observed();
    const live = find(seen.clean, "Deployment") as KubernetesObject & { spec: object };
    const scaled = { ...live, spec: { ...live.spec, replicas } };
    const around = { ...surroundings(seen), ...(!autoscaled && { autoscalers: [] }) };
    return foreignFields(scaled, [find(seen.declared, "Deployment")], around);
  };

  it("sets the nearest number in the autoscaler's range", () => {
    for (const [live, wanted] of [
      [0, 3],
      [2, 3],
      [11, 10],
    ] as const) {
      const [finding, ...more] = undo(live);
      const command = `kubectl scale -n api deployment.apps/api --current-replicas=${live} --replicas=${wanted}`;
      assert.equal(finding?.undo, command);
      assert.match(finding.notes.join(" "), /Git leaves the number to the autoscaler/);
      assert.deepEqual(more, []);
    }
  });

  it("has a placeholder for the number if there is no autoscaler", () => {
    const [finding] = undo(5, { autoscaled: false });
    const command = "kubectl scale -n api deployment.apps/api --current-replicas=5 --replicas=<number>";
    assert.equal(finding?.undo, command);
    assert.match(finding.notes.join(" "), /fill in how many pods are needed/);
  });

  it("is not needed in the autoscaler's range, no matter who wrote the number", () => {
    const seen = observed();
    const live = find(seen.clean, "Deployment") as KubernetesObject & { spec: object };
    const scale = { manager: "kubectl", operation: "Update", subresource: "scale" };
    const fieldsV1 = { "f:spec": { "f:replicas": {} } };
    const metadata = { ...live.metadata, managedFields: [{ ...scale, fieldsV1 }] };
    const scaled = { ...live, metadata, spec: { ...live.spec, replicas: 5 } };
    assert.deepEqual(foreignFields(scaled, [find(seen.declared, "Deployment")], surroundings(seen)), []);
  });
});

describe("the undo if the guard denies edits", () => {
  const stray = () => find(observed().edited, "ConfigMap", "stray");
  const strayed = (object: KubernetesObject, by: Undoing) => {
    return undeclaredObjects({
      objects: [object],
      declared: new Set(),
      platform: new Set(),
      whole: [],
      undoing: by,
    })[0];
  };

  it("uses the break-glass group, and names the settings that require it", () => {
    const finding = strayed(stray(), denied);
    assert.equal(finding?.undo, `kubectl delete -n api configmap/stray${FLAGS}`);
    assert.match(finding.notes.join(" "), /only the break-glass group .*<you>.* guard\.mode or guard\.breakGlass/);
  });

  it("is the plain command in other environments", () => {
    for (const guard of ["warn", "off"] as const) {
      const finding = strayed(stray(), new Undoing({ name: "dev", guard }));
      assert.deepEqual([finding?.undo, finding?.notes], ["kubectl delete -n api configmap/stray", []]);
    }
  });

  it("is the plain command for a pod, which everybody may delete", () => {
    const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "p", namespace: "api" } };
    assert.deepEqual(denied.object(nameOf(pod)), { undo: "kubectl delete -n api pod/p", notes: [] });
    const set = denied.object({ apiVersion: "apps/v1", kind: "ReplicaSet", namespace: "api", name: "r" });
    assert.equal(set.undo, `kubectl delete -n api replicaset.apps/r${FLAGS}`);
  });

  it("uses the group for fields, labels, replicas, manual edits and Applications", () => {
    const seen = observed();
    const live = find(seen.edited, "Deployment");
    const scaled = { ...live, spec: { ...(live.spec as object), replicas: 0 } };
    const around = { ...surroundings(seen), undoing: denied };
    const secret = { apiVersion: "v1", kind: "Secret", metadata: live.metadata };
    const findings = [
      ...foreignFields(scaled, [find(seen.declared, "Deployment")], around),
      ...foreignFieldsByRecord(secret, denied),
    ];
    const verbs = new Set(findings.map((each) => each.undo.split(" ")[1]));
    assert.deepEqual([...verbs].toSorted(), ["edit", "label", "patch", "scale"]);
    for (const { undo } of findings) assert.ok(undo.endsWith(FLAGS), undo);
    const annotations = { "argocd.argoproj.io/skip-reconcile": "true" };
    const metadata = { name: "api", namespace: "argocd", annotations };
    const [skip] = skippedReconciles({ apiVersion: "argoproj.io/v1alpha1", kind: "Application", metadata }, denied);
    assert.ok(skip);
    assert.ok(skip.undo.endsWith(FLAGS), skip.undo);
    assert.match(skip.notes.join(" "), /guard\.platform runs it without/);
  });

  it("needs no group if the program does it", () => {
    assert.deepEqual(denied.byProgram(), { undo: "pulumi up --refresh --stack prod", notes: [] });
  });

  it("is left to Argo CD for a namespace's label that the catalogue gives", () => {
    const labels = (more: object) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name: "api", labels: more } });
    const fieldsV1 = { "f:metadata": { "f:labels": { "f:a": {}, "f:b": {} } } };
    const live = labels({ a: "2", b: "1" });
    const managedFields = [{ manager: "kubectl-label", operation: "Update", fieldsV1 }];
    const edited = { ...live, metadata: { ...live.metadata, managedFields } } as KubernetesObject;
    const found = platformFields(edited, denied, labels({ a: "1" }) as KubernetesObject);
    const undos = found.map(({ undo }) => undo);
    assert.deepEqual(undos, ["argocd app sync catalogue", "kubectl label namespace/api b-"]);
  });

  it("is left to Argo CD for an Application of the catalogue, which nobody must delete", () => {
    const managedFields = [
      { manager: "kubectl-edit", operation: "Update", fieldsV1: { "f:spec": { "f:project": {} } } },
    ];
    const annotations = { "argocd.argoproj.io/tracking-id": "catalogue:argoproj.io/Application:argocd/api" };
    const undos = [{ annotations }, {}].map((more) => {
      const metadata = { name: "api", namespace: "argocd", managedFields, ...more };
      const object = {
        apiVersion: "argoproj.io/v1alpha1",
        kind: "Application",
        metadata,
        spec: { project: "default" },
      };
      return platformFields(object as KubernetesObject, denied).map(({ undo, notes }) => [undo, notes.join(" ")]);
    });
    const operations = '[{"op":"remove","path":"/spec/project"}]';
    const remove = `kubectl patch -n argocd application.argoproj.io/api --type=json -p '${operations}'`;
    assert.deepEqual(undos, [
      [["argocd app sync catalogue", `A field that is not declared stays. Then remove it: ${remove}`]],
      [["pulumi up --refresh --stack prod", "Where the program did not make the object, delete it instead."]],
    ]);
  });

  it("removes fields of the program's objects that it does not declare, because up keeps those", () => {
    const name = { apiVersion: "v1", kind: "Namespace", namespace: null, name: "api" };
    const edited = (path: string, isDeclared?: boolean) =>
      denied.platformField(name, placeOf(path), isDeclared, denied.byProgram());
    const up = "pulumi up --refresh --stack prod";
    assert.deepEqual(edited("metadata.labels.team", true), { undo: up, notes: [] });
    assert.deepEqual(edited('metadata.labels["example.com/x"]', false), {
      undo: "kubectl label namespace/api example.com/x-",
      notes: ["Someone in guard.platform must run it."],
    });
    const takeAway = (path: string) => edited(path).notes.map((note) => note.split("Then remove it: ")[1]);
    assert.equal(edited("data.url").undo, up);
    assert.deepEqual(takeAway('data["help.chat/text~"]'), [
      `kubectl patch namespace/api --type=json -p '[{"op":"remove","path":"/data/help.chat~1text~0"}]'`,
    ]);
    assert.deepEqual(takeAway("spec.containers[name=x].image"), ["kubectl edit namespace/api"]);
  });
});

describe("the notes on an undo", () => {
  const labelled = (manager: string) => {
    const seen = observed();
    const live = find(seen.clean, "Deployment");
    live.metadata.labels = { ...live.metadata.labels, team: "x" };
    const fieldsV1 = { "f:metadata": { "f:labels": { "f:team": {} } } };
    (live.metadata.managedFields as object[]).push({ manager, operation: "Update", fieldsV1 });
    return foreignFields(live, [find(seen.declared, "Deployment")], surroundings(seen))[0]?.notes;
  };

  it("say that a controller may write it again, if the writer was not kubectl", () => {
    assert.match(labelled("keda")?.join(" ") ?? "", /controller that guard\.controllers names .* again/);
    assert.deepEqual(labelled("kubectl-label"), []);
  });

  it("say what to do with an object in Argo CD's namespace that is not the program's", () => {
    const fieldsV1 = { "f:spec": { "f:project": {} } };
    const application = (manager: string, operation: string): KubernetesObject => {
      const managedFields = [
        { manager: "kubectl-create", operation: "Update", fieldsV1 },
        { manager, operation, fieldsV1: { "f:spec": { "f:source": {} } } },
      ];
      return { apiVersion: "argoproj.io/v1alpha1", kind: "Application", metadata: { name: "x", managedFields } };
    };
    const [own] = platformFields(application("gitops-platform", "Apply"), undoing);
    assert.match(own?.notes[0] ?? "", /^A field that is not declared stays\. Then remove it: kubectl /);
    assert.match(platformFields(application("kubectl", "Update"), undoing)[0]?.notes[0] ?? "", /delete it instead/);
  });
});
