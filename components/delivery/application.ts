import type { IApplication } from "@kubernetes-models/argo-cd/argoproj.io/v1alpha1/Application";
import type { IInfo } from "@kubernetes-models/argo-cd/argoproj.io/v1alpha1/Info";
import { environmentBranch } from "@gitops-platform/contract/branches";
import { DELIVERY_README, deliveryFolder } from "@gitops-platform/contract/catalogue";
import { followsApprovals, trackedBranch, trackedRevision } from "@gitops-platform/environments/environments";
import {
  MANIFESTS_FILE,
  manifestsFolder,
  overlayFolder,
  valuesFolder,
  valuesPath,
} from "@gitops-platform/contract/paths";
import { describeSource, isServiceChart, SERVICE_SOURCE, sharedFolder } from "@gitops-platform/contract/source";
import supported from "../../supported.json";
import { ARGOCD_NAMESPACE } from "../argocd/installation";
import { ENVIRONMENT_LABEL, SERVICE_LABEL } from "../labels";
import { isSyncedByHand, syncPolicy } from "./policy";
import { IN_CLUSTER, projectName, webUrl, type Target } from "./target";

/** The finalizer that makes Argo CD delete the workload before the Application. */
export const CASCADE_FINALIZER = "resources-finalizer.argocd.argoproj.io";

/** The Application that delivers a service. */
export function application(target: Target): IApplication {
  const { environment, service, repositoryUrl } = target;
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: {
      name: service.name,
      namespace: ARGOCD_NAMESPACE,
      labels: { [ENVIRONMENT_LABEL]: environment.name, [SERVICE_LABEL]: service.name },
      // Limits the refresh after a push to the Applications whose paths it changed.
      annotations: { "argocd.argoproj.io/manifest-generate-paths": watchedPaths(target).join(";") },
      ...(environment.cascade && { finalizers: [CASCADE_FINALIZER] }),
    },
    spec: {
      project: projectName(target),
      source: {
        repoURL: repositoryUrl,
        targetRevision: trackedRevision(environment.name, environment.delivery),
        ...manifestSource(target),
      },
      destination: { server: IN_CLUSTER, namespace: service.namespace },
      syncPolicy: syncPolicy(target),
      info: infoLinks(target),
    },
  };
}

/**
 * Where Argo CD gets the manifests from. In an environment with an approval branch it renders nothing: it applies the
 * approved manifests from one file. The explicit `directory` keeps it from detecting Helm or Kustomize there. Defaults
 * such as `recurse: false` are left out, because Argo CD removes them from the object.
 */
function manifestSource(
  target: Target,
): Pick<NonNullable<IApplication["spec"]["source"]>, "path" | "helm" | "directory"> {
  const { environment, service, retired } = target;
  // Argo CD deletes nothing while the path is missing, and a retired service has neither values nor manifests. So the
  // path is a folder that exists, and the only included file contains no objects.
  if (retired) return { path: deliveryFolder(environment.name), directory: { include: DELIVERY_README } };
  if (followsApprovals(environment.delivery)) {
    return { path: manifestsFolder(service.name), directory: { include: MANIFESTS_FILE } };
  }
  const { source = SERVICE_SOURCE } = target;
  if (source.kind === "manifests") {
    return { path: valuesFolder(environment.name), directory: { include: `${service.name}.yaml` } };
  }
  const file = { environment: environment.name, service: service.name };
  // Argo CD removes empty options of Kustomize from the object, and finds Kustomize by the only file in the folder.
  if (source.kind === "kustomize") return { path: overlayFolder(file) };
  const values = valuesPath(file, source);
  const helm = { releaseName: service.name, valueFiles: [`/${values}`] };
  return { path: source.chart, helm: isServiceChart(source) ? helm : { ...helm, ...CAPABILITIES } };
}

/**
 * The version and kinds of Kubernetes that a service's own chart is rendered for: the same as in `validate`. By default
 * Argo CD renders it for the cluster's, and the objects could depend on them. Helm adds v1 to kinds that it knows
 * anyway.
 */
const CAPABILITIES = { kubeVersion: supported.kubernetes, apiVersions: ["v1"] };

function watchedPaths(target: Target): string[] {
  const { environment, service, retired } = target;
  if (retired) return [`/${deliveryFolder(environment.name)}/${DELIVERY_README}`];
  if (followsApprovals(environment.delivery)) return [`/${manifestsFolder(service.name)}`];
  const { source = SERVICE_SOURCE } = target;
  const values = `/${valuesPath({ environment: environment.name, service: service.name }, source)}`;
  const shared = sharedFolder(source);
  return shared === undefined ? [values] : [`/${shared}`, values];
}

/** The entries on the Application's page in Argo CD: how changes are approved, and where to find their history. */
function infoLinks(target: Target): IInfo[] {
  const { source = SERVICE_SOURCE } = target;
  // Also in an environment that reads manifests: a release takes a declaration along if it changes this object.
  const own = isServiceChart(source) ? [] : [{ name: "Source", value: describeSource(source) }];
  return [...approvalLinks(target), ...own];
}

function approvalLinks(target: Target): IInfo[] {
  const { environment, service, repositoryUrl, source = SERVICE_SOURCE } = target;
  const values = valuesPath({ environment: environment.name, service: service.name }, source);
  const pages = webUrl(repositoryUrl);
  const branch = trackedBranch(environment.name, environment.delivery);
  const history = { name: "History", value: `${pages}/commits/${branch}/${values}` };
  if (followsApprovals(environment.delivery)) {
    const query = new URLSearchParams({ q: `is:pr is:open base:${environmentBranch(environment.name)}` });
    return [{ name: "Waiting for approval", value: `${pages}/pulls?${query.toString()}` }, history];
  }
  if (isSyncedByHand(environment)) {
    return [{ name: "Approval", value: `Sync by a member of the role operator of ${projectName(target)}` }, history];
  }
  return [history];
}
