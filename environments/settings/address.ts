import type { Environment } from "../environment";
import { show, type Problem } from "@gitops-platform/contract/problems";
import type { argocdArea } from "./argocd";
import { texts } from "./argocd-tuning";
import { gatewayMap, hostName, ingressKeys, type GatewayExposure, type IngressExposure } from "./exposure";
import { area, type ConfigurationOf } from "./setting";
import { fixedMap, freeMap, nonEmptyText, text } from "./values";

/** Where people and `argocd` reach Argo CD. */
export const addressArea = area({
  "argocd.address": {
    schema: fixedMap({
      host: hostName,
      grpcHost: hostName.optional(),
      ingress: fixedMap({
        ...ingressKeys,
        clusterIssuer: nonEmptyText("the name of a ClusterIssuer of cert-manager", "Remove it.").optional(),
        grpcAnnotations: freeMap(
          "annotation names",
          text({ expected: "a string", fix: "Annotations can only be strings." }),
        ).optional(),
      }).optional(),
      gateway: gatewayMap.optional(),
    }),
    doc:
      "Where people reach Argo CD's web page and API over TLS: " +
      "at `host`, through either an `ingress` (`className`, `tlsSecret`, `clusterIssuer`, " +
      "`annotations`) or a `gateway` (`name`, `namespace`, `listener`). `grpcHost` is a second host for the " +
      "command line by gRPC, with the Ingress's `grpcAnnotations`; without it `argocd` uses gRPC-Web at `host`.",
    default: "not exposed by this program",
    example: { host: "argocd.prod.vaarak.example", ingress: { className: "nginx", tlsSecret: "web-tls" } },
  },
});

/** Where people and `argocd` reach Argo CD, through exactly one of `ingress` and `gateway`. TLS ends there. */
export interface Address {
  /** The host name of the web page and the API. */
  readonly host: string;
  /** The host name for gRPC. Undefined: `argocd` uses gRPC-Web at `host`. */
  readonly grpcHost?: string | undefined;
  readonly ingress?: AddressIngress | undefined;
  readonly gateway?: GatewayExposure | undefined;
}

/** The settings of the Ingresses. The certificate has both hosts. */
export interface AddressIngress extends IngressExposure {
  /** The ClusterIssuer by which cert-manager keeps `tlsSecret`. Undefined: somebody else does. */
  readonly clusterIssuer?: string | undefined;
  /** Annotations of the Ingress for gRPC, for example `nginx.ingress.kubernetes.io/backend-protocol: GRPC`. */
  readonly grpcAnnotations?: Readonly<Record<string, string>> | undefined;
}

type AddressConfiguration = ConfigurationOf<typeof addressArea & typeof argocdArea>;

/** The URL of Argo CD's web page. Undefined: none is configured. */
export function urlOf({ argocd = {} }: AddressConfiguration): string | undefined {
  return argocd.url ?? (argocd.address && `https://${argocd.address.host}`);
}

/** The parameters of Argo CD's processes. With an address, TLS ends there, and argocd-server listens without it. */
export function parametersOf({ argocd = {} }: AddressConfiguration): Record<string, string> {
  return { ...(argocd.address && { "server.insecure": "true" }), ...texts(argocd.parameters) };
}

/** Checks that exactly one object exposes Argo CD, with a certificate, and that everything names the same address. */
export function checkAddress(configuration: AddressConfiguration, { guard }: Pick<Environment, "guard">): Problem[] {
  const { address, url } = configuration.argocd ?? {};
  if (!address) return [];
  const { host, grpcHost, ingress, gateway } = address;
  const key = "argocd.address";
  const problems: Problem[] = [];
  if ((ingress === undefined) === (gateway === undefined)) {
    const fix = "Set an Ingress's certificate below ingress, or a Gateway's listener below gateway.";
    problems.push({ key, got: ingress ? "both" : "neither", expected: "one of ingress and gateway", fix });
  }
  if (grpcHost === host) {
    const fix = "Use two host names, or remove grpcHost: then argocd uses gRPC-Web at host.";
    problems.push({ key: `${key}.grpcHost`, got: show(grpcHost), expected: "a different name than host", fix });
  }
  if (url !== undefined && url.replace(/\/$/, "") !== `https://${host}`) {
    const fix = "Remove it: it follows from argocd.address.";
    problems.push({ key: "argocd.url", got: show(url), expected: `https://${host}, as in ${key}`, fix });
  }
  if (gateway && parametersOf(configuration)["server.insecure"] !== "true") {
    problems.push({
      key: 'argocd.parameters["server.insecure"]',
      got: show(configuration.argocd?.parameters?.["server.insecure"]),
      expected: `"true" if ${key}.gateway is set`,
      fix: "Remove it: the Gateway terminates TLS, and would not accept argocd-server's self-signed certificate.",
    });
  }
  if (ingress?.clusterIssuer !== undefined && ingress.tlsSecret.startsWith("argocd-") && guard !== "off") {
    problems.push({
      key: `${key}.ingress.tlsSecret`,
      got: show(ingress.tlsSecret),
      expected: "a name that does not begin with argocd- if clusterIssuer is set",
      fix:
        "Rename it: cert-manager names its Certificate after it, and the guard lets nobody but Argo CD create " +
        "argocd-*.",
    });
  }
  return problems;
}

/** Values of the annotations by which Ingress controllers choose the protocol: with and without TLS. */
const WITH_TLS = /^(https|grpcs|h[12]-ssl)$/i;
const WITHOUT_TLS = /^(http|grpc|h[12])$/i;

/** Checks that the Ingresses' annotations name the protocol that argocd-server speaks, where they name one. */
export function checkProtocols(configuration: AddressConfiguration): Problem[] {
  const { address, webhookExposure } = configuration.argocd ?? {};
  const isInsecure = parametersOf(configuration)["server.insecure"] === "true";
  const [wrong, expected] = isInsecure ? [WITH_TLS, "without TLS"] : [WITHOUT_TLS, "with TLS"];
  const annotations = {
    "argocd.webhookExposure.ingress.annotations": webhookExposure?.ingress?.annotations,
    "argocd.address.ingress.annotations": address?.ingress?.annotations,
    "argocd.address.ingress.grpcAnnotations": address?.ingress?.grpcAnnotations,
  };
  const why = isInsecure
    ? "server.insecure is true, as it is by default with argocd.address"
    : "server.insecure is false";
  return Object.entries(annotations).flatMap(([place, byName = {}]) =>
    Object.entries(byName)
      .filter(([name, value]) => name.endsWith("/backend-protocol") && wrong.test(value))
      .map(([name, value]) => ({
        key: `${place}["${name}"]`,
        got: show(value),
        expected: `a protocol ${expected}, because ${why}`,
        fix: "Change it, or set server.insecure in argocd.parameters: every request would fail.",
      })),
  );
}
