import type { DeliveringEnvironment } from "@gitops-platform/components/delivery/target";
import { declarationPath } from "@gitops-platform/contract/catalogue";
import type { Quota } from "@gitops-platform/environments/environment";
import type { ValuesFile } from "@gitops-platform/contract/paths";
import { containersOf, type Container, type PodSpec } from "@gitops-platform/policy/pods";
import type { FileProblem } from "@gitops-platform/rules/entry";
import { amount } from "@gitops-platform/rules/quantity";
import { renderingsAt } from "../catalogue/rendering";
import { renderRevision } from "../chart/revision";
import type { Clone } from "../git/clone";
import type { Candidate } from "./candidate";
import { at, type RenderedObject, list, objectsOf, podOf } from "./objects";
import { sourcedPath, type Sourced } from "./sourced";

/** What a service is rendered to after a change. */
export interface Made {
  readonly sourced: Sourced;
  readonly manifests: string;
}

/** What the pods of a namespace need at most, in billionths. */
type Demand = Readonly<Record<keyof Quota, number>>;

/**
 * Refuses services whose pods, with their largest number of replicas, need more than the quota of their namespace: the
 * API server would refuse some of the pods, and an update that first adds a pod would never begin. What was over it
 * before and does not grow is ignored.
 * @param environments With the quotas after the change; `earlier`: before it.
 * @param services All services of the catalogue, by their namespace.
 */
export async function overQuota(
  { clone, base, tree }: Candidate,
  made: readonly Made[],
  { environments, earlier }: Record<"environments" | "earlier", readonly DeliveringEnvironment[]>,
  services: ReadonlyMap<string, readonly string[]>,
): Promise<(FileProblem & { readonly file: string })[]> {
  const places = Map.groupBy(made, ({ sourced: { file, now } }) => `${file.environment}/${now.namespace}`);
  const problems = [...places.values()].map(async (touched) => {
    const [{ sourced } = { sourced: undefined }] = touched;
    const isHere = ({ name }: DeliveringEnvironment) => name === sourced?.file.environment;
    const quota = environments.find(isHere)?.quota;
    const quotaBefore = earlier.find(isHere)?.quota ?? quota;
    if (!sourced || !quota || !quotaBefore) return [];
    const { environment } = sourced.file;
    const own = touched.map(({ sourced: { file } }) => file.service);
    const others = (services.get(sourced.now.namespace) ?? []).filter((service) => !own.includes(service));
    const fileOf = (service: string): ValuesFile => ({ environment, service });
    const rendered = [...touched, ...(await renderRevision(clone, tree, others.map(fileOf)))];
    const after = demandOf(rendered.flatMap(objectsIn));
    const over = RESOURCES.filter((resource) => after[resource] > amount(quota[resource]));
    if (over.length === 0) return [];
    const there = await servicesThere({ clone, base }, [...own, ...others], sourced.now.namespace);
    const renderedBefore = await renderRevision(clone, base, there.map(fileOf));
    const before = demandOf(renderedBefore.flatMap(objectsIn));
    const wasOver = (resource: keyof Quota) => before[resource] > amount(quotaBefore[resource]);
    return over
      .filter((resource) => after[resource] > before[resource] || !wasOver(resource))
      .map((resource) => ({
        file: sourcedPath(sourced),
        message:
          `${resource}: got ${written(resource, after[resource])} for all pods of ${[...own, ...others].join(", ")} ` +
          `during an update; expected at most ${quota[resource]}, the quota of a namespace in ${environment}. ` +
          "Run fewer or smaller pods, or let the platform team raise the quota in " +
          `environments/${environment}.ts of the platform.`,
      }));
  });
  return (await Promise.all(problems)).flat();
}

/** The services that a namespace had before. Where a service without a declaration runs is not known: it counts. */
async function servicesThere(
  { clone, base }: { readonly clone: Clone; readonly base: string },
  services: readonly string[],
  namespace: string,
): Promise<string[]> {
  const declared = new Set(await clone.list(base, ...services.map(declarationPath)));
  const renderings = await renderingsAt(clone, base, services);
  return services.filter((service) => {
    const rendering = renderings.get(service);
    const isThere = rendering !== undefined && "namespace" in rendering && rendering.namespace === namespace;
    return isThere || !declared.has(declarationPath(service));
  });
}

const RESOURCES = ["pods", "requests.cpu", "requests.memory", "limits.memory"] as const satisfies (keyof Quota)[];

/** One pod, in the unit of {@link amount}. */
const ONE = amount(1);

