import type { KubernetesObject } from "@gitops-platform/clients/kubernetes";
import { groupOf } from "@gitops-platform/clients/kubernetes/object";
import type { Finding } from "./finding";
import { fieldsOfOthers, withController } from "./foreign-fields";
import { heldOf, type Owner } from "./managed-fields";
import { identity, nameOf } from "./paths";
import { isMap } from "@gitops-platform/contract/values/plain";
import type { Undoing } from "./undo";

/** The objects of a namespace that the platform delivers to. */
export interface NamespaceContent {
  /** All of its objects; only their metadata is needed. */
  readonly objects: readonly KubernetesObject[];
  /** The {@link identity} of each object that Git declares, or that Argo CD shows as removed from Git. */
  readonly declared: ReadonlySet<string>;
  /** The {@link identity} of each object that the Pulumi program created. */
  readonly platform: ReadonlySet<string>;
  /** The whole objects that Git declares, as far as they were read. */
  readonly whole: readonly KubernetesObject[];
  readonly undoing: Undoing;
}

/** Short-lived kinds for reports and leader election, which contain no desired state. */
export const PASSING_KINDS: ReadonlySet<string> = new Set([
  "/Event",
  "events.k8s.io/Event",
  "coordination.k8s.io/Lease",
]);

/** The kinds that the cluster's controllers create for each built-in kind, and keep as it declares. */
export const MADE_OF: Readonly<Partial<Record<string, readonly string[]>>> = {
  "apps/Deployment": ["apps/ReplicaSet"],
  "apps/ReplicaSet": ["/Pod"],
  "apps/StatefulSet": ["/Pod", "apps/ControllerRevision", "/PersistentVolumeClaim"],
  "apps/DaemonSet": ["/Pod", "apps/ControllerRevision"],
  "batch/CronJob": ["batch/Job"],
  "batch/Job": ["/Pod"],
  "/Service": ["discovery.k8s.io/EndpointSlice"],
  // Nothing is created for these. An object that names one as its owner would otherwise be hidden.
  "/ConfigMap": [],
  "/Secret": [],
  "/ServiceAccount": [],
  "/PersistentVolumeClaim": [],
  "autoscaling/HorizontalPodAutoscaler": [],
  "networking.k8s.io/Ingress": [],
  "networking.k8s.io/NetworkPolicy": [],
  "policy/PodDisruptionBudget": [],
  "rbac.authorization.k8s.io/Role": [],
  "rbac.authorization.k8s.io/RoleBinding": [],
};

/** Objects that the cluster creates in every namespace. */
const OF_EVERY_NAMESPACE: ReadonlySet<string> = new Set([
  "/ServiceAccount/default",
  "/ConfigMap/kube-root-ca.crt",
  "/ConfigMap/istio-ca-root-cert",
  "/ConfigMap/openshift-service-ca.crt",
]);

/** The field managers of the cluster's programs. */
const CLUSTER_MANAGERS =
  /^(kube-controller-manager|kube-scheduler|kubelet|cloud-controller-manager|kwok|GoogleContainerEngine)$/;

/** Undeclared objects, and fields of objects of the cluster that other programs wrote. */
export function undeclaredObjects(content: NamespaceContent): Finding[] {
  const { objects, undoing } = content;
  const byUid = new Map(objects.map((object) => [object.metadata.uid ?? "", object]));
  const origins = new Map<KubernetesObject, Origin | "searching">();
  return objects.flatMap((object): Finding[] => {
    if (object.metadata.deletionTimestamp !== undefined || PASSING_KINDS.has(typeOf(object))) return [];
    const origin = originOf(object, content, byUid, origins);
    if (origin === "made by the cluster") return editsOf(object, undoing);
    if (origin !== "unknown") return [];
    const owner = creatorOf(object);
    const name = nameOf(object);
    const at = object.metadata.creationTimestamp;
    return [
      {
        kind: "undeclared-object",
        object: name,
        manager: owner?.manager ?? null,
        operation: owner?.operation ?? null,
        at: at === undefined ? null : new Date(at).toISOString(),
        ...undoing.object(name),
      },
    ];
  });
}

/** Why an object exists. */
type Origin =
  | "declared"
  | "platform"
  | "made by the cluster"
  | "made by a declared object"
  /** That object is the finding; this one is deleted with it. */
  | "made by an undeclared object"
  /** Its owner was deleted, or was created a moment ago. Without an owner, the garbage collector deletes it. */
  | "left behind"
  | "unknown";

