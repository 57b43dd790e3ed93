import { declarationPath, deliveryPath, type ServiceDeclaration } from "@gitops-platform/contract/catalogue";
import { writeManifests } from "@gitops-platform/contract/canonical";
import { declarationText } from "@gitops-platform/contract/declaration-text";
import type { EnvironmentGraph } from "@gitops-platform/contract/environment-graph";
import { type CataloguePolicy, serviceObjects } from "../delivery/objects";
import { type ContentFile, hasFirstValues } from "./content";

/** The catalogue of a new repository. */
export interface FirstCatalogue {
  /** The declarations, and the objects that deliver the services where Applications follow `main`. */
  readonly main: readonly ContentFile[];
  /** Those objects for each environment that waits for approval, which its own branch has. */
  readonly approved: ReadonlyMap<string, readonly ContentFile[]>;
}

/**
 * Declares each of the first services in every environment for which a new repository has values. Without any, as in a
 * program with environments of other names, it declares none: `validate` refuses a service that is nowhere.
 */
export function firstCatalogue(
  { services, team }: { readonly services: readonly string[]; readonly team: string },
  graph: EnvironmentGraph,
  policy: CataloguePolicy,
): FirstCatalogue {
  const environments = graph.names.filter(hasFirstValues);
  const first = environments.length === 0 ? [] : services;
  const declared = first.map((name) => ({ name, team, groups: [], namespace: name, environments, retired: [] }));
  const delivery = (environment: string) => declared.flatMap((service) => deliveryOf(service, environment, policy));
  const isApproved = new Set(graph.approved);
  return {
    main: [
      ...declared.map((service) => ({ path: declarationPath(service.name), text: firstDeclaration(service) })),
      ...graph.names.filter((name) => !isApproved.has(name)).flatMap(delivery),
    ],
    approved: new Map(graph.approved.map((name) => [name, delivery(name)])),
  };
}

function firstDeclaration({ team, groups, environments }: ServiceDeclaration): string {
  return declarationText({ team, groups, environments });
}

function deliveryOf(service: ServiceDeclaration, environment: string, policy: CataloguePolicy): ContentFile[] {
  const target = policy.environments.find(({ name }) => name === environment);
  const objects = target ? serviceObjects(service, target, policy.repositoryUrl) : [];
  if (objects.length === 0) return [];
  return [{ path: deliveryPath({ environment, service: service.name }), text: writeManifests(objects) }];
}
