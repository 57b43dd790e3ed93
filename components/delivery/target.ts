import type { Environment } from "../../environments/environment";
import type { Service } from "../../environments/settings";

/** One service in one environment: what each builder of this folder makes its objects for. */
export interface Target {
  readonly environment: Environment;
  readonly service: Service;
  /** The GitOps repository as Argo CD clones it. */
  readonly repositoryUrl: string;
}

/** The server that Argo CD runs in, in Argo CD's words. */
export const IN_CLUSTER = "https://kubernetes.default.svc";

/** The service's AppProject. */
export function projectName({ environment, service }: Target): string {
  return `${environment.name}-${service.name}`;
}

/** The file in the repository that holds the service's values in this environment. */
export function valuesPath({ environment, service }: Target): string {
  return `environments/${environment.name}/${service.name}.yaml`;
}

/** The repository's pages, where people read what waits and what was deployed. */
export function webUrl(repositoryUrl: string): string {
  const url = new URL(repositoryUrl);
  const scheme = url.protocol === "ssh:" ? "https:" : url.protocol;
  const host = url.protocol === "ssh:" ? url.hostname : url.host;
  return `${scheme}//${host}${url.pathname.replace(/\.git$/, "")}`;
}
