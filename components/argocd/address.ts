import type { IIngress } from "kubernetes-models/networking.k8s.io/v1/Ingress";
import type { INetworkPolicy } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicy";
import type { SignOn } from "@gitops-platform/environments/settings/access";
import type {
  Address,
  AddressIngress,
  GatewayExposure,
  IngressExposure,
} from "@gitops-platform/environments/settings/argocd";
import type { Manifest } from "../kubernetes-object";
import { ARGOCD_NAMESPACE } from "./installation";

type Parameters = Readonly<Record<string, string>>;

const SERVER = "argocd-server";

/** The objects that expose argocd-server: an Ingress, or a route of a Gateway, for each host. */
export function addressObjects({ host, grpcHost, ingress, gateway }: Address, parameters: Parameters): Manifest[] {
  const port = parameters["server.insecure"] === "true" ? 80 : 443;
  return [
    ...(ingress ? ingresses(host, grpcHost, port, ingress) : []),
    ...(gateway ? [routeOf("HTTPRoute", SERVER, host, gateway)] : []),
    // Gateways accept only one kind of route for a host name: https://gateway-api.sigs.k8s.io/api-types/grpcroute/
    ...(gateway && grpcHost !== undefined ? [routeOf("GRPCRoute", `${SERVER}-grpc`, grpcHost, gateway)] : []),
  ];
}

/**
 * The Ingresses of both hosts. Only the first asks cert-manager for the certificate, which names both hosts, because
 * cert-manager refuses a second Ingress for the same Secret.
 */
function ingresses(host: string, grpcHost: string | undefined, port: number, ingress: AddressIngress): Manifest[] {
  const { clusterIssuer, annotations, grpcAnnotations } = ingress;
  const issuer: Readonly<Record<string, string>> =
    clusterIssuer === undefined ? {} : { "cert-manager.io/cluster-issuer": clusterIssuer };
  const hosts = grpcHost === undefined ? [host] : [host, grpcHost];
  return [
    ingressOf(SERVER, host, port, { ...ingress, annotations: { ...issuer, ...annotations } }, hosts),
    ...(grpcHost === undefined
      ? []
      : [ingressOf(`${SERVER}-grpc`, grpcHost, port, { ...ingress, annotations: grpcAnnotations }, [grpcHost])]),
    ...(clusterIssuer === undefined ? [] : [solverConnections()]),
  ];
}

function ingressOf(
  name: string,
  host: string,
  port: number,
  { className, tlsSecret, annotations = {} }: IngressExposure,
  tlsHosts: readonly string[],
): IIngress {
  const backend = { service: { name: SERVER, port: { number: port } } };
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: {
      name,
      namespace: ARGOCD_NAMESPACE,
      ...(Object.keys(annotations).length > 0 && { annotations }),
    },
    spec: {
      ...(className !== undefined && { ingressClassName: className }),
      tls: [{ hosts: [...tlsHosts], secretName: tlsSecret }],
      rules: [{ host, http: { paths: [{ path: "/", pathType: "Prefix", backend }] } }],
    },
  };
}

/**
 * Permits connections to the pods by which cert-manager proves to the certificate's issuer that the hosts are ours.
 * https://cert-manager.io/docs/configuration/acme/http01/
 */
function solverConnections(): INetworkPolicy {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: "argocd-acme-http01-solver", namespace: ARGOCD_NAMESPACE },
    spec: {
      podSelector: { matchLabels: { "acme.cert-manager.io/http01-solver": "true" } },
      policyTypes: ["Ingress"],
      ingress: [{ ports: [{ port: 8089, protocol: "TCP" }] }],
    },
  };
}

function routeOf(
  kind: "HTTPRoute" | "GRPCRoute",
  name: string,
  host: string,
  { name: gateway, namespace, listener }: GatewayExposure,
): Manifest {
  const route = {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind,
    metadata: { name, namespace: ARGOCD_NAMESPACE },
    spec: {
      parentRefs: [{ name: gateway, namespace, sectionName: listener }],
      hostnames: [host],
      // The Gateway terminates TLS, so argocd-server listens without it.
      rules: [{ backendRefs: [{ name: SERVER, port: 80 }] }],
    },
  };
  return route;
}

/** How people reach Argo CD. */
export interface Reachability {
  readonly url: string | undefined;
  readonly address?: Address | undefined;
  readonly signOn?: SignOn | undefined;
  readonly parameters: Parameters;
}

/**
 * The command by which a person logs in from a shell. Without a URL it reaches Argo CD through the API server, by the
 * kubeconfig's current context. Undefined: single sign-on has no client for the command line.
 */
export function loginCommand({ url, address, signOn, parameters }: Reachability): string | undefined {
  const { oidc, emergencyAdmin } = signOn ?? {};
  if (oidc && oidc.cliClientId === undefined && emergencyAdmin === undefined) return undefined;
  const isAdmin = signOn === undefined || emergencyAdmin !== undefined;
  return ["argocd login", ...server(url, address, parameters), isAdmin ? "--username admin" : "--sso"].join(" ");
}

function server(url: string | undefined, address: Address | undefined, parameters: Parameters): string[] {
  if (url === undefined) {
    const withoutTls = parameters["server.insecure"] === "true";
    return [
      "--port-forward",
      `--port-forward-namespace ${ARGOCD_NAMESPACE}`,
      withoutTls ? "--plaintext" : "--insecure",
    ];
  }
  if (address?.grpcHost !== undefined) return [address.grpcHost];
  const { protocol, host, pathname } = new URL(url);
  const path = pathname.replace(/\/$/, "");
  return [
    host,
    path === "" ? "--grpc-web" : `--grpc-web-root-path ${path}`,
    ...(protocol === "http:" ? ["--plaintext"] : []),
  ];
}
