import { isDeepStrictEqual } from "node:util";
import type { KubernetesObject } from "../../clients/kubernetes";
import { groupOf } from "../../clients/kubernetes/object";
import { defaultDeny, namespace as namespaceObject, quota } from "../../components/delivery/namespace";
import type { Environment } from "../../environments/environment";
import type { Finding } from "./finding";
import { fieldsOfOthers } from "./foreign-fields";
import { heldOf, type Owner } from "./managed-fields";
import { isMap } from "../values/differences";
import { placeOf, valueAt } from "./paths";
import { identity, nameOf, type ObjectName } from "./object-name";
import { controllerOf, MADE_OF, typeOf } from "./undeclared";
import type { Undo, Undoing } from "./undo";

/** https://argo-cd.readthedocs.io/en/stable/user-guide/skip_reconcile/ */
const SKIP = "argocd.argoproj.io/skip-reconcile";

/** What the Pulumi program makes in each namespace that it delivers to, the namespace first. */
export function platformObjects(namespace: string, environment: Environment): KubernetesObject[] {
  return [
    namespaceObject(namespace, environment),
    quota(namespace, environment),
    defaultDeny(namespace),
  ] as KubernetesObject[];
}

/** An Application that is told to be left alone. */
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

/** What the program applies as, under the Pulumi CLI and under the local engine. */
const PROGRAM = /^(pulumi-kubernetes|gitops-platform)(-|$)/;
/**
 * Argo CD's own programs, which write into its objects: a refresh, an operation, a specification in its shortest form.
 */
const ARGOCD_PROGRAMS = /^argocd(-|$)/;
/** The cluster's own, which keep a namespace's and a quota's bookkeeping. */
const CLUSTER_PROGRAMS = /^kube-(controller-manager|apiserver)$/;

const isProgram = ({ manager, operation }: Owner) => operation === "Apply" && PROGRAM.test(manager);

/**
 * The fields in Argo CD's namespace that somebody else holds: in what the program made there, in the pods and
 * ReplicaSets of that, and in all that Argo CD acts on. What others keep in the namespace is theirs.
 */
export function argocdFields(
  objects: readonly KubernetesObject[],
  undoing: Undoing,
): { readonly object: KubernetesObject; readonly findings: Finding[] }[] {
  const byUid = new Map(objects.map((object) => [object.metadata.uid ?? "", object]));
  const isMade = (object: KubernetesObject, generations = 2): boolean => {
    if (heldOf(object).some(({ owner }) => isProgram(owner))) return true;
    const owner = byUid.get(controllerOf(object)?.uid ?? "");
    const isOfOwner = owner !== undefined && MADE_OF[typeOf(owner)]?.includes(typeOf(object)) === true;
    return isOfOwner && generations > 0 && isMade(owner, generations - 1);
  };
  return objects.flatMap((object) => {
    const isConcerned = groupOf(object.apiVersion) === "argoproj.io" || isMade(object);
    return isConcerned ? [{ object, findings: platformFields(object, undoing) }] : [];
  });
}

/**
 * Fields of an object of the program's that somebody else holds: anyone who writes a field takes it from the program
 * that applied it.
 * @param expected The object as the catalogue has it, where that is known. Who holds its fields does not matter where
 * it is like that.
 */
export function platformFields(object: KubernetesObject, undoing: Undoing, expected?: KubernetesObject): Finding[] {
  if (expected !== undefined && isDeepStrictEqual(desired(object), desired(expected))) return [];
  const isExpected = (owner: Owner) =>
    isProgram(owner) || ARGOCD_PROGRAMS.test(owner.manager) || CLUSTER_PROGRAMS.test(owner.manager);
  // Network plug-ins and others of the cluster write annotations on every pod.
  const isJudged = (path: string) => {
    return isDesired(path) && !(typeOf(object) === "/Pod" && path.startsWith("metadata.annotations"));
  };
  const found = fieldsOfOthers(object, isExpected, isJudged);
  // The default-deny policy has no setting: where it is another one, somebody changed it, whatever the record says.
  const isOther = found.length === 0 && expected?.kind === "NetworkPolicy";
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
  // The program knows nothing of what the cluster made: its workload makes it again.
  if (MADE_OF[typeOf(controllerOf(object) ?? object)]?.includes(typeOf(object))) return undoing.object(nameOf(object));
  if (expected === undefined && !heldOf(object).some(({ owner }) => isProgram(owner))) {
    const { undo, notes } = undoing.byProgram();
    return { undo, notes: [...notes, "Where the program did not make the object, delete it instead."] };
  }
  const place = placeOf(path);
  // What goes through a list is declared with the list.
  const isDeclared = expected && (place === undefined || valueAt(expected, place) !== undefined);
  return undoing.platformField(nameOf(object), place, isDeclared);
}

/** What the program says of an object, without what the API server adds. */
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

/** What the program makes for a namespace and is not there: itself, its quota, its default-deny policy. */
export function missingPlatformObjects(
  expected: readonly ObjectName[],
  present: ReadonlySet<string>,
  undoing: Undoing,
): Finding[] {
  return expected
    .filter((name) => !present.has(identity(name)))
    .map((object) => ({
      kind: "platform-object-missing",
      object,
      manager: null,
      operation: null,
      at: null,
      ...undoing.byProgram(),
    }));
}
