import type { IAppProject } from "@kubernetes-models/argo-cd/argoproj.io/v1alpha1/AppProject";
import type { IProjectRole } from "@kubernetes-models/argo-cd/argoproj.io/v1alpha1/ProjectRole";
import { DEFAULT_PROFILE, permittedKinds } from "@gitops-platform/environments/profiles";
import { ARGOCD_NAMESPACE } from "../argocd/installation";
import { ENVIRONMENT_LABEL } from "../labels";
import { DEFAULT_DENY } from "./namespace";
import { isSyncedByHand } from "./policy";
import { type DeliveringEnvironment, IN_CLUSTER, projectName, type Target } from "./target";

/**
 * The AppProject of a service. It permits this repository, the service's namespace, the kinds of its profile and those
 * that controllers create from them, and no cluster-scoped objects.
 */
export function project(target: Target): IAppProject {
  const { environment, service, profile = DEFAULT_PROFILE, repositoryUrl } = target;
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
      namespaceResourceWhitelist: permittedKinds(profile),
      orphanedResources: ORPHANED_RESOURCES,
      roles: [team(target), ...operators(projectName(target), environment)],
    },
  };
}

/**
 * Argo CD warns about objects that no Application declares, but only if the project permits their kind. The
 * default-deny policy has such a kind and is excepted, because this program creates it.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/orphaned-resources/
 */
const ORPHANED_RESOURCES: IAppProject["spec"]["orphanedResources"] = {
  warn: true,
  ignore: [{ group: "networking.k8s.io", kind: "NetworkPolicy", name: DEFAULT_DENY }],
};

/**
 * The role of the service's team, which may view the service and its logs, and refresh it, for which Argo CD requires
 * only `get`. Without groups, only tokens have the role, such as one with which CI waits for a deployment.
 */
function team(target: Target): IProjectRole {
  return role(projectName(target), {
    name: "team",
    description: "Views and refreshes the service",
    groups: target.service.team ?? [],
    rights: ["applications, get", "logs, get"],
  });
}

/**
 * The role of those who sync by hand. It may view the project's Applications and sync them to their branch, and nothing
 * else. Settings in argocd-cm exclude rollbacks and chosen revisions from the right to sync.
 */
export function operators(
  project: string,
  environment: Pick<DeliveringEnvironment, "delivery" | "operators">,
): IProjectRole[] {
  if (!isSyncedByHand(environment)) return [];
  return [
    role(project, {
      name: "operator",
      description: "Approves a change by syncing it",
      groups: environment.operators,
      rights: ["applications, get", "applications, sync"],
    }),
  ];
}

interface Role {
  readonly name: string;
  readonly description: string;
  readonly groups: readonly string[];
  /** Each a resource and an action, for all of the project's objects. */
  readonly rights: readonly string[];
}

function role(project: string, { name, description, groups, rights }: Role): IProjectRole {
  return {
    name,
    description,
    groups: [...groups],
    policies: rights.map((right) => `p, proj:${project}:${name}, ${right}, ${project}/*, allow`),
  };
}
