/** A valid service name. It is also the name of the values file, the default namespace, and part of branch names. */
export const SERVICE_NAME = /^[a-z]([-a-z0-9]{0,51}[a-z0-9])?$/;

/**
 * The charts' folder in the repository, and the name of their releases. No service may have this name, because their
 * releases could not be distinguished.
 */
export const CHARTS = "charts";

/** The folder of the Helm chart that every service uses. */
export const SERVICE_CHART = `${CHARTS}/service`;

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

/** The folder of all values. */
export const VALUES = "environments";

/** The folder of an environment's values. */
export function valuesFolder(environment: string): string {
  return `${VALUES}/${environment}`;
}

/** A service's file in one environment: its values, its objects or its kustomization. */
export interface ValuesFile {
  readonly environment: string;
  readonly service: string;
}

/** The only name by which the platform lets Kustomize find a kustomization. */
export const KUSTOMIZATION = "kustomization.yaml";

const PATH = new RegExp(`^environments/([^/]+)/([^/]+)(?:\\.yaml|/${KUSTOMIZATION.replace(".", "\\.")})$`);

/**
 * The path of a service's file in an environment. Kustomize reads a kustomization only from a folder of its own.
 * @param source The service's source in the same revision.
 */
export function valuesPath(file: ValuesFile, { kind }: { readonly kind: "chart" | "manifests" | "kustomize" }): string {
  return kind === "kustomize" ? `${overlayFolder(file)}/${KUSTOMIZATION}` : plainPath(file);
}

/** The folder of a service's kustomization in an environment. */
export function overlayFolder({ environment, service }: ValuesFile): string {
  return `${valuesFolder(environment)}/${service}`;
}

function plainPath(file: ValuesFile): string {
  return `${overlayFolder(file)}.yaml`;
}

/** Both paths that a service's file may have, whatever its source was or is. */
export function valuesPaths(file: ValuesFile): [string, string] {
  return [plainPath(file), valuesPath(file, { kind: "kustomize" })];
}

/** The service's file at a path; undefined for any other path, or for an invalid service name. */
export function parseValuesPath(path: string): ValuesFile | undefined {
  const [, environment, service] = PATH.exec(path) ?? [];
  if (environment === undefined || service === undefined || service === CHARTS) return undefined;
  return SERVICE_NAME.test(service) ? { environment, service } : undefined;
}

/** The platform team's rules. */
export const RULES_PATH = "gitops.yaml";

/** The `gitops` command that workflows run. */
export const GITOPS_PATH = ".github/gitops/gitops.mjs";

/** The environments, which that command reads. */
export const ENVIRONMENTS_PATH = ".github/gitops/environments.yaml";

/** The approvers of each environment, which `validate` reads. */
export const APPROVERS_PATH = ".github/gitops/approvers.yaml";

/** The accounts and repositories of CI, which `gitops` reads. */
export const CI_PATH = ".github/gitops/ci.yaml";

/** GitHub's file of code owners, where the platform keeps it. */
export const CODE_OWNERS_PATH = ".github/CODEOWNERS";
