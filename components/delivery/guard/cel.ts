import type { IValidatingAdmissionPolicySpec } from "kubernetes-models/admissionregistration.k8s.io/v1/ValidatingAdmissionPolicySpec";
import type { Identity } from "@gitops-platform/environments/settings/guard";

// Pieces of CEL that the policies of the guard are built from: https://kubernetes.io/docs/reference/using-api/cel/

/** A name for an expression. The API server evaluates it only where a rule reads it. */
export type Variable = NonNullable<IValidatingAdmissionPolicySpec["variables"]>[number];

/** A text in CEL. Its escapes are JSON's. */
export function text(value: string): string {
  return JSON.stringify(value);
}

/** A list of texts in CEL. */
export function list(values: readonly string[]): string {
  return `[${values.map(text).join(", ")}]`;
}

/** Conditions that all hold, each on a line of its own for people who read the policy in the cluster. */
export function allOf(...conditions: readonly string[]): string {
  return conditions.join(" &&\n");
}

/** Conditions of which one holds, each on a line of its own. */
export function anyOf(...conditions: readonly string[]): string {
  return conditions.join(" ||\n");
}

/** Whether the request comes from one of them, read from the request itself: match conditions know no variables. */
export function isFrom(identities: readonly Identity[]): string {
  const users = identities.flatMap((identity) => ("user" in identity ? [identity.user] : []));
  const groups = identities.flatMap((identity) => ("group" in identity ? [identity.group] : []));
  const parts = [
    ...(users.length > 0 ? [`request.userInfo.username in ${list(users)}`] : []),
    ...(groups.length > 0 ? [`request.userInfo.?groups.orValue([]).exists(group, group in ${list(groups)})`] : []),
  ];
  return parts.length === 0 ? "false" : parts.join(" || ");
}

/** Whether the request is about objects of a resource, or about a sub-resource of them. */
export function isOf(group: string, resource: string): string {
  return `request.resource.group == ${text(group)} && request.resource.resource == ${text(resource)}`;
}

/** The object's name. A deletion of a whole collection names each object only in what is deleted. */
export const NAME =
  'request.?name.orValue("") != "" ? request.name : (object == null ? oldObject : object).metadata.?name.orValue("")';

/** Whether two maps are the same but for these keys. */
export function isSameBut(now: string, before: string, keys: readonly string[]): string {
  const free = list(keys);
  return allOf(
    `${now}.all(key, key in ${free} || (key in ${before} && ${now}[key] == ${before}[key]))`,
    `${before}.all(key, key in ${free} || key in ${now})`,
  );
}

/** What of an object's metadata others act by. */
const METADATA = ["labels", "annotations", "ownerReferences", "finalizers"];

/** Whether an update leaves these parts of the metadata as they are. */
export function keepsMetadata(parts: readonly string[] = METADATA): string {
  return `${list(parts)}.all(part, object.metadata[?part] == oldObject.metadata[?part])`;
}

/** By whom an object's fields were applied. */
function applied(object: string): string {
  return `${object}.metadata.?managedFields.orValue([]).filter(each, each.?operation.orValue("") == "Apply")`;
}

/** Sub-resources that change what an object is to be, past the object itself. */
const STEERING = ["scale", "ephemeralcontainers", "resize"];

/** By these labels workloads know their pods and ReplicaSets. The cluster's controllers alone set them. */
const WORKLOAD_LABELS = [
  "pod-template-hash",
  "controller-revision-hash",
  "controller-uid",
  "batch.kubernetes.io/controller-uid",
];

/** What would put something else into a workload's pods than its template says, which nothing reverts. */
const MANAGED_PODS: readonly Variable[] = [
  { name: "isPod", expression: isOf("", "pods") },
  { name: "isReplicaSet", expression: isOf("apps", "replicasets") },
  {
    name: "hasWorkload",
    expression:
      "[oldObject, object].exists(each, each != null && each.metadata.?ownerReferences.orValue([])" +
      '.exists(owner, owner.?controller.orValue(false) && owner.apiVersion in ["apps/v1", "batch/v1"]))',
  },
  {
    // Of every pod: one that was taken from its workload and changed would go back to it.
    name: "changesPodsSpec",
    expression: allOf(
      'request.operation == "UPDATE" && (variables.isPod || variables.isReplicaSet && variables.hasWorkload)',
      'variables.subresource == "" && object.spec != oldObject.spec',
    ),
  },
  {
    // A workload takes over what carries its labels. Some kinds take them through their status too.
    name: "movesPods",
    expression: allOf(
      "(variables.isPod || variables.isReplicaSet) && object != null",
      'variables.subresource in ["", "status"]',
      `(${anyOf(
        `${list(WORKLOAD_LABELS)}.exists(label, object.metadata.?labels[?label] != ` +
          "(oldObject == null ? optional.none() : oldObject.metadata.?labels[?label]))",
        `oldObject != null && variables.hasWorkload && !(${keepsMetadata(["ownerReferences"])})`,
      )})`,
    ),
  },
  { name: "changesManagedPods", expression: "variables.changesPodsSpec || variables.movesPods" },
];

/** What the policies ask about a request. */
export const SHARED_VARIABLES: readonly Variable[] = [
  { name: "subresource", expression: 'request.?subResource.orValue("")' },
  { name: "inNamespace", expression: 'request.?namespace.orValue("")' },
  { name: "name", expression: NAME },
  { name: "isServiceAccount", expression: 'request.userInfo.username.startsWith("system:serviceaccount:")' },
  { name: "steers", expression: `variables.subresource in ${list(STEERING)}` },
  {
    name: "deletesPod",
    expression: `request.operation == "DELETE" && ${isOf("", "pods")}`,
  },
  {
    // Some kinds take labels and annotations through their status too.
    name: "changesOnlyStatus",
    expression: `variables.subresource == "status" && ${keepsMetadata()}`,
  },
  {
    // A controller marks what it has to clean up by a finalizer, and says in the status how far it is.
    name: "keepsDesiredState",
    expression: allOf(
      'request.operation == "UPDATE" && variables.subresource in ["", "status"]',
      isSameBut("object", "oldObject", ["metadata", "status"]),
      keepsMetadata(["labels", "annotations", "ownerReferences"]),
    ),
  },
  {
    name: "changesOnlyFinalizers",
    expression: allOf(
      'request.operation == "UPDATE" && variables.subresource == ""',
      isSameBut("object", "oldObject", ["metadata"]),
      keepsMetadata(["labels", "annotations", "ownerReferences"]),
      "object.metadata.?finalizers != oldObject.metadata.?finalizers",
      // Anyone who applies the same values owns them from then on, and they outlive Git.
      `${applied("object")} == ${applied("oldObject")}`,
    ),
  },
  ...MANAGED_PODS,
];

/** What is asked for and by whom, as a refusal begins: `deployments/scale api/api: got UPDATE by alice`. */
export const REQUEST = [
  "request.resource.resource",
  '(variables.subresource == "" ? "" : "/" + variables.subresource)',
  text(" "),
  '(variables.inNamespace == "" || request.resource.resource == "namespaces" ? "" : variables.inNamespace + "/")',
  "variables.name",
  text(": got "),
  "request.operation",
  text(" by "),
  "request.userInfo.username",
].join(" + ");
