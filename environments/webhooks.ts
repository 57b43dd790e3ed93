import { environments } from "./catalogue";
import type { Environment } from "./environment";
import { HIDDEN, show, suggest, type Problem } from "./problems";
import type { Configuration } from "./schema";

/**
 * How GitHub reaches Argo CD's webhook endpoint: by an Ingress or by a Gateway, over TLS, and nothing else of Argo CD.
 */
export interface WebhookExposure {
  /** The host name that GitHub sends to. */
  readonly host: string;
  /** A second one, for the ApplicationSet controller, whose path is the same. Unset: it is not exposed, and polls. */
  readonly applicationSetHost?: string | undefined;
  readonly ingress?: IngressExposure | undefined;
  readonly gateway?: GatewayExposure | undefined;
}

/** What an Ingress needs. */
export interface IngressExposure {
  /** Unset: the cluster's default class. */
  readonly className?: string | undefined;
  /** The Secret in Argo CD's namespace that holds the certificate. */
  readonly tlsSecret: string;
  /**
   * What the Ingress's controller needs to be told: with argocd-server's own TLS on (the default) that it speaks HTTPS
   * to the service, for example `nginx.ingress.kubernetes.io/backend-protocol: HTTPS`.
   */
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

/** A listener that ends TLS, of a Gateway that lets routes of Argo CD's namespace in. */
export interface GatewayExposure {
  readonly name: string;
  readonly namespace: string;
  readonly listener: string;
}

const names = environments.map(({ name }) => name);

/** Checks that each webhook has its secret, and that both ends of this cluster's have the same. */
export function checkWebhooks(configuration: Configuration, environment: Environment, owns: boolean): Problem[] {
  const { webhooks = {}, applicationSetWebhooks = {}, webhookSecrets: secrets = {}, webhookSecret } = configuration;
  const problems: Problem[] = [];
  for (const [key, map] of Object.entries({ webhooks, applicationSetWebhooks, webhookSecrets: secrets })) {
    for (const name of Object.keys(map).filter((name) => !names.includes(name))) {
      const expected = "the name of an environment";
      problems.push({ key: `${key}.${name}`, got: "a value", expected, fix: suggest(name, names) });
    }
  }
  for (const name of names) {
    const address = webhooks[name] !== undefined ? "webhooks" : "applicationSetWebhooks";
    const addressed = webhooks[name] !== undefined || applicationSetWebhooks[name] !== undefined;
    if (addressed === (secrets[name] !== undefined)) continue;
    const [absent, present] = addressed ? ["webhookSecrets", address] : ["webhooks", "webhookSecrets"];
    problems.push({
      key: `${absent}.${name}`,
      got: "nothing",
      expected: `a value beside ${present}.${name}`,
      fix: "An unsigned webhook could be sent by anyone; a secret without an address does nothing.",
    });
  }
  const own = secrets[environment.name];
  if (owns && own !== undefined && own !== webhookSecret) {
    problems.push({
      key: "webhookSecret",
      got: webhookSecret === undefined ? "nothing" : HIDDEN,
      expected: `the same secret as webhookSecrets.${environment.name}`,
      fix: "GitHub signs with the one and this cluster's Argo CD checks with the other.",
    });
  }
  return problems;
}

/** Checks how the webhook endpoint is exposed: one way, signed, and at the address that GitHub is told. */
export function checkExposure(configuration: Configuration, environment: Environment): Problem[] {
  const { argocd, webhooks = {}, applicationSetWebhooks = {} } = configuration;
  const exposure = argocd?.webhookExposure;
  if (!exposure) return [];
  const { host, applicationSetHost, ingress, gateway } = exposure;
  const problems: Problem[] = [];
  const key = "argocd.webhookExposure";
  if ((ingress === undefined) === (gateway === undefined)) {
    const fix = "Name an Ingress's certificate below ingress, or a Gateway's listener below gateway.";
    problems.push({ key, got: ingress ? "both" : "neither", expected: "one of ingress and gateway", fix });
  }
  if (applicationSetHost === host) {
    const fix = "Both controllers listen at /api/webhook: they need two names.";
    problems.push({ key: `${key}.applicationSetHost`, got: show(host), expected: "another name than host", fix });
  }
  if (gateway && String(argocd.parameters?.["server.insecure"]) !== "true") {
    problems.push({
      key: 'argocd.parameters["server.insecure"]',
      got: show(argocd.parameters?.["server.insecure"]),
      expected: `"true" beside ${key}.gateway`,
      fix: "The Gateway ends TLS and speaks plain HTTP to argocd-server, whose own certificate is self-signed.",
    });
  }
  const addresses = {
    webhooks: [webhooks, host],
    applicationSetWebhooks: [applicationSetWebhooks, applicationSetHost],
  } as const;
  for (const [name, [registered, exposed]] of Object.entries(addresses)) {
    const address = registered[environment.name];
    if (address === undefined || exposed === undefined || address === `https://${exposed}/api/webhook`) continue;
    problems.push({
      key: `${name}.${environment.name}`,
      got: show(address),
      expected: `https://${exposed}/api/webhook, as ${key} exposes it`,
      fix: "Make the two agree.",
    });
  }
  return problems;
}
