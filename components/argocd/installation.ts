import { createHash } from "node:crypto";
import type { INamespace } from "kubernetes-models/v1/Namespace";
import type { IAppProject } from "@kubernetes-models/argo-cd/argoproj.io/v1alpha1/AppProject";
import { ARGOCD_NAMESPACE } from "@gitops-platform/environments/argocd-cluster";
import type { FleetSize } from "@gitops-platform/environments/settings/argocd-tuning";
import type { Manifest } from "../kubernetes-object";
import { configMapData, type ArgocdSettings } from "./config-maps";
import { monitoringObjects } from "./monitoring/monitoring";
import { scrapedOnlyFrom } from "./monitoring/network-policies";
import { withResources, type Pod } from "./resources";
import { tuned, UNTUNED } from "./tuned";
import { isWorkload, environmentReferences } from "./workloads";

export { ARGOCD_NAMESPACE };

/** Holds a checksum of the settings that a workload's pods read only when they start. */
export const CHECKSUM_ANNOTATION = "gitops-platform/settings-checksum";

/** Argo CD's objects, in the order in which they are created. Each group depends on the ones before it. */
export interface Installation {
  readonly namespace: INamespace;
  readonly definitions: readonly Manifest[];
  /** What the workloads need when they start: ConfigMaps, Secrets, RBAC objects, Services. */
  readonly prerequisites: readonly Manifest[];
  readonly defaultProject: IAppProject;
  readonly workloads: readonly Manifest[];
  /** What Prometheus and Grafana read. Empty without `argocd.monitoring`. */
  readonly monitoring: readonly Manifest[];
}

const CLUSTER_KINDS = ["CustomResourceDefinition", "ClusterRole", "ClusterRoleBinding"];

/** Upstream's objects with the platform's settings merged into them, and otherwise unchanged. */
export function installation(upstream: readonly Manifest[], settings: ArgocdSettings): Installation {
  const data = configMapData(settings);
  const tuning = settings.tuning ?? UNTUNED;
  const release = upstream.map(inNamespace).map((object) => withData(object, data[object.metadata?.name ?? ""]));
  const open = tuned(release, ARGOCD_NAMESPACE, tuning);
  const { monitoring } = settings;
  const objects = monitoring ? scrapedOnlyFrom(open, monitoring.namespace) : open;
  const workloads = objects.filter(isWorkload);
  const definitions = objects.filter(({ kind }) => kind === "CustomResourceDefinition");
  return {
    namespace: argocdNamespace(),
    definitions,
    prerequisites: objects.filter((object) => !isWorkload(object) && !definitions.includes(object)),
    defaultProject: closedProject(),
    workloads: workloads.map((workload) => withContainerResources(withChecksum(workload, objects), tuning.size)),
    monitoring: monitoring ? monitoringObjects(objects, { ...settings, monitoring }, ARGOCD_NAMESPACE) : [],
  };
}

/** Argo CD's namespace, with the strictest Pod Security level that upstream's pods comply with. */
export function argocdNamespace(): INamespace {
  return {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: ARGOCD_NAMESPACE, labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
  };
}

/**
 * The project `default`, which permits nothing. If it is missing, argocd-server creates one that permits everything,
 * and every Application that names no project belongs to it.
 */
export function closedProject(): IAppProject {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "AppProject",
    metadata: { name: "default", namespace: ARGOCD_NAMESPACE },
    spec: {
      description: "Closed. Every Application belongs to a project of its own.",
      sourceRepos: [],
      destinations: [],
      clusterResourceWhitelist: [],
      namespaceResourceBlacklist: [{ group: "*", kind: "*" }],
    },
  };
}

function inNamespace(object: Manifest): Manifest {
  if (CLUSTER_KINDS.includes(object.kind)) return object;
  return { ...object, metadata: { ...object.metadata, namespace: ARGOCD_NAMESPACE } };
}

function withData(object: Manifest, data: Record<string, string> | undefined): Manifest {
  if (object.kind !== "ConfigMap" || data === undefined) return object;
  return { ...object, data: { ...dataOf(object), ...data } } as Manifest;
}

function dataOf(object: Manifest | undefined): Record<string, string> {
  return (object as { data?: Record<string, string> } | undefined)?.data ?? {};
}

interface Workload extends Manifest {
  readonly spec: {
    readonly template: { readonly metadata?: { readonly annotations?: Record<string, string> }; readonly spec: Pod };
  };
}

/**
 * Pods read environment variables from ConfigMaps only when they start, so a changed value must change the pod
 * template. Mounted files are updated in running pods, and Argo CD watches its other settings itself: neither needs a
 * restart.
 */
function withChecksum(object: Manifest, objects: readonly Manifest[]): Manifest {
  const { spec, ...rest } = object as Workload;
  const annotations = { ...spec.template.metadata?.annotations, [CHECKSUM_ANNOTATION]: checksum(object, objects) };
  const template = { ...spec.template, metadata: { ...spec.template.metadata, annotations } };
  return { ...rest, spec: { ...spec, template } } as Manifest;
}

function withContainerResources(object: Manifest, size: FleetSize): Manifest {
  const { spec, ...rest } = object as Workload;
  return {
    ...rest,
    spec: { ...spec, template: { ...spec.template, spec: withResources(spec.template.spec, size) } },
  } as Manifest;
}

function checksum(workload: Manifest, objects: readonly Manifest[]): string {
  const configMaps = objects.filter(({ kind }) => kind === "ConfigMap");
  const values = environmentReferences(workload)
    .map(({ configMap, key }): [string, string | undefined] => {
      const data = dataOf(configMaps.find(({ metadata }) => metadata?.name === configMap));
      return [`${configMap}/${key}`, data[key]];
    })
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256").update(JSON.stringify(values)).digest("hex");
}
