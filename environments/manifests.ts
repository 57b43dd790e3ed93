import { CHARTS, SERVICE_NAME } from "./service-name";

/**
 * The folder of rendered manifests. Only an approval branch has it. Argo CD applies its content, so exactly what was
 * approved is applied.
 */
export const MANIFESTS = "manifests";

/** The name of the only file in a service's folder. */
export const MANIFESTS_FILE = "manifests.yaml";

/** The folder that a service's Application reads. */
export function manifestsFolder(service: string): string {
  return `${MANIFESTS}/${service}`;
}

/** The path of a service's manifests. */
export function manifestsPath(service: string): string {
  return `${manifestsFolder(service)}/${MANIFESTS_FILE}`;
}

/** The service whose manifests are at a path; undefined for any other path, or for an invalid service name. */
export function parseManifestsPath(path: string): string | undefined {
  const [folder, service = "", file, ...more] = path.split("/");
  const isOne = folder === MANIFESTS && file === MANIFESTS_FILE && more.length === 0;
  return isOne && SERVICE_NAME.test(service) && service !== CHARTS ? service : undefined;
}
