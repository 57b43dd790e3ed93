import type { ArgocdPorts } from "../ports";

/** URLs of one environment's Argo CD: on 127.0.0.1, and therefore without TLS. */
export interface ArgocdEndpoints {
  /** argocd-server: the API and, if it is built in, the web UI. */
  server: string;
  /** Where a Git host sends its push events. */
  webhook: string;
}

/** The URLs that an environment's Argo CD is reached at. */
export function argocdEndpoints(ports: ArgocdPorts): ArgocdEndpoints {
  const server = `http://127.0.0.1:${ports.server}`;
  return { server, webhook: `${server}/api/webhook` };
}
