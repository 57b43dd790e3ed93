import { setTimeout as sleep } from "node:timers/promises";
import {
  describeRef,
  type KubernetesClient,
  type KubernetesObject,
  type ObjectRef,
  refOf,
} from "@gitops-platform/clients/kubernetes";

/** Timeout for an object to become ready or to be deleted, in seconds. Same as in Pulumi's provider. */
const DEFAULT_TIMEOUT_SECONDS = 600;
const FIRST_POLL_MS = 20;
const MAX_POLL_MS = 500;

interface CustomResourceDefinition {
  spec: { group: string; names: { kind: string }; versions: { name: string; served: boolean }[] };
}

/**
 * Waits until an applied object is ready: a workload is rolled out, a namespace is active, a CustomResourceDefinition's
 * kind is served. Returns the object in that state. The annotation `pulumi.com/skipAwait` skips the wait, and
 * `pulumi.com/timeoutSeconds` sets the timeout. Throws on failure, on timeout, and when `stop` is aborted.
 */
export async function waitUntilReady(
  client: KubernetesClient,
  object: KubernetesObject,
  stop?: AbortSignal,
): Promise<KubernetesObject> {
  if (object.metadata.annotations?.["pulumi.com/skipAwait"] === "true") return object;
  if (object.kind === "CustomResourceDefinition") return waitUntilServed(client, object, stop);
  if (!hasReadiness(object) || readiness(object).state === "ready") return object;
  const seconds = timeoutOf(object);
  const { apiVersion, kind, metadata } = object;
  let last = object;
  const timeout = AbortSignal.timeout(seconds * 1000);
  const signal = stop === undefined ? timeout : AbortSignal.any([timeout, stop]);
  for await (const event of client.watch(apiVersion, kind, {
    namespace: metadata.namespace,
    name: metadata.name,
    signal,
  })) {
    if (event.type === "DELETED") throw new Error(`${describeRef(refOf(object))}: was deleted before it became ready.`);
    last = event.object;
    const now = readiness(last);
    if (now.state === "ready") return last;
    if (now.state === "failed") throw notReady(object, now.reason);
  }
  if (stop?.aborted === true) throw stoppedWaiting(object);
  const now = readiness(last);
  throw notReady(object, `not ready after ${seconds} s: ${now.state === "ready" ? "" : now.reason}`);
}

/**
 * Waits until an object is gone, including its finalizers. Throws on timeout and when `stop` is aborted.
 */
export async function waitUntilDeleted(
  client: KubernetesClient,
  ref: ObjectRef,
  seconds: number,
  stop?: AbortSignal,
): Promise<void> {
  const first = await client.getMetadata(ref);
  let now = first;
  const gone = await poll(
    seconds,
    async () => {
      now = await client.getMetadata(ref);
      return now === undefined || now.uid !== first?.uid;
    },
    stop,
  );
  if (gone) return;
  if (stop?.aborted === true)
    throw new Error(`${describeRef(ref)}: is being deleted, but the run was stopped before it was gone.`);
  const finalizers = now?.finalizers?.join(", ") ?? "";
  throw new Error(
    `${describeRef(ref)}: still exists ${seconds} s after its deletion was requested; it waits for ` +
      (finalizers === ""
        ? "the objects that it owns."
        : `its finalizers (${finalizers}). Check that the controller that removes them is running.`),
  );
}

/** The timeout for an object, in seconds: from its annotation, or the default. */
export function timeoutOf(object: Pick<KubernetesObject, "metadata">): number {
  const given = Number(object.metadata.annotations?.["pulumi.com/timeoutSeconds"]);
  return given > 0 ? given : DEFAULT_TIMEOUT_SECONDS;
}

// The API server serves a kind only after its definition is established. Polling discovery is cheap: its response is
// small.
async function waitUntilServed(
  client: KubernetesClient,
  object: KubernetesObject,
  stop?: AbortSignal,
): Promise<KubernetesObject> {
  const { spec } = object as KubernetesObject & CustomResourceDefinition;
  const versions = spec.versions.filter((version) => version.served).map((version) => `${spec.group}/${version.name}`);
  const served = await poll(
    timeoutOf(object),
    async () => {
      const results = await Promise.all(versions.map(async (version) => client.serves(version, spec.names.kind)));
      return !results.includes(false);
    },
    stop,
  );
  if (served) return object;
  if (stop?.aborted === true) throw stoppedWaiting(object);
  const live = (await client.get(refOf(object))) as
    { status?: { conditions?: { message?: string; status: string }[] } } | undefined;
  const reasons = (live?.status?.conditions ?? []).filter((each) => each.status !== "True").map((each) => each.message);
  throw new Error(`${describeRef(refOf(object))}: not established after ${timeoutOf(object)} s: ${reasons.join("; ")}`);
}

