import type { ArgocdPorts } from "../ports";

/** Addresses of one environment's Argo CD: on 127.0.0.1, and so without TLS. */
export interface ArgocdEndpoints {
  /** argocd-server: API and, where it is built in, the web UI. */
  server: string;
  /** Where a Git host sends its pushes. */
  webhook: string;
}

/** Where an environment's Argo CD answers. */
export function argocdEndpoints(ports: ArgocdPorts): ArgocdEndpoints {
  const server = `http://127.0.0.1:${ports.server}`;
  return { server, webhook: `${server}/api/webhook` };
}
