import { type ArgocdPorts, argocdPortNames, clusterPortNames, type ClusterPorts, type Ports } from "../ports";

/** Consecutive ports in the order of their names. */
function ports<Name extends string>(names: readonly Name[], first: number): Record<Name, number> {
  return Object.fromEntries(names.map((name, index) => [name, first + index])) as Record<Name, number>;
}

const environment = (first: number): { cluster: ClusterPorts; argocd: ArgocdPorts } => ({
  cluster: ports(clusterPortNames, first),
  argocd: ports(argocdPortNames, first + 10),
});

/**
 * The Git host on 20000, the board on 20001, the alert receiver on 20002; Argo CD's server of dev on 20114, of staging
 * on 20214, of prod on 20314.
 */
export const somePorts: Ports = {
  shared: { github: 20_000, board: 20_001, alerts: 20_002 },
  environments: { dev: environment(20_100), staging: environment(20_200), prod: environment(20_300) },
};
