import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { parametersOf, urlOf, type Address, type addressArea } from "./address";
import { gatewayMap, hostName, ingressKeys, type GatewayExposure, type IngressExposure } from "./exposure";
import { area, type ConfigurationOf } from "./setting";
import { fixedMap, flag, freeMap, httpsUrl, nonEmptyText, rules, secretText } from "./values";

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
export function argocdOptions(
  configuration: ConfigurationOf<typeof argocdArea & typeof addressArea>,
  webhookSecret: string,
): ArgocdOptions {
  return {
    url: urlOf(configuration),
    parameters: parametersOf(configuration),
    webhookSecret: pulumi.secret(webhookSecret),
    webhookExposure: configuration.argocd?.webhookExposure,
    address: configuration.argocd?.address,
  };
}
