import { CATALOGUE, DELIVERY_README, deliveryFolder } from "@gitops-platform/contract/catalogue";
import type { Source } from "./applications";
import { metadata, TYPES } from "./kubernetes";
import { environmentOf, type Resource } from "./rule";

// The catalogue's Application and AppProject have rules of their own. They are known by their names in the stack's
// environment, so a second pair with the same rights cannot exist.

/** Whether a resource is the Application that applies the catalogue of its environment. */
export function isCatalogueApplication(resource: Resource): boolean {
  return resource.type === TYPES.application && metadata(resource).name === CATALOGUE;
}

/** The name of the catalogue's AppProject in a resource's environment. */
export function catalogueProject(resource: Pick<Resource, "urn">): string {
  return `${environmentOf(resource)}-${CATALOGUE}`;
}

/** The folder that the catalogue's Application applies in a resource's environment. */
export function catalogueFolder(resource: Pick<Resource, "urn">): string {
  return deliveryFolder(environmentOf(resource));
}

/** A retired service's source: of all files it includes only one that Argo CD does not read. */
export function isEmptySource({ path, directory }: Source, application: Pick<Resource, "urn">): boolean {
  return path === catalogueFolder(application) && directory?.include === DELIVERY_README;
}

/** The files of that folder that it applies. */
export const CATALOGUE_FILES = "*.yaml";
