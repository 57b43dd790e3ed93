import { CATALOGUE } from "@gitops-platform/contract/catalogue";
import type { Environment } from "@gitops-platform/environments/environment";
import type { Service } from "@gitops-platform/environments/settings/delivery";
import { type Manifest, resourceName } from "../kubernetes-object";
import { HANDOVER_ANNOTATION } from "../labels";
import { application } from "./application";
import { defaultDeny, namespace, quota } from "./namespace";
import { project } from "./project";

/** An object that an earlier version of this program registered. */
interface HandedOver {
  readonly object: Manifest;
  /** The resource's name in that version, by which the stack's state identifies it. */
  readonly name: string;
  /** The fields that stay as they are in the cluster. */
  readonly ignoreChanges: string[];
}

/**
 * What an earlier version registered for these services: a namespace with its limits, an AppProject and an Application.
 * They stay unchanged except for their labels and the annotation by which they are handed over.
 */
export function handedOver(
  services: readonly Service[],
  environment: Environment,
  repositoryUrl: string,
): readonly HandedOver[] {
  // Where several services share a namespace, the first one owns it.
  const owners = new Map(services.toReversed().map((service) => [service.namespace, service.name]));
  return [
    ...Array.from(owners).flatMap(([name, owner]) => [
      offered(namespace(name, environment, owner)),
      unchanged(quota(name, environment), `resourcequota-${name}-pods`),
      unchanged(defaultDeny(name), `networkpolicy-${name}-default-deny`),
    ]),
    ...services.flatMap((service) => {
      const target = { environment, service, repositoryUrl };
      return [offered(project(target)), offered(application(target))];
    }),
  ];
}

function unchanged(object: Manifest, name = resourceName(object)): HandedOver {
  return { object, name, ignoreChanges: ["spec"] };
}

/** Adds the annotation with which the guard lets the catalogue take the object over. */
function offered(object: Manifest): HandedOver {
  const metadata = (object.metadata ?? {}) as { readonly annotations?: Readonly<Record<string, string>> };
  const annotations = { ...metadata.annotations, [HANDOVER_ANNOTATION]: CATALOGUE };
  return unchanged({ ...object, metadata: { ...metadata, annotations } } as Manifest);
}
