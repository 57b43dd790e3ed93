import type { KubernetesObject } from "@gitops-platform/clients/kubernetes";
import { groupOf } from "@gitops-platform/clients/kubernetes/object";
import type { Inputs } from "../../model/provider";

/** Type tokens that stand for several objects. */
const COMPOSITES = /^kubernetes:(helm\.sh|yaml|kustomize)\//;

/**
 * Converts a resource's inputs to a Kubernetes object.
 * @param type Type token, for example `kubernetes:apps/v1:Deployment`, `kubernetes:core/v1:ConfigMap` or
 *   `kubernetes:v1:ConfigMap`.
 * @throws if the type is not supported or the inputs have no `metadata.name`.
 */
export function toObject(type: string, inputs: Inputs): KubernetesObject {
  const { apiVersion, kind } = parseType(type);
  const metadata = (inputs.metadata ?? {}) as Partial<KubernetesObject["metadata"]>;
  if (typeof metadata.name !== "string" || metadata.name === "") {
    throw new Error(
      `${type}: metadata.name: got ${metadata.generateName === undefined ? "none" : "generateName"}; ` +
        "expected a name. The local engine does not generate names: set one in the program.",
    );
  }
  return {
    ...inputs,
    apiVersion: typeof inputs.apiVersion === "string" ? inputs.apiVersion : apiVersion,
    kind: typeof inputs.kind === "string" ? inputs.kind : kind,
    metadata: { ...metadata, name: metadata.name },
  };
}

/** Splits a type token into API version and kind. Throws if the type is not supported. */
export function parseType(type: string): { apiVersion: string; kind: string } {
  const [, group = "", kind = ""] = type.split(":");
  const refuse = (why: string): Error =>
    new Error(`${type}: the local engine does not support ${why}. Register each object as a separate resource.`);
  if (COMPOSITES.test(type)) throw refuse("charts, YAML files and kustomizations");
  if (kind.endsWith("Patch")) throw refuse("patch resources");
  if (kind.endsWith("List")) throw refuse("lists of objects");
  // Pulumi's provider waits for them.
  if (/^(apps\/v1:DaemonSet|batch\/v1:Job)$/.test(`${group}:${kind}`)) throw refuse("DaemonSets and Jobs");
  if (group === "" || kind === "") throw refuse("this type");
  return { apiVersion: group.replace(/^core\//, ""), kind };
}

/**
 * Properties whose change replaces the object, by group and kind. Taken from Pulumi's Kubernetes provider.
 */
const PROPERTIES: Record<string, string[]> = {
  "apps/Deployment": ["spec.selector"],
  "apps/StatefulSet": [
    "spec.podManagementPolicy",
    "spec.revisionHistoryLimit",
    "spec.selector",
    "spec.serviceName",
    "spec.volumeClaimTemplates",
  ],
  "rbac.authorization.k8s.io/ClusterRoleBinding": ["roleRef"],
  "rbac.authorization.k8s.io/RoleBinding": ["roleRef"],
  "storage.k8s.io/StorageClass": ["parameters", "provisioner"],
  "/PersistentVolumeClaim": ["spec.accessModes", "spec.selector", "spec.storageClassName", "spec.volumeName"],
  "/Pod": ["spec"],
  "/ResourceQuota": ["spec.scopes"],
  "/Secret": ["type"],
  "/Service": ["spec.clusterIP"],
};

/** Whether the data of ConfigMaps and Secrets is changed in place. */
export interface Mutability {
  enableConfigMapMutable: boolean;
  enableSecretMutable: boolean;
}

/** The properties whose change replaces the object, as dotted paths such as `metadata.name`. */
export function forceNewProperties(object: KubernetesObject, mutability: Mutability): string[] {
  const key = `${groupOf(object.apiVersion)}/${object.kind}`;
  const properties = ["kind", "metadata.name", "metadata.namespace", ...(PROPERTIES[key] ?? [])];
  const immutable = object.immutable === true;
  if (key === "/ConfigMap" && (immutable || !mutability.enableConfigMapMutable)) properties.push("data", "binaryData");
  if (key === "/Secret" && (immutable || !mutability.enableSecretMutable)) properties.push("data", "stringData");
  return properties;
}
