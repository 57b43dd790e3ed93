import type { KubernetesObject } from "../../clients/kubernetes";
import { groupOf } from "../../clients/kubernetes/object";
import type { Finding } from "./finding";
import { fieldsOfOthers, withController } from "./foreign-fields";
import { heldOf, type Owner } from "./managed-fields";
import { identity, nameOf } from "./object-name";
import { isMap } from "../values/differences";
import type { Undoing } from "./undo";

/** What is in a namespace that the platform delivers to. */
export interface NamespaceContent {
  /** All its objects; their metadata is enough. */
  readonly objects: readonly KubernetesObject[];
  /** By {@link identity}: what Git declares there, and what Argo CD shows as no longer declared. */
  readonly declared: ReadonlySet<string>;
  /** By {@link identity}: what the Pulumi program made there. */
  readonly platform: ReadonlySet<string>;
  /** Of what Git declares, the whole objects, as far as they were read. */
  readonly whole: readonly KubernetesObject[];
  /** Makes the commands that undo what is found. */
  readonly undoing: Undoing;
}

/** Kinds that clients make for a moment, to elect a leader or to report: they hold no desired state. */
export const PASSING_KINDS: ReadonlySet<string> = new Set([
  "/Event",
  "events.k8s.io/Event",
  "coordination.k8s.io/Lease",
]);

/** What the API server's own kinds make of themselves. A controller of the cluster brings it back to what they say. */
export const MADE_OF: Readonly<Partial<Record<string, readonly string[]>>> = {
  "apps/Deployment": ["apps/ReplicaSet"],
  "apps/ReplicaSet": ["/Pod"],
  "apps/StatefulSet": ["/Pod", "apps/ControllerRevision", "/PersistentVolumeClaim"],
  "apps/DaemonSet": ["/Pod", "apps/ControllerRevision"],
  "batch/CronJob": ["batch/Job"],
  "batch/Job": ["/Pod"],
  "/Service": ["discovery.k8s.io/EndpointSlice"],
  // These make nothing: an object that names one of them as its owner would only hide behind it.
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

/** What every namespace gets from the cluster. */
const OF_EVERY_NAMESPACE: ReadonlySet<string> = new Set([
  "/ServiceAccount/default",
  "/ConfigMap/kube-root-ca.crt",
  "/ConfigMap/istio-ca-root-cert",
  "/ConfigMap/openshift-service-ca.crt",
]);

/** Programs of the cluster that write the objects that they make. */
const CLUSTER_MANAGERS =
  /^(kube-controller-manager|kube-scheduler|kubelet|cloud-controller-manager|kwok|GoogleContainerEngine)$/;

/** Objects that nobody declared, and fields of what the cluster made that a program other than the cluster's wrote. */
export function undeclaredObjects(content: NamespaceContent): Finding[] {
  const { objects, undoing } = content;
  const byUid = new Map(objects.map((object) => [object.metadata.uid ?? "", object]));
  const origins = new Map<KubernetesObject, Origin | "asked">();
  return objects.flatMap((object): Finding[] => {
    // What is being deleted is on its way out.
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

/** Why an object is there. */
type Origin =
  | "declared"
  | "platform"
  | "made by the cluster"
  | "made by a declared object"
  /** It goes with that object, which is told. */
  | "made by an undeclared object"
  /** Its owner is gone, or came a moment ago: without one the garbage collector deletes it. */
  | "left behind"
  | "unknown";

function originOf(
  object: KubernetesObject,
  content: NamespaceContent,
  byUid: ReadonlyMap<string, KubernetesObject>,
  origins: Map<KubernetesObject, Origin | "asked">,
): Origin {
  const found = origins.get(object);
  // Owners can name each other: that is no origin.
  if (found !== undefined) return found === "asked" ? "unknown" : found;
  origins.set(object, "asked");
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
    const isCircle = origins.get(owner) === "asked";
    const above = originOf(owner, content, byUid, origins);
    if (isCircle || above === "platform") return "unknown";
    if (above === "left behind") return above;
    if (above === "unknown" || above === "made by an undeclared object") return "made by an undeclared object";
    // What an operator makes of its own kinds, and in which way it writes them, is not known here.
    return made === undefined ? "made by a declared object" : "made by the cluster";
  }
}

/** What is connected with a declared object by its name, and not by an owner. */
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

/**
 * What somebody changed of an object that the cluster made: a debug container, another image, a label that moves
 * traffic.
 */
function editsOf(object: KubernetesObject, undoing: Undoing): Finding[] {
  const name = nameOf(object);
  const isExpected = ({ manager }: Owner) => CLUSTER_MANAGERS.test(manager);
  // Annotations are left out: network plug-ins and others of the cluster write theirs on every pod.
  const isDesired = (path: string) => !/^(metadata\.(annotations|finalizers|ownerReferences)|status)\b/.test(path);
  return fieldsOfOthers(object, isExpected, isDesired).map(({ path, owner }) => ({
    kind: "foreign-field",
    object: name,
    path,
    manager: owner.manager,
    operation: owner.operation,
    at: owner.at,
    // The cluster makes a pod again as its workload says; nothing else brings all of it back.
    ...withController(undoing.object(name), owner),
  }));
}

/** Who made an object: the first of those who wrote it. */
function creatorOf(object: KubernetesObject): Owner | undefined {
  return heldOf(object)
    .map(({ owner }) => owner)
    .toSorted((a, b) => (a.at ?? "").localeCompare(b.at ?? ""))[0];
}

/** An object's group and kind: `apps/Deployment`. */
export function typeOf({ apiVersion, kind }: Pick<KubernetesObject, "apiVersion" | "kind">): string {
  return `${groupOf(apiVersion)}/${kind}`;
}
