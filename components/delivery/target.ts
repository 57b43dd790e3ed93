import type { Source } from "@gitops-platform/contract/source";
import type { Environment } from "@gitops-platform/environments/environment";
import type { Service } from "@gitops-platform/environments/settings/delivery";

/** What the objects that deliver services depend on in an environment. */
export type DeliveringEnvironment = Pick<
  Environment,
  "name" | "delivery" | "prune" | "cascade" | "retain" | "podSecurity" | "quota" | "operators"
>;

/** One service in one environment. The builders in this folder take it as their input. */
export interface Target {
  readonly environment: DeliveringEnvironment;
  readonly service: Service;
  /** Whether its workload is to be deleted. Default: false. */
  readonly retired?: boolean;
  /** The profile of the kinds that it may have. Default: {@link DEFAULT_PROFILE}. */
  readonly profile?: string;
  /** Where its objects come from. Default: the service chart. */
  readonly source?: Source;
  /** The URL from which Argo CD clones the GitOps repository. */
  readonly repositoryUrl: string;
}

/** The URL by which Argo CD identifies the cluster that it runs in. */
export const IN_CLUSTER = "https://kubernetes.default.svc";

/** The name of the service's AppProject. */
export function projectName({ environment, service }: Target): string {
  return `${environment.name}-${service.name}`;
}

/** The URL of the repository's web pages, derived from its clone URL. */
export function webUrl(repositoryUrl: string): string {
  const url = new URL(repositoryUrl);
  const scheme = url.protocol === "ssh:" ? "https:" : url.protocol;
  const host = url.protocol === "ssh:" ? url.hostname : url.host;
  return `${scheme}//${host}${url.pathname.replace(/\.git$/, "")}`;
}