/** The objects of a rendering; none of one that failed, which another check reports. */
function objectsIn(rendered: object | undefined): RenderedObject[] {
  const manifests = at(rendered, "manifests");
  return typeof manifests === "string" ? objectsOf(manifests) : [];
}

/** What all pods of these objects need at most, with those without which no update would begin. */
export function demandOf(objects: readonly RenderedObject[]): Demand {
  const pods = objects.flatMap((object) => {
    const pod = podOf(object);
    if (!pod) return [];
    const copies = copiesOf(object, objects);
    return [{ pod, copies: copies + addedFirst(object, copies) }];
  });
  const sum = (need: (pod: PodSpec) => number) => {
    return pods.reduce((total, { pod, copies }) => total + copies * need(pod), 0);
  };
  return {
    pods: sum(() => ONE),
    "requests.cpu": sum((pod) => needOf(pod, "requests", "cpu")),
    "requests.memory": sum((pod) => needOf(pod, "requests", "memory")),
    "limits.memory": sum((pod) => needOf(pod, "limits", "memory")),
  };
}

/** How many pods an object has at the same time, at most. */
function copiesOf({ kind = "", metadata, spec }: RenderedObject, objects: readonly RenderedObject[]): number {
  if (kind === "Job" || kind === "CronJob") {
    const job = kind === "Job" ? spec : at(spec, "jobTemplate", "spec");
    const parallel = count(at(job, "parallelism"));
    return Math.min(parallel, count(at(job, "completions"), parallel));
  }
  const scalers = objects.filter(
    (each) =>
      each.kind === "HorizontalPodAutoscaler" &&
      at(each.spec, "scaleTargetRef", "kind") === kind &&
      at(each.spec, "scaleTargetRef", "name") === metadata?.name,
  );
  return Math.max(...scalers.map((each) => count(at(each.spec, "maxReplicas"))), count(at(spec, "replicas")));
}

/**
 * The pods that an update of a Deployment has to add before it removes one. With one of those that it may add, it goes
 * on. https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#rolling-update-deployment
 */
function addedFirst({ kind = "", spec }: RenderedObject, copies: number): number {
  if (kind !== "Deployment" || at(spec, "strategy", "type") === "Recreate") return 0;
  const part = (key: string) => share(at(spec, "strategy", "rollingUpdate", key) ?? "25%", copies);
  // Where both round to none, one pod may be unavailable.
  return Math.floor(part("maxUnavailable")) >= 1 ? 0 : Math.min(Math.ceil(part("maxSurge")), copies, 1);
}

/** A number of pods, or a percentage of them. */
function share(value: unknown, pods: number): number {
  const [, percent] = /^(\d+)%$/.exec(String(value)) ?? [];
  return percent === undefined ? count(value) : (pods * Number(percent)) / 100;
}

function count(value: unknown, otherwise = 1): number {
  return typeof value === "number" ? value : otherwise;
}

type Kind = "requests" | "limits";

/**
 * What a pod counts for: its containers and sidecars together, or an init container with the sidecars that started
 * before it, if that is more. https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/
 */
function needOf(pod: PodSpec, kind: Kind, resource: "cpu" | "memory"): number {
  const ofPod = at(pod, "resources", kind, resource);
  if (ofPod !== undefined) return known(ofPod);
  let [sidecars, most] = [0, 0];
  for (const container of list(pod.initContainers) as readonly Container[]) {
    const need = containerNeed(container, kind, resource);
    if (at(container, "restartPolicy") === "Always") sidecars += need;
    most = Math.max(most, at(container, "restartPolicy") === "Always" ? sidecars : sidecars + need);
  }
  const together = containersOf({ containers: pod.containers ?? [] }).map((each) =>
    containerNeed(each, kind, resource),
  );
  return Math.max(
    most,
    together.reduce((sum, each) => sum + each, sidecars),
  );
}

/** A limit without a request is the request too. */
function containerNeed({ resources = {} }: Container, kind: Kind, resource: "cpu" | "memory"): number {
  const limit = resources.limits?.[resource];
  const given = kind === "limits" ? limit : (resources.requests?.[resource] ?? limit);
  return given === undefined ? 0 : known(given);
}

/** None for what is no quantity, which another check reports. */
function known(quantity: unknown): number {
  return amount(quantity) || 0;
}

const MIB = amount("1Mi");

function written(resource: keyof Quota, need: number): string {
  const rounded = (value: number) => String(Number(value.toFixed(3)));
  if (!resource.endsWith(".memory")) return rounded(need / ONE);
  return need < 1024 * MIB ? `${rounded(need / MIB)}Mi` : `${rounded(need / MIB / 1024)}Gi`;
}
