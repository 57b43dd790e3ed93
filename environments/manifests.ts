import { CHARTS, SERVICE_NAME } from "./service-name";

/**
 * The folder of rendered manifests. Only the branch of an environment that waits for approvals has it: there Argo CD
 * applies what stands in it, so what is approved is what is applied.
 */
export const MANIFESTS = "manifests";

/** The one file in a service's folder. */
export const MANIFESTS_FILE = "manifests.yaml";

/** The folder that a service's Application reads. */
export function manifestsFolder(service: string): string {
  return `${MANIFESTS}/${service}`;
}

/** Where a service's manifests are. */
export function manifestsPath(service: string): string {
  return `${manifestsFolder(service)}/${MANIFESTS_FILE}`;
}

/** The service whose manifests a path is; undefined where it is none, or its name is none that a service can have. */
export function parseManifestsPath(path: string): string | undefined {
  const [folder, service = "", file, ...more] = path.split("/");
  const isOne = folder === MANIFESTS && file === MANIFESTS_FILE && more.length === 0;
  return isOne && SERVICE_NAME.test(service) && service !== CHARTS ? service : undefined;
}
