import type { IApplication } from "@kubernetes-models/argo-cd/argoproj.io/v1alpha1/Application";
import type { IAppProject } from "@kubernetes-models/argo-cd/argoproj.io/v1alpha1/AppProject";
import { CATALOGUE, deliveryFolder } from "@gitops-platform/contract/catalogue";
import type { Environment } from "@gitops-platform/environments/environment";
import { trackedBranch, trackedRevision } from "@gitops-platform/environments/environments";
import { ARGOCD_NAMESPACE } from "../argocd/installation";
import { ENVIRONMENT_LABEL } from "../labels";
import { CASCADE_FINALIZER } from "./application";
import { syncPolicy } from "./policy";
import { operators } from "./project";
import { IN_CLUSTER, webUrl } from "./target";

/** The environment whose catalogue Argo CD applies, and the repository that has it. */
export interface RootTarget {
  readonly environment: Environment;
  /** The URL from which Argo CD clones the GitOps repository. */
  readonly repositoryUrl: string;
}

/** The kinds of a namespace that deliver and confine a service. */
const CATALOGUE_KINDS = [
  { group: "", kind: "LimitRange" },
  { group: "", kind: "ResourceQuota" },
  { group: "argoproj.io", kind: "AppProject" },
  { group: "argoproj.io", kind: "Application" },
  { group: "networking.k8s.io", kind: "NetworkPolicy" },
];

const NAMESPACE = { group: "", kind: "Namespace" };

/** The name of the AppProject of an environment's catalogue. */
export function rootProjectName(environment: string): string {
  return `${environment}-${CATALOGUE}`;
}

/**
 * The AppProject of the catalogue: the kinds that deliver a service, in every namespace but the cluster's. The
 * services' namespaces are not known in advance, so the destinations are deny patterns: each permits what it does not
 * match, and what any of them matches is denied. Argo CD's namespace has to be permitted, because it holds the
 * AppProjects and Applications.
 */
export function rootProject({ environment, repositoryUrl }: RootTarget): IAppProject {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "AppProject",
    metadata: {
      name: rootProjectName(environment.name),
      namespace: ARGOCD_NAMESPACE,
      labels: { [ENVIRONMENT_LABEL]: environment.name },
    },
    spec: {
      description: `The services that the catalogue declares for ${environment.name}`,
      sourceRepos: [repositoryUrl],
      destinations: ["!default", "!kube-*"].map((namespace) => ({ server: IN_CLUSTER, namespace })),
      clusterResourceWhitelist: [NAMESPACE],
      // Destinations do not apply to Namespaces themselves, which belong to no namespace.
      clusterResourceBlacklist: [ARGOCD_NAMESPACE, "default", "kube-*"].map((name) => ({ ...NAMESPACE, name })),
      namespaceResourceWhitelist: CATALOGUE_KINDS,
      roles: operators(rootProjectName(environment.name), environment),
    },
  };
}

/** The Application that applies the catalogue's files for an environment. */
export function rootApplication({ environment, repositoryUrl }: RootTarget): IApplication {
  const { name, delivery, cascade } = environment;
  const path = deliveryFolder(name);
  const history = {
    name: "History",
    value: `${webUrl(repositoryUrl)}/commits/${trackedBranch(name, delivery)}/${path}`,
  };
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: {
      name: CATALOGUE,
      namespace: ARGOCD_NAMESPACE,
      labels: { [ENVIRONMENT_LABEL]: name },
      annotations: { "argocd.argoproj.io/manifest-generate-paths": `/${path}` },
      ...(cascade && { finalizers: [CASCADE_FINALIZER] }),
    },
    spec: {
      project: rootProjectName(name),
      source: {
        repoURL: repositoryUrl,
        targetRevision: trackedRevision(name, delivery),
        path,
        // Without it, Argo CD detects Helm and Kustomize by file names.
        directory: { include: "*.yaml" },
      },
      destination: { server: IN_CLUSTER, namespace: ARGOCD_NAMESPACE },
      syncPolicy: syncPolicy({ environment }),
      info: [history],
    },
  };
}
