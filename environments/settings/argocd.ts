import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { show, type Problem } from "@gitops-platform/contract/problems";
import type { Environment } from "../environment";
import { texts } from "./argocd-tuning";
import { area, type ConfigurationOf } from "./setting";
import { fixedMap, flag, freeMap, httpsUrl, nonEmptyText, rules, secretText, text } from "./values";

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names */
const hostName = text(
  {
    expected: "a host name: lower-case letters, digits, hyphens and dots",
    fix: "Write it without https:// and without a path.",
  },
  (name) =>
    name.length <= 253 && /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)+$/.test(name),
);

/** The keys of an Ingress, of the web page or of the webhook endpoint. */
const ingressKeys = {
  className: nonEmptyText("the name of an IngressClass", "Remove it for the cluster's default.").optional(),
  tlsSecret: nonEmptyText(
    "the name of a Secret with the certificate",
    "Browsers and GitHub require a trusted certificate.",
  ),
  annotations: freeMap(
    "annotation names",
    text({ expected: "a string", fix: "Annotations can only be strings." }),
  ).optional(),
};

/** A Gateway's listener. */
const gatewayMap = fixedMap({
  name: nonEmptyText("the name of a Gateway", "Set a Gateway that is reached from outside."),
  namespace: nonEmptyText("the Gateway's namespace", "Set the namespace of the Gateway."),
  listener: nonEmptyText(
    "the name of one of its HTTPS listeners",
    "Browsers and GitHub require a trusted certificate.",
  ),
});

const webhookExposure = fixedMap({
  host: hostName,
  applicationSetHost: hostName.optional(),
  ingress: fixedMap(ingressKeys).optional(),
  gateway: gatewayMap.optional(),
});

/** Argo CD itself. */
export const argocdArea = area({
  "argocd.manifest": {
    schema: nonEmptyText("the path of an install.yaml of Argo CD", "Remove it to look for the pinned one."),
    doc: "The path of the pinned release's `install.yaml`.",
    default: "found or downloaded",
    example: "~/argo-cd/manifests/install.yaml",
  },
  "argocd.highAvailability": {
    schema: flag("Remove it for the environment's default."),
    doc: "Whether Argo CD is replicated, which needs three nodes.",
    default: "the environment's: true in prod",
    example: true,
  },
  "argocd.url": {
    schema: httpsUrl("Argo CD's web interface"),
    doc: "The URL of Argo CD's web interface, to which notifications link.",
    default: "`https://` and the host of `argocd.address`, if that is set",
    example: "https://argocd.prod.vaarak.example",
  },
  "argocd.parameters": {
    schema: freeMap(
      "parameters of argocd-cmd-params-cm",
      z.union([z.string(), z.number(), z.boolean()]).register(rules, {
        expected: "a string, a number, true or false",
        fix: "argocd-cmd-params-cm accepts nothing else.",
      }),
    ),
    doc: "Entries of `argocd-cmd-params-cm`, which configure Argo CD's processes. They override the platform's own.",
    example: { "server.insecure": true },
  },
  webhookSecret: {
    schema: secretText("this cluster's webhook secret", "Run: pulumi config set --secret webhookSecret"),
    doc: "A random string with which GitHub signs this cluster's webhooks. Argo CD ignores all other events.",
    example: "openssl rand -hex 32 | pulumi config set --secret webhookSecret",
    secret: true,
    required: {
      by: "every stack",
      fix:
        "Run: openssl rand -hex 32 | pulumi config set --secret webhookSecret. " +
        "Without it anyone could make Argo CD refresh.",
    },
  },
  "argocd.webhookExposure": {
    schema: webhookExposure,
    doc:
      "How GitHub reaches Argo CD's `/api/webhook` over TLS: at `host`, and at `applicationSetHost` for the " +
      "ApplicationSet controller, through either an `ingress` (`className`, `tlsSecret`, " +
      "`annotations`) or a `gateway` (`name`, `namespace`, `listener`).",
    default: "not exposed by this program",
    example: { host: "hooks.prod.vaarak.example", ingress: { className: "nginx", tlsSecret: "hooks-tls" } },
  },
});

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

/** The options of Argo CD, apart from its release. */
export interface ArgocdOptions {
  /** The URL of Argo CD's web interface. */
  readonly url: string | undefined;
  /** Parameters of Argo CD's processes. They override the platform's own. */
  readonly parameters: Readonly<Record<string, string>>;
  /** The secret that signs this cluster's webhooks. */
  readonly webhookSecret: pulumi.Output<string>;
  /** How GitHub reaches the webhook endpoint. Undefined: it is not exposed. */
  readonly webhookExposure: WebhookExposure | undefined;
  /** Where people reach Argo CD. Undefined: this program does not expose it. */
  readonly address: Address | undefined;
}

/** The options from a checked configuration. */
export function argocdOptions(configuration: AddressConfiguration, webhookSecret: string): ArgocdOptions {
  return {
    url: urlOf(configuration),
    parameters: parametersOf(configuration),
    webhookSecret: pulumi.secret(webhookSecret),
    webhookExposure: configuration.argocd?.webhookExposure,
    address: configuration.argocd?.address,
  };
}

/**
 * How GitHub reaches Argo CD's webhook endpoint: through an Ingress or a Gateway, over TLS. Nothing else is exposed.
 */
export interface WebhookExposure {
  /** The host name to which GitHub sends webhooks. */
  readonly host: string;
  /** The host name for the ApplicationSet controller, which has the same path. Unset: it is not exposed, and polls. */
  readonly applicationSetHost?: string | undefined;
  readonly ingress?: IngressExposure | undefined;
  readonly gateway?: GatewayExposure | undefined;
}

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

/** The settings of the Ingress. */
export interface IngressExposure {
  /** Unset: the cluster's default class. */
  readonly className?: string | undefined;
  /** The Secret in Argo CD's namespace that holds the certificate. */
  readonly tlsSecret: string;
  /**
   * Annotations for the Ingress controller. With argocd-server's own TLS (the default without `argocd.address`) it must
   * connect by HTTPS, for example with `nginx.ingress.kubernetes.io/backend-protocol: HTTPS`.
   */
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

/** A TLS-terminating listener of a Gateway that accepts routes from Argo CD's namespace. */
export interface GatewayExposure {
  readonly name: string;
  readonly namespace: string;
  readonly listener: string;
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
