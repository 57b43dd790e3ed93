import { isDeepStrictEqual } from "node:util";
import type { KubernetesObject } from "@gitops-platform/clients/kubernetes";
import { groupOf } from "@gitops-platform/clients/kubernetes/object";
import {
  containerDefaults,
  defaultDeny,
  namespace as namespaceObject,
  quota,
} from "@gitops-platform/components/delivery/namespace";
import { TRACKING_ANNOTATION } from "@gitops-platform/components/labels";
import { CATALOGUE } from "@gitops-platform/contract/catalogue";
import type { Environment } from "@gitops-platform/environments/environment";
import type { Finding } from "./finding";
import { fieldsOfOthers } from "./foreign-fields";
import { heldOf, type Owner } from "./managed-fields";
import { isMap } from "@gitops-platform/contract/values/plain";
import { nameOf, placeOf, valueAt } from "./paths";
import { controllerOf, MADE_OF, typeOf } from "./undeclared";
import type { Undo, Undoing } from "./undo";

/** https://argo-cd.readthedocs.io/en/stable/user-guide/skip_reconcile/ */
const SKIP = "argocd.argoproj.io/skip-reconcile";

/**
 * The platform's objects of a namespace, itself first. Argo CD makes them from the catalogue.
 * @param owner The service that owns the namespace.
 */
export function platformObjects(name: string, owner: string, environment: Environment): KubernetesObject[] {
  return [
    namespaceObject(name, environment, owner),
    quota(name, environment),
    defaultDeny(name),
    containerDefaults(name),
  ] as KubernetesObject[];
}

/** Whether an Application has the annotation that stops its reconciliation. */
export function skippedReconciles(application: KubernetesObject, undoing: Undoing): Finding[] {
  const value = application.metadata.annotations?.[SKIP];
  if (value !== "true") return [];
  const object = nameOf(application);
  const path = `metadata.annotations[${JSON.stringify(SKIP)}]`;
  const [found] = fieldsOfOthers(
    application,
    () => false,
    (each) => each === path,
  );
  const { manager = null, operation = null, at = null } = found?.owner ?? {};
  return [{ kind: "reconcile-skipped", object, manager, operation, at, ...undoing.annotation(object, SKIP) }];
}

/** The program's field managers, under the Pulumi CLI and under the local engine. */
const PROGRAM = /^(pulumi-kubernetes|gitops-platform)(-|$)/;
/** Argo CD's programs, which write refreshes, operations and normalized specifications. */
const ARGOCD_PROGRAMS = /^argocd(-|$)/;
/** Programs of the cluster, which maintain namespaces and quotas. */
const CLUSTER_PROGRAMS = /^kube-(controller-manager|apiserver)$/;

const isProgram = ({ manager, operation }: Owner) => operation === "Apply" && PROGRAM.test(manager);

/**
 * The fields in Argo CD's namespace that other managers own: of the program's objects, of their ReplicaSets and pods,
 * and of all objects that Argo CD acts on. Other objects in the namespace are ignored.
 */
export function argocdFields(
  objects: readonly KubernetesObject[],
  undoing: Undoing,
): { readonly object: KubernetesObject; readonly findings: Finding[] }[] {
  const byUid = new Map(objects.map((object) => [object.metadata.uid ?? "", object]));
  const isOfProgram = (object: KubernetesObject, generations = 2): boolean => {
    if (heldOf(object).some(({ owner }) => isProgram(owner))) return true;
    const owner = byUid.get(controllerOf(object)?.uid ?? "");
    const isOfOwner = owner !== undefined && MADE_OF[typeOf(owner)]?.includes(typeOf(object)) === true;
    return isOfOwner && generations > 0 && isOfProgram(owner, generations - 1);
  };
  return objects.flatMap((object) => {
    const isConcerned = groupOf(object.apiVersion) === "argoproj.io" || isOfProgram(object);
    return isConcerned ? [{ object, findings: platformFields(object, undoing) }] : [];
  });
}

/**
 * The fields of one of the platform's objects that other managers own: the writer of a field becomes its owner.
 * @param expected the object as the catalogue gives it, if that is known; an object that equals it has no findings
 */
export function platformFields(object: KubernetesObject, undoing: Undoing, expected?: KubernetesObject): Finding[] {
  if (expected !== undefined && isDeepStrictEqual(desired(object), desired(expected))) return [];
  const isExpected = (owner: Owner) =>
    isProgram(owner) || ARGOCD_PROGRAMS.test(owner.manager) || CLUSTER_PROGRAMS.test(owner.manager);
  // Programs of the cluster, such as network plug-ins, annotate every pod.
  const isJudged = (path: string) => {
    return isDesired(path) && !(typeOf(object) === "/Pod" && path.startsWith("metadata.annotations"));
  };
  const found = fieldsOfOthers(object, isExpected, isJudged);
  // The default-deny policy has no settings, so one with another spec was changed, even if the record does not show it.
  const isOther =
    found.length === 0 && expected?.kind === "NetworkPolicy" && !isDeepStrictEqual(object.spec, expected.spec);
  const changes = isOther ? [{ path: "spec", owner: null }] : found;
  return changes.map(({ path, owner }) => ({
    kind: "platform-field",
    object: nameOf(object),
    path,
    manager: owner?.manager ?? null,
    operation: owner?.operation ?? null,
    at: owner?.at ?? null,
    ...undoFor(object, path, undoing, expected),
  }));
}

function undoFor(object: KubernetesObject, path: string, undoing: Undoing, expected?: KubernetesObject): Undo {
  // The cluster created it, not the platform; its workload creates it again.
  if (MADE_OF[typeOf(controllerOf(object) ?? object)]?.includes(typeOf(object))) return undoing.object(nameOf(object));
  // A path without a place goes through a list, which is declared as a whole.
  const place = placeOf(path);
  const isDeclared = expected && (place === undefined || valueAt(expected, place) !== undefined);
  if (expected !== undefined || isOfCatalogue(object)) {
    return undoing.platformField(nameOf(object), place, isDeclared, undoing.byCatalogue());
  }
  if (!heldOf(object).some(({ owner }) => isProgram(owner))) {
    const { undo, notes } = undoing.byProgram();
    return { undo, notes: [...notes, "Where the program did not make the object, delete it instead."] };
  }
  return undoing.platformField(nameOf(object), place, undefined, undoing.byProgram());
}

function isOfCatalogue({ metadata }: KubernetesObject): boolean {
  return metadata.annotations?.[TRACKING_ANNOTATION]?.startsWith(`${CATALOGUE}:`) === true;
}

/** The desired fields of an object, without those that the API server adds. */
function desired({ spec, metadata: { labels, annotations } }: KubernetesObject): unknown {
  const own = Object.entries(labels ?? {}).filter(([name]) => name !== "kubernetes.io/metadata.name");
  return {
    spec: isMap(spec) && "finalizers" in spec ? {} : (spec ?? {}),
    labels: Object.fromEntries(own),
    annotations,
  };
}

function isDesired(path: string): boolean {
  if (path === `metadata.annotations[${JSON.stringify(SKIP)}]`) return false;
  return /^(spec|data|rules|subjects|roleRef|metadata\.labels|metadata\.annotations)\b/.test(path);
}
