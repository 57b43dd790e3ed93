import type { IApplication } from "@kubernetes-models/argo-cd/argoproj.io/v1alpha1/Application";
import type { IInfo } from "@kubernetes-models/argo-cd/argoproj.io/v1alpha1/Info";
import { environmentBranch, followsApprovals, trackedBranch, trackedRevision } from "../../environments/catalogue";
import { MANIFESTS_FILE, manifestsFolder } from "../../environments/manifests";
import { ARGOCD_NAMESPACE } from "../argocd/installation";
import { ENVIRONMENT_LABEL } from "../labels";
import { isSyncedByHand, syncPolicy } from "./policy";
import { IN_CLUSTER, projectName, valuesPath, webUrl, type Target } from "./target";

/** The chart that every service is an instance of. */
const CHART = "charts/service";

/** Makes Argo CD delete the workload before the Application. */
const CASCADE = "resources-finalizer.argocd.argoproj.io";

/** The Application that delivers a service. */
export function application(target: Target): IApplication {
  const { environment, service, repositoryUrl } = target;
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: {
      name: service.name,
      namespace: ARGOCD_NAMESPACE,
      labels: { [ENVIRONMENT_LABEL]: environment.name },
      // A push is compared with these paths, so that it refreshes only the Applications that it can change.
      annotations: { "argocd.argoproj.io/manifest-generate-paths": pathsOf(target).join(";") },
      ...(environment.cascade && { finalizers: [CASCADE] }),
    },
    spec: {
      project: projectName(target),
      source: {
        repoURL: repositoryUrl,
        targetRevision: trackedRevision(environment.name, environment.delivery),
        ...contentOf(target),
      },
      destination: { server: IN_CLUSTER, namespace: service.namespace },
      syncPolicy: syncPolicy(environment),
      info: information(target),
    },
  };
}

/**
 * What Argo CD makes manifests of. Where changes wait for approvals it makes none: it applies those that were approved,
 * from a file named here, and looks for no Helm or Kustomize beside it, because the kind of the source is told.
 * Argo CD itself takes what is no more than a default, such as `recurse: false`, out of the object.
 */
function contentOf(target: Target): Pick<NonNullable<IApplication["spec"]["source"]>, "path" | "helm" | "directory"> {
  const { environment, service } = target;
  return followsApprovals(environment.delivery)
    ? { path: manifestsFolder(service.name), directory: { include: MANIFESTS_FILE } }
    : { path: CHART, helm: { releaseName: service.name, valueFiles: [`/${valuesPath(target)}`] } };
}

function pathsOf(target: Target): string[] {
  const { environment, service } = target;
  return followsApprovals(environment.delivery)
    ? [`/${manifestsFolder(service.name)}`]
    : [`/${CHART}`, `/${valuesPath(target)}`];
}

/** What Argo CD's page of the Application tells its reader: how changes get in, and where to look. */
function information(target: Target): IInfo[] {
  const { environment, repositoryUrl } = target;
  const pages = webUrl(repositoryUrl);
  const branch = trackedBranch(environment.name, environment.delivery);
  const history = { name: "History", value: `${pages}/commits/${branch}/${valuesPath(target)}` };
  if (followsApprovals(environment.delivery)) {
    const query = new URLSearchParams({ q: `is:pr is:open base:${environmentBranch(environment.name)}` });
    return [{ name: "Waiting for approval", value: `${pages}/pulls?${query.toString()}` }, history];
  }
  if (isSyncedByHand(environment)) {
    return [{ name: "Approval", value: `Sync by a member of the role operator of ${projectName(target)}` }, history];
  }
  return [history];
}
