import type { IAppProject } from "@kubernetes-models/argo-cd/argoproj.io/v1alpha1/AppProject";
import type { IProjectRole } from "@kubernetes-models/argo-cd/argoproj.io/v1alpha1/ProjectRole";
import { ARGOCD_NAMESPACE } from "../argocd/installation";
import { ENVIRONMENT_LABEL } from "../labels";
import { OWNED_KINDS, SERVICE_KINDS } from "./kinds";
import { DEFAULT_DENY } from "./namespace";
import { isSyncedByHand } from "./policy";
import { IN_CLUSTER, projectName, type Target } from "./target";

/**
 * The limits of a service's Application: this repository, the service's namespace, the chart's kinds and what
 * controllers make of them, nothing of the cluster's.
 */
export function project(target: Target): IAppProject {
  const { environment, service, repositoryUrl } = target;
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "AppProject",
    metadata: {
      name: projectName(target),
      namespace: ARGOCD_NAMESPACE,
      labels: { [ENVIRONMENT_LABEL]: environment.name },
    },
    spec: {
      description: `Service ${service.name} in ${environment.name}`,
      sourceRepos: [repositoryUrl],
      destinations: [{ server: IN_CLUSTER, namespace: service.namespace }],
      clusterResourceWhitelist: [],
      namespaceResourceWhitelist: [...SERVICE_KINDS, ...OWNED_KINDS],
      orphanedResources: ORPHANS,
      roles: isSyncedByHand(environment) ? [operator(target)] : [],
    },
  };
}

/**
 * Argo CD warns of objects that no Application declares, as far as they are of the kinds above: of others it says
 * nothing. The default-deny policy is of such a kind, and made by the program.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/orphaned-resources/
 */
const ORPHANS: IAppProject["spec"]["orphanedResources"] = {
  warn: true,
  ignore: [{ group: "networking.k8s.io", kind: "NetworkPolicy", name: DEFAULT_DENY }],
};

/**
 * May look at the service and sync it to what its branch says, and nothing else: no override, no deletion, no rollback.
 * That sync covers neither a rollback nor a revision of one's choice is set in argocd-cm.
 */
function operator(target: Target): IProjectRole {
  const name = projectName(target);
  return {
    name: "operator",
    description: "Approves a change by syncing it",
    groups: [...target.environment.operators],
    policies: ["get", "sync"].map((action) => `p, proj:${name}:operator, applications, ${action}, ${name}/*, allow`),
  };
}