function originOf(
  object: KubernetesObject,
  content: NamespaceContent,
  byUid: ReadonlyMap<string, KubernetesObject>,
  origins: Map<KubernetesObject, Origin | "searching">,
): Origin {
  const found = origins.get(object);
  // Two objects can name each other as owners.
  if (found !== undefined) return found === "searching" ? "unknown" : found;
  origins.set(object, "searching");
  const origin = search();
  origins.set(object, origin);
  return origin;

  function search(): Origin {
    const id = identity(nameOf(object));
    if (content.declared.has(id)) return "declared";
    if (content.platform.has(id)) return "platform";
    if (OF_EVERY_NAMESPACE.has(`${typeOf(object)}/${object.metadata.name}`)) return "made by the cluster";
    if (isNamedBy(object, content)) return "made by a declared object";
    const controller = controllerOf(object);
    const owner = byUid.get(controller?.uid ?? "");
    if (owner === undefined) return controller && MADE_OF[typeOf(controller)] ? "left behind" : "unknown";
    const made = MADE_OF[typeOf(owner)];
    if (made?.includes(typeOf(object)) === false) return "unknown";
    const isCircle = origins.get(owner) === "searching";
    const above = originOf(owner, content, byUid, origins);
    if (isCircle || above === "platform") return "unknown";
    if (above === "left behind") return above;
    if (above === "unknown" || above === "made by an undeclared object") return "made by an undeclared object";
    // It is not known which objects an operator creates for its own kinds, and how it writes them.
    return made === undefined ? "made by a declared object" : "made by the cluster";
  }
}

/** Whether an object belongs to a declared object by its name, without naming it as its owner. */
function isNamedBy(object: KubernetesObject, { declared, whole }: NamespaceContent): boolean {
  const { name, namespace = null } = object.metadata;
  switch (typeOf(object)) {
    case "/Endpoints":
      return declared.has(identity({ apiVersion: "v1", kind: "Service", namespace, name }));
    case "/PersistentVolumeClaim":
      return whole.some((each) => {
        const prefixes = typeOf(each) === "apps/StatefulSet" ? claimPrefixes(each) : [];
        return prefixes.some((prefix) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)));
      });
    case "/Secret":
      return whole.some((each) => {
        const isCertificate = typeOf(each) === "cert-manager.io/Certificate";
        return isCertificate && isMap(each.spec) && each.spec.secretName === name;
      });
    default:
      return false;
  }
}

function claimPrefixes({ spec, metadata }: KubernetesObject): string[] {
  const templates: unknown = isMap(spec) ? spec.volumeClaimTemplates : undefined;
  if (!Array.isArray(templates)) return [];
  return templates.flatMap((template: unknown) => {
    const name = isMap(template) && isMap(template.metadata) ? template.metadata.name : undefined;
    return typeof name === "string" ? [`${name}-${metadata.name}-`] : [];
  });
}

/** The owner that an object names as its controller. */
export function controllerOf({ metadata }: KubernetesObject): OwnerReference | undefined {
  const { ownerReferences } = metadata;
  if (!Array.isArray(ownerReferences)) return undefined;
  return (ownerReferences as OwnerReference[]).find(({ controller }) => controller === true);
}

interface OwnerReference {
  apiVersion: string;
  kind: string;
  uid: string;
  controller?: boolean;
}

/** Edits of an object that the cluster created: a debug container, another image, a label that redirects traffic. */
function editsOf(object: KubernetesObject, undoing: Undoing): Finding[] {
  const name = nameOf(object);
  const isExpected = ({ manager }: Owner) => CLUSTER_MANAGERS.test(manager);
  // Annotations are ignored, because programs of the cluster, such as network plug-ins, annotate every pod.
  const isDesired = (path: string) => !/^(metadata\.(annotations|finalizers|ownerReferences)|status)\b/.test(path);
  return fieldsOfOthers(object, isExpected, isDesired).map(({ path, owner }) => ({
    kind: "foreign-field",
    object: name,
    path,
    manager: owner.manager,
    operation: owner.operation,
    at: owner.at,
    // Deleting the pod restores all of it, because its workload creates it again.
    ...withController(undoing.object(name), owner),
  }));
}

/** The creator of an object: the first manager that wrote it. */
function creatorOf(object: KubernetesObject): Owner | undefined {
  return heldOf(object)
    .map(({ owner }) => owner)
    .toSorted((a, b) => (a.at ?? "").localeCompare(b.at ?? ""))[0];
}

/** An object's group and kind: `apps/Deployment`. */
export function typeOf({ apiVersion, kind }: Pick<KubernetesObject, "apiVersion" | "kind">): string {
  return `${groupOf(apiVersion)}/${kind}`;
}
