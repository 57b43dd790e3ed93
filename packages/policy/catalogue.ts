import { CATALOGUE, deliveryFolder } from "@gitops-platform/contract/catalogue";
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

/** The files of that folder that it applies. */
export const CATALOGUE_FILES = "*.yaml";
