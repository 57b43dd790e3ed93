import type { KubernetesObject } from "../../../clients/kubernetes";
import { groupOf } from "../../../clients/kubernetes/object";

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
