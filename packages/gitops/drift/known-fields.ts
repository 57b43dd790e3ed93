import type { KubernetesObject } from "@gitops-platform/clients/kubernetes";
import { groupOf } from "@gitops-platform/clients/kubernetes/object";
import { TRACKING_ANNOTATION } from "@gitops-platform/components/labels";
import type { Owner } from "./managed-fields";
import { nameOf, type ObjectName, trackingId } from "./paths";
import { isMap } from "@gitops-platform/contract/values/plain";
import type { Undoing } from "./undo";

/** A field of a live object that Git does not declare. */
export interface ExtraField {
  readonly pattern: string;
  readonly value: unknown;
  /** For a list's item, and for a field in it: the item. */
  readonly parent: unknown;
  readonly owners: readonly Owner[];
}

/** The parts of the cluster that decide whether a field is expected. */
export interface Surroundings {
  /** The Application that delivers the object. */
  readonly application: string;
  /** The autoscalers that may scale objects of its namespace. */
  readonly autoscalers: readonly Autoscaler[];
  readonly undoing: Undoing;
}

/** The target and the limits of an autoscaler. */
export interface Autoscaler {
  readonly target: Pick<ObjectName, "apiVersion" | "kind" | "name">;
  readonly min: number;
  readonly max: number;
}

/** Reads a HorizontalPodAutoscaler. */
export function autoscalerOf({ spec }: KubernetesObject): Autoscaler[] {
  if (!isMap(spec) || !isMap(spec.scaleTargetRef) || typeof spec.maxReplicas !== "number") return [];
  const { apiVersion, kind, name } = spec.scaleTargetRef;
  if (typeof apiVersion !== "string" || typeof kind !== "string" || typeof name !== "string") return [];
  const min = typeof spec.minReplicas === "number" ? spec.minReplicas : 1;
  return [{ target: { apiVersion, kind, name }, min, max: spec.maxReplicas }];
}

/**
 * Whether the cluster itself sets a field to this value, as a default or by a controller. Place and value decide, and
 * not the manager's name, because every client chooses its own.
 */
export function isKnown(object: KubernetesObject, field: ExtraField, surroundings: Surroundings): boolean {
  return isDefault(object, field) || isControllers(object, field, surroundings);
}

function isControllers(
  object: KubernetesObject,
  field: ExtraField,
  { application, autoscalers }: Surroundings,
): boolean {
  const { pattern, value, owners } = field;
  switch (pattern) {
    case `metadata.annotations["${TRACKING_ANNOTATION}"]`:
      return value === trackingId(application, nameOf(object));
    case 'metadata.annotations["deployment.kubernetes.io/revision"]':
      return object.kind === "Deployment" && typeof value === "string" && /^\d+$/.test(value);
    case 'spec.template.metadata.annotations["kubectl.kubernetes.io/restartedAt"]':
      // Argo CD's action `restart`. The value can only be a time.
      return heldBy(owners, "argocd-server") && typeof value === "string" && isTime(value);
    case "spec.replicas":
      // Any writer is fine, because the autoscaler continues from there.
      return autoscalers.some((each) => {
        return isScaledBy(object, each) && typeof value === "number" && value >= each.min && value <= each.max;
      });
    case "metadata.finalizers[]":
      return object.kind === "Service" && value === "service.kubernetes.io/load-balancer-cleanup";
    default:
      return false;
  }
}

function heldBy(owners: readonly Owner[], manager: string): boolean {
  return owners.length > 0 && owners.every((owner) => owner.manager === manager);
}

/** Whether an autoscaler scales this object. */
export function isScaledBy({ apiVersion, kind, metadata }: KubernetesObject, { target }: Autoscaler): boolean {
  const isGroup = groupOf(apiVersion) === groupOf(target.apiVersion);
  return isGroup && kind === target.kind && metadata.name === target.name;
}

function isTime(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/.test(text);
}

type Rule = (value: unknown, object: KubernetesObject, field: ExtraField) => boolean;

const is =
  (...values: unknown[]): Rule =>
  (value) =>
    values.includes(value);

/** The API server's name for the writer of fields from before the first apply, or before the record was cleared. */
const UNRECORDED = "before-first-apply";

/** Set by the API server. A client that sets it is recorded as its owner. */
const allocated: Rule = (_value, _object, { owners }) => owners.every(({ manager }) => manager === UNRECORDED);

/** Set when the object is created, and immutable. */
const any: Rule = () => true;

const sameAs =
  (name: string): Rule =>
  (value, _object, { parent }) =>
    isMap(parent) && parent[name] === value;

