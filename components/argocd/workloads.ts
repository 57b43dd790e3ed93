import type { ArgocdTuning, Proxy, Scheduling } from "@gitops-platform/environments/settings/argocd-tuning";
import type { Manifest } from "../kubernetes-object";
import type { IConfigMapKeySelector } from "kubernetes-models/v1/ConfigMapKeySelector";
import type { IConfigMapVolumeSource } from "kubernetes-models/v1/ConfigMapVolumeSource";

/** The fields of a Deployment or StatefulSet that tuning reads or changes. */
export interface Workload extends Manifest {
  readonly spec: {
    readonly replicas?: number;
    readonly selector?: LabelSelector;
    readonly template: { readonly metadata?: object; readonly spec: Pod };
  };
}

interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
}

interface Pod {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly tolerations?: readonly unknown[];
  readonly topologySpreadConstraints?: readonly unknown[];
  readonly imagePullSecrets?: readonly unknown[];
}

interface Container {
  readonly name: string;
  readonly image?: string;
  readonly env?: readonly Variable[];
  readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[];
}

interface Variable {
  readonly name: string;
  readonly value?: string;
}

/**
 * For each component whose number of pods can be set, its workload, and the variable that tells the pods the number, by
 * which controllers divide the clusters and servers the limit of concurrent logins.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/high_availability/
 */
const REPLICATED = {
  controller: { name: "argocd-application-controller", variable: "ARGOCD_CONTROLLER_REPLICAS" },
  repoServer: { name: "argocd-repo-server", variable: undefined },
  server: { name: "argocd-server", variable: "ARGOCD_API_SERVER_REPLICAS" },
} as const;

/** The parts of a cluster over which the pods of a workload are spread. */
const SPREAD = ["topology.kubernetes.io/zone", "kubernetes.io/hostname"];

/** Addresses in the cluster. Kubernetes replaces the variable by the API server's address, which clients use. */
const IN_CLUSTER = ["$(KUBERNETES_SERVICE_HOST)", "localhost", "127.0.0.1", ".svc", ".cluster.local"];

/** Whether an object is a Deployment or a StatefulSet. */
export function isWorkload(object: Manifest): object is Workload {
  return object.kind === "Deployment" || object.kind === "StatefulSet";
}

/**
 * A workload of the release with its number of pods, its place in the cluster, its images and its proxy.
 * @param services The names of the release's Services, which are reached without the proxy.
 */
export function tunedWorkload(workload: Workload, tuning: ArgocdTuning, services: readonly string[]): Workload {
  const replicated = spread(withReplicas(workload, tuning.replicas));
  const pod = [
    (spec: Pod) => placed(spec, tuning.scheduling),
    (spec: Pod) => withImages(spec, tuning.registry),
    (spec: Pod) => (tuning.proxy ? behind(tuning.proxy, spec, services) : spec),
  ].reduce((spec, step) => step(spec), replicated.spec.template.spec);
  return withPod(replicated, pod);
}

function withReplicas(workload: Workload, replicas: ArgocdTuning["replicas"]): Workload {
  const components = Object.keys(REPLICATED) as (keyof typeof REPLICATED)[];
  const component = components.find((each) => REPLICATED[each].name === workload.metadata?.name);
  const count = component && replicas[component];
  if (component === undefined || count === undefined) return workload;
  const { variable } = REPLICATED[component];
  const { spec } = workload.spec.template;
  const containers = spec.containers.map((container) =>
    variable !== undefined && container.name === workload.metadata?.name
      ? withVariables(container, [{ name: variable, value: String(count) }])
      : container,
  );
  return withPod({ ...workload, spec: { ...workload.spec, replicas: count } }, { ...spec, containers });
}

