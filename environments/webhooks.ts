import { environments } from "./catalogue";
import type { Environment } from "./environment";
import { HIDDEN, show, suggest, type Problem } from "./problems";
import type { Configuration } from "./schema";

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

/** The settings of the Ingress. */
export interface IngressExposure {
  /** Unset: the cluster's default class. */
  readonly className?: string | undefined;
  /** The Secret in Argo CD's namespace that holds the certificate. */
  readonly tlsSecret: string;
  /**
   * Annotations for the Ingress controller. With argocd-server's own TLS (the default) it must connect by HTTPS, for
   * example with `nginx.ingress.kubernetes.io/backend-protocol: HTTPS`.
   */
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

/** A TLS-terminating listener of a Gateway that accepts routes from Argo CD's namespace. */
export interface GatewayExposure {
  readonly name: string;
  readonly namespace: string;
  readonly listener: string;
}

const names = environments.map(({ name }) => name);

/** Checks that each webhook has a secret, and that GitHub and this cluster use the same one. */
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
    const urlKey = webhooks[name] !== undefined ? "webhooks" : "applicationSetWebhooks";
    const hasUrl = webhooks[name] !== undefined || applicationSetWebhooks[name] !== undefined;
    if (hasUrl === (secrets[name] !== undefined)) continue;
    const [absent, present] = hasUrl ? ["webhookSecrets", urlKey] : ["webhooks", "webhookSecrets"];
    problems.push({
      key: `${absent}.${name}`,
      got: "nothing",
      expected: `a value if ${present}.${name} is set`,
      fix: "Set both or neither: anyone could send an unsigned webhook, and a secret without a URL has no effect.",
    });
  }
  const own = secrets[environment.name];
  if (owns && own !== undefined && own !== webhookSecret) {
    problems.push({
      key: "webhookSecret",
      got: webhookSecret === undefined ? "nothing" : HIDDEN,
      expected: `the same secret as webhookSecrets.${environment.name}`,
      fix: "Make them equal: GitHub signs with one, and this cluster's Argo CD verifies with the other.",
    });
  }
  return problems;
}

/** Checks how the webhook endpoint is exposed: by exactly one object, and at the URL that is registered on GitHub. */
export function checkExposure(configuration: Configuration, environment: Environment): Problem[] {
  const { argocd, webhooks = {}, applicationSetWebhooks = {} } = configuration;
  const exposure = argocd?.webhookExposure;
  if (!exposure) return [];
  const { host, applicationSetHost, ingress, gateway } = exposure;
  const problems: Problem[] = [];
  const key = "argocd.webhookExposure";
  if ((ingress === undefined) === (gateway === undefined)) {
    const fix = "Set an Ingress's certificate below ingress, or a Gateway's listener below gateway.";
    problems.push({ key, got: ingress ? "both" : "neither", expected: "one of ingress and gateway", fix });
  }
  if (applicationSetHost === host) {
    const fix = "Use two host names: both controllers listen at /api/webhook.";
    problems.push({ key: `${key}.applicationSetHost`, got: show(host), expected: "a different name than host", fix });
  }
  if (gateway && String(argocd.parameters?.["server.insecure"]) !== "true") {
    problems.push({
      key: 'argocd.parameters["server.insecure"]',
      got: show(argocd.parameters?.["server.insecure"]),
      expected: `"true" if ${key}.gateway is set`,
      fix:
        "Set it: the Gateway terminates TLS and must connect to argocd-server by HTTP, " +
        "because argocd-server's own certificate is self-signed.",
    });
  }
  const urls = {
    webhooks: [webhooks, host],
    applicationSetWebhooks: [applicationSetWebhooks, applicationSetHost],
  } as const;
  for (const [name, [registered, exposed]] of Object.entries(urls)) {
    const url = registered[environment.name];
    if (url === undefined || exposed === undefined || url === `https://${exposed}/api/webhook`) continue;
    problems.push({
      key: `${name}.${environment.name}`,
      got: show(url),
      expected: `https://${exposed}/api/webhook, as in ${key}`,
      fix: "Set both to the same URL.",
    });
  }
  return problems;
}
