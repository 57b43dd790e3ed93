import { createHmac } from "node:crypto";
import type * as pulumi from "@pulumi/pulumi";
import type { IIngress } from "kubernetes-models/networking.k8s.io/v1/Ingress";
import type { WebhookExposure, GatewayExposure, IngressExposure } from "@gitops-platform/environments/settings/argocd";
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

/** The entry of argocd-secret for verifying GitHub's events: pushes, pull requests and packages. */
const GITHUB = "webhook.github.secret";

/**
 * The entries for all other senders. While an entry is unset, Argo CD accepts that sender's events unverified. Harbor
 * and Docker Hub are not listed: Argo CD refuses their events while no secret is set.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/webhook/
 */
const OTHERS = [
  "webhook.azuredevops.password",
  "webhook.azuredevops.username",
  "webhook.bitbucket.uuid",
  "webhook.bitbucketserver.secret",
  "webhook.gitlab.secret",
  "webhook.gogs.secret",
] as const;

/**
 * The entries of argocd-secret that make Argo CD accept only events signed by GitHub. The other senders' secrets are
 * known to nobody. They are derived from GitHub's by HMAC, so they are stable across previews and do not reveal it.
 */
export function webhookSecrets(secret: pulumi.Output<string>): Record<string, pulumi.Output<string>> {
  const derived = (entry: string) => secret.apply((key) => createHmac("sha256", key).update(entry).digest("hex"));
  return { [GITHUB]: secret, ...Object.fromEntries(OTHERS.map((entry) => [entry, derived(entry)])) };
}
