import type { Manifest } from "@gitops-platform/contract/canonical";
import type { ServiceDeclaration } from "@gitops-platform/contract/catalogue";
import { application } from "./application";
import { containerDefaults, defaultDeny, namespace, quota } from "./namespace";
import { project } from "./project";
import type { DeliveringEnvironment, Target } from "./target";

/** How the services of the catalogue are delivered. */
export interface CataloguePolicy {
  /** The URL from which Argo CD clones the GitOps repository. */
  readonly repositoryUrl: string;
  readonly environments: readonly DeliveringEnvironment[];
}

/**
 * The objects that deliver a service of the catalogue in an environment; none where it is neither running nor being
 * retired. A namespace with its limits is among the objects of the service that owns it.
 */
export function serviceObjects(
  { name, namespace, groups, joins, profile, source, environments, retired }: ServiceDeclaration,
  environment: DeliveringEnvironment,
  repositoryUrl: CataloguePolicy["repositoryUrl"],
): Manifest[] {
  const isRetired = retired.includes(environment.name);
  if (!isRetired && !environments.includes(environment.name)) return [];
  const service = { name, namespace, team: groups };
  const target: Target = {
    environment,
    service,
    retired: isRetired,
    ...(profile !== undefined && { profile }),
    ...(source && { source }),
    repositoryUrl,
  };
  const objects: Built[] = [
    ...(joins === undefined ? namespaceObjects(namespace, name, environment) : []),
    annotated(project(target), BEFORE_APPLICATIONS),
    application(target),
  ];
  return objects as unknown as Manifest[];
}

/** An object of a builder. Its type is narrower than {@link Manifest}, but has no index signature. */
interface Built {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
}

function namespaceObjects(name: string, owner: string, environment: DeliveringEnvironment): Built[] {
  const objects = [
    namespace(name, environment, owner),
    quota(name, environment),
    containerDefaults(name),
    defaultDeny(name),
  ];
  return environment.retain ? objects.map((object) => annotated(object, KEEP)) : objects;
}

function annotated(object: Built, annotations: Readonly<Record<string, string>>): Built {
  return {
    ...object,
    metadata: { ...object.metadata, annotations: { ...object.metadata?.annotations, ...annotations } },
  };
}

/** A namespace and its limits outlive the declaration, because pods may still run in it. */
const KEEP = { "argocd.argoproj.io/sync-options": "Prune=false,Delete=false" };

/**
 * Objects are deleted in the reverse order. Argo CD cannot delete the workload of an Application without its project:
 * https://github.com/argoproj/argo-cd/blob/v3.6.1/controller/appcontroller.go
 */
const BEFORE_APPLICATIONS = { "argocd.argoproj.io/sync-wave": "-1" };
