import type { IIngress } from "kubernetes-models/networking.k8s.io/v1/Ingress";
import type { WebhookExposure } from "@gitops-platform/environments/settings/argocd";
import type { GatewayExposure, IngressExposure } from "@gitops-platform/environments/settings/exposure";
import type { Manifest } from "../kubernetes-object";
import { ARGOCD_NAMESPACE } from "./installation";

/** The path of both controllers' webhook endpoints. No other path of argocd-server is exposed. */
const PATH = "/api/webhook";

/** The objects that expose the webhook endpoints: one Ingress, or an HTTPRoute for each endpoint. */
export function webhookExposure(
  { host, applicationSetHost, ingress, gateway }: WebhookExposure,
  parameters: Readonly<Record<string, string>>,
): Manifest[] {
  const server = { host, service: "argocd-server", port: parameters["server.insecure"] === "true" ? 80 : 443 };
  const applicationSet = applicationSetHost !== undefined && {
    host: applicationSetHost,
    service: "argocd-applicationset-controller",
    port: 7000,
  };
  const endpoints = applicationSet ? [server, applicationSet] : [server];
  return [
    ...(ingress ? [ingressOf(endpoints, ingress)] : []),
    ...(gateway ? endpoints.map((endpoint) => routeOf(endpoint, gateway)) : []),
  ];
}

interface Endpoint {
  readonly host: string;
  readonly service: string;
  readonly port: number;
}

function ingressOf(endpoints: readonly Endpoint[], { className, tlsSecret, annotations }: IngressExposure): IIngress {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { name: "argocd-webhook", namespace: ARGOCD_NAMESPACE, ...(annotations && { annotations }) },
    spec: {
      ...(className !== undefined && { ingressClassName: className }),
      tls: [{ hosts: endpoints.map(({ host }) => host), secretName: tlsSecret }],
      rules: endpoints.map(({ host, service, port }) => ({
        host,
        http: {
          paths: [{ path: PATH, pathType: "Exact", backend: { service: { name: service, port: { number: port } } } }],
        },
      })),
    },
  };
}

/** https://gateway-api.sigs.k8s.io/api-types/httproute/ */
function routeOf({ host, service, port }: Endpoint, { name, namespace, listener }: GatewayExposure): Manifest {
  const route = {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: { name: `${service}-webhook`, namespace: ARGOCD_NAMESPACE },
    spec: {
      parentRefs: [{ name, namespace, sectionName: listener }],
      hostnames: [host],
      rules: [
        {
          matches: [{ path: { type: "Exact", value: PATH }, method: "POST" }],
          backendRefs: [{ name: service, port }],
        },
      ],
    },
  };
  return route;
}