function stoppedWaiting(object: KubernetesObject): Error {
  return new Error(`${describeRef(refOf(object))}: was applied, but the run was stopped before it was ready.`);
}

/** Polls until `done` returns true. Returns false on timeout, or when `stop` is aborted. */
async function poll(seconds: number, done: () => Promise<boolean>, stop?: AbortSignal): Promise<boolean> {
  const end = Date.now() + seconds * 1000;
  for (let wait = FIRST_POLL_MS; ; wait = Math.min(wait * 1.5, MAX_POLL_MS)) {
    if (await done()) return true;
    if (stop?.aborted === true || Date.now() > end) return false;
    await sleep(wait);
  }
}

function notReady(object: KubernetesObject, reason: string): Error {
  return new Error(`${describeRef(refOf(object))}: ${reason}.`);
}

/** Whether an object is ready. */
export type Readiness =
  | { state: "ready" }
  /** Not ready yet. The reason is for the error message of a timeout. */
  | { state: "waiting"; reason: string }
  /** It will not become ready. */
  | { state: "failed"; reason: string };

interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
}

interface Workload {
  spec?: { replicas?: number; updateStrategy?: { type?: string; rollingUpdate?: { partition?: number } } };
  status?: Record<string, unknown> & { conditions?: Condition[] };
}

const READY: Readiness = { state: "ready" };

const CHECKS: Record<string, (object: KubernetesObject & Workload) => Readiness> = {
  "v1/Namespace": (object) => (object.status?.phase === "Active" ? READY : waiting("its phase is not Active")),
  "apps/v1/Deployment": deployment,
  "apps/v1/StatefulSet": statefulSet,
};

/** Whether objects of this kind have a readiness check. */
function hasReadiness(object: KubernetesObject): boolean {
  return keyOf(object) in CHECKS;
}

/** Checks a live object. Objects of a kind without a readiness check are ready. */
function readiness(object: KubernetesObject): Readiness {
  const check = CHECKS[keyOf(object)];
  if (!check) return READY;
  const observed = count(object as Workload, "observedGeneration");
  const lags = object.kind !== "Namespace" && observed < (object.metadata.generation ?? 0);
  return lags ? waiting("its controller has not processed it yet") : check(object);
}

function deployment(object: Workload): Readiness {
  const desired = object.spec?.replicas ?? 1;
  const stuck = condition(object, "Progressing", "False");
  if (stuck?.reason === "ProgressDeadlineExceeded") return { state: "failed", reason: stuck.message ?? stuck.reason };
  const updated = count(object, "updatedReplicas");
  if (updated < desired) return waiting(`${updated} of ${desired} pods are updated`);
  const old = count(object, "replicas") - updated;
  if (old > 0) return waiting(`${old} pods of the old version still exist`);
  return available(count(object, "availableReplicas"), desired);
}

function statefulSet(object: Workload): Readiness {
  const desired = object.spec?.replicas ?? 1;
  const strategy = object.spec?.updateStrategy;
  const automatic = strategy?.type !== "OnDelete" && (strategy?.rollingUpdate?.partition ?? 0) === 0;
  const updated = count(object, "updatedReplicas");
  if (automatic && updated < desired) return waiting(`${updated} of ${desired} pods are updated`);
  return available(count(object, "availableReplicas"), desired);
}

function available(pods: number, desired: number): Readiness {
  return pods >= desired ? READY : waiting(`${pods} of ${desired} pods are available`);
}

function waiting(reason: string): Readiness {
  return { state: "waiting", reason };
}

function count(object: Workload, field: string): number {
  const value = object.status?.[field];
  return typeof value === "number" ? value : 0;
}

function condition(object: Workload, type: string, status: string): Condition | undefined {
  return object.status?.conditions?.find((each) => each.type === type && each.status === status);
}

function keyOf(object: KubernetesObject): string {
  return `${object.apiVersion}/${object.kind}`;
}