/** Prefers different zones and nodes for pods of one workload. It never keeps a pod from starting. */
function spread(workload: Workload): Workload {
  const { replicas = 1, selector, template } = workload.spec;
  if (replicas < 2) return workload;
  const constraints = SPREAD.map((topologyKey) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: selector,
  }));
  const { topologySpreadConstraints = [] } = template.spec;
  return withPod(workload, {
    ...template.spec,
    topologySpreadConstraints: [...topologySpreadConstraints, ...constraints],
  });
}

function placed(pod: Pod, { nodeSelector, tolerations, priorityClass }: Scheduling): Pod {
  return {
    ...pod,
    ...(nodeSelector && { nodeSelector: { ...pod.nodeSelector, ...nodeSelector } }),
    ...(tolerations && { tolerations: [...(pod.tolerations ?? []), ...tolerations] }),
    ...(priorityClass !== undefined && { priorityClassName: priorityClass }),
  };
}

function withImages(pod: Pod, { mirror, pullSecrets }: ArgocdTuning["registry"]): Pod {
  const pulled = (container: Container): Container =>
    mirror === undefined || container.image === undefined
      ? container
      : { ...container, image: mirrored(container.image, mirror) };
  return {
    ...eachContainer(pod, pulled),
    ...(pullSecrets && {
      imagePullSecrets: [...(pod.imagePullSecrets ?? []), ...pullSecrets.map((name) => ({ name }))],
    }),
  };
}

/** An image's name in a mirror: the registry's host is replaced, and the rest stays. */
function mirrored(image: string, mirror: string): string {
  return `${mirror}/${image.slice(image.indexOf("/") + 1)}`;
}

/** Redis and its proxy reach nothing outside of the cluster. */
function behind({ http, https, noProxy = [] }: Proxy, pod: Pod, services: readonly string[]): Pod {
  const variables = [
    ...(http === undefined ? [] : [{ name: "HTTP_PROXY", value: http }]),
    ...(https === undefined ? [] : [{ name: "HTTPS_PROXY", value: https }]),
    { name: "NO_PROXY", value: [...IN_CLUSTER, ...services, ...noProxy].join(",") },
  ];
  const needs = ({ name }: Container) => name.startsWith("argocd-") || name === "dex";
  return eachContainer(pod, (container) => (needs(container) ? withVariables(container, variables) : container));
}

function withVariables(container: Container, variables: readonly Variable[]): Container {
  const others = (container.env ?? []).filter(({ name }) => !variables.some((variable) => variable.name === name));
  return { ...container, env: [...others, ...variables] };
}

function eachContainer(pod: Pod, change: (container: Container) => Container): Pod {
  return {
    ...pod,
    containers: pod.containers.map(change),
    ...(pod.initContainers && { initContainers: pod.initContainers.map(change) }),
  };
}

function withPod(workload: Workload, spec: Pod): Workload {
  return { ...workload, spec: { ...workload.spec, template: { ...workload.spec.template, spec } } };
}

/** A key of a ConfigMap that a workload reads into an environment variable. */
export interface SettingReference {
  readonly configMap: string;
  readonly key: string;
}

/** The ConfigMap keys that a workload reads into environment variables. */
export function environmentReferences(workload: unknown): SettingReference[] {
  return fieldsNamed<IConfigMapKeySelector>(workload, "configMapKeyRef").map(({ name, key }) => ({
    configMap: name ?? "",
    key,
  }));
}

/** Every key of a ConfigMap that the workloads read, as an environment variable or as a file. */
export function referencedKeys(workloads: readonly unknown[], configMap: string): Set<string> {
  const variables = workloads.flatMap(environmentReferences).filter((reference) => reference.configMap === configMap);
  const files = workloads
    .flatMap((workload) => fieldsNamed<IConfigMapVolumeSource>(workload, "configMap"))
    .filter(({ name }) => name === configMap)
    .flatMap(({ items = [] }) => items);
  return new Set([...variables, ...files].map(({ key }) => key));
}

/** The values of every field with that name, at any depth. */
function fieldsNamed<T>(value: unknown, name: string): T[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([field, child]) =>
    field === name ? [child as T] : fieldsNamed<T>(child, name),
  );
}