/** The default pull policy of an image: `Always` for the tag latest. */
const pullPolicy: Rule = (value, _object, { parent }) => {
  const image = isMap(parent) && typeof parent.image === "string" ? parent.image : "";
  const moves = !image.includes("@") && /(^|\/)[^/:]+(:latest)?$/.test(image);
  return value === (moves ? "Always" : "IfNotPresent");
};

const PROBE: Readonly<Record<string, Rule>> = {
  timeoutSeconds: is(1),
  periodSeconds: is(10),
  successThreshold: is(1),
  failureThreshold: is(3),
  "httpGet.scheme": is("HTTP"),
  "grpc.service": is(""),
};

const CONTAINER: Readonly<Record<string, Rule>> = {
  terminationMessagePath: is("/dev/termination-log"),
  terminationMessagePolicy: is("File"),
  imagePullPolicy: pullPolicy,
  "ports[].protocol": is("TCP"),
  "env[].valueFrom.fieldRef.apiVersion": is("v1"),
  ...below("livenessProbe", PROBE),
  ...below("readinessProbe", PROBE),
  ...below("startupProbe", PROBE),
  "lifecycle.preStop.httpGet.scheme": is("HTTP"),
  "lifecycle.postStart.httpGet.scheme": is("HTTP"),
};

const POD: Readonly<Record<string, Rule>> = {
  restartPolicy: is("Always"),
  terminationGracePeriodSeconds: is(30),
  dnsPolicy: is("ClusterFirst"),
  schedulerName: is("default-scheduler"),
  // The field's old name, which the API server keeps equal.
  serviceAccount: sameAs("serviceAccountName"),
  ...below("containers[]", CONTAINER),
  ...below("initContainers[]", CONTAINER),
  "volumes[].configMap.defaultMode": is(420),
  "volumes[].secret.defaultMode": is(420),
  "volumes[].projected.defaultMode": is(420),
  "volumes[].downwardAPI.defaultMode": is(420),
  "volumes[].hostPath.type": is(""),
};

/**
 * The API server's defaults, by kind. The tables are complete: a field of these kinds that is neither declared nor
 * listed here is reported even if it has no owner, because a record of owners can be cleared.
 * https://github.com/kubernetes/kubernetes/tree/master/pkg/apis
 */
const DEFAULTS: Readonly<Partial<Record<string, Readonly<Record<string, Rule>>>>> = {
  "apps/Deployment": {
    "spec.replicas": is(1),
    "spec.progressDeadlineSeconds": is(600),
    "spec.revisionHistoryLimit": is(10),
    "spec.strategy.type": is("RollingUpdate"),
    "spec.strategy.rollingUpdate.maxSurge": is("25%"),
    "spec.strategy.rollingUpdate.maxUnavailable": is("25%"),
    ...below("spec.template.spec", POD),
  },
  "/Service": {
    "spec.type": is("ClusterIP"),
    "spec.sessionAffinity": is("None"),
    "spec.internalTrafficPolicy": is("Cluster"),
    "spec.externalTrafficPolicy": is("Cluster"),
    "spec.allocateLoadBalancerNodePorts": is(true),
    "spec.ports[].protocol": is("TCP"),
    "spec.ports[].targetPort": sameAs("port"),
    "spec.ports[].nodePort": allocated,
    "spec.healthCheckNodePort": allocated,
    "spec.clusterIP": any,
    "spec.clusterIPs": any,
    "spec.ipFamilies": any,
    "spec.ipFamilyPolicy": any,
  },
  "/ServiceAccount": {},
  "/ConfigMap": {},
  "autoscaling/HorizontalPodAutoscaler": { "spec.minReplicas": is(1), "spec.metrics": allocated },
  "networking.k8s.io/NetworkPolicy": { "spec.policyTypes": allocated },
  "policy/PodDisruptionBudget": {},
};

function below(prefix: string, rules: Readonly<Record<string, Rule>>): Record<string, Rule> {
  return Object.fromEntries(Object.entries(rules).map(([name, rule]) => [`${prefix}.${name}`, rule]));
}

function defaultsOf({ apiVersion, kind }: KubernetesObject): Readonly<Record<string, Rule>> | undefined {
  return DEFAULTS[`${groupOf(apiVersion)}/${kind}`];
}

function isDefault(object: KubernetesObject, field: ExtraField): boolean {
  const rules = defaultsOf(object);
  // The defaults of other kinds are not listed here, so a field without an owner is assumed to be a default.
  if (rules === undefined) return field.owners.length === 0;
  return rules[field.pattern]?.(field.value, object, field) ?? false;
}
