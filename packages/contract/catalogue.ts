import { CHARTS, SERVICE_NAME, type ValuesFile } from "./paths";
import type { Source } from "./source";

/**
 * The name of the Application of each environment that applies the catalogue, and with the environment's prefix of its
 * AppProject. No service may have this name.
 */
export const CATALOGUE = "catalogue";

/** A service as its file `services/<service>.yaml` declares it. */
export interface ServiceDeclaration {
  /** The file's name. */
  readonly name: string;
  /** The team of the GitHub organisation that owns the service. */
  readonly team: string;
  /** The groups of the identity provider that view and refresh it in Argo CD. Default: none. */
  readonly groups: readonly string[];
  /** Its namespace. Default: its name, or the namespace of the service that it `joins`. */
  readonly namespace: string;
  /** The service that owns the namespace, if another one does. */
  readonly joins?: string;
  /** The profile of the kinds that it may have. Default: `service`. */
  readonly profile?: string;
  /** Where its objects come from. Default: the service chart. */
  readonly source?: Source;
  /** The environments that it runs in. */
  readonly environments: readonly string[];
  /** The environments in which it is being retired: its workload is deleted there, its namespace is kept. */
  readonly retired: readonly string[];
}

/** The folder of the declarations. */
export const SERVICES = "services";

const DECLARATION = /^services\/([^/]+)\.yaml$/;

/** The path of a service's declaration. */
export function declarationPath(service: string): string {
  return `${SERVICES}/${service}.yaml`;
}

/** The service whose declaration is at a path; undefined for any other path, or for an invalid service name. */
export function parseDeclarationPath(path: string): string | undefined {
  const [, service = ""] = DECLARATION.exec(path) ?? [];
  return isServiceName(service) ? service : undefined;
}

/** Whether a service may have that name. */
export function isServiceName(name: string): boolean {
  return SERVICE_NAME.test(name) && name !== CHARTS && name !== CATALOGUE;
}

/**
 * The folder of the objects that deliver the services: namespaces with their limits, AppProjects and Applications. Each
 * environment's Application `catalogue` applies its own subfolder.
 */
export const DELIVERY = "delivery";

/** The folder that an environment's Application `catalogue` reads. */
export function deliveryFolder(environment: string): string {
  return `${DELIVERY}/${environment}`;
}

/** The file that keeps such a folder in Git while there is no service. */
export const DELIVERY_README = "README.md";

const DELIVERY_FILE = /^delivery\/([^/]+)\/([^/]+)\.yaml$/;

/** The path of the objects that deliver a service in an environment. */
export function deliveryPath({ environment, service }: ValuesFile): string {
  return `${deliveryFolder(environment)}/${service}.yaml`;
}

/** The service and environment of a path of {@link deliveryPath}; undefined for any other path. */
export function parseDeliveryPath(path: string): ValuesFile | undefined {
  const [, environment, service = ""] = DELIVERY_FILE.exec(path) ?? [];
  return environment !== undefined && isServiceName(service) ? { environment, service } : undefined;
}

/** The delivery policy of each environment, from which the objects below {@link DELIVERY} are made. */
export const DELIVERY_POLICY_PATH = ".github/gitops/delivery.yaml";

/** The JSON Schema of a declaration, for editors. */
export const DECLARATION_SCHEMA_PATH = "service.schema.json";
