import { environments } from "../environments";
import type { Environment } from "../environment";
import { HIDDEN, show, type Problem } from "@gitops-platform/contract/problems";
import { parseUrl } from "../url";
import { type argocdArea, parametersOf, type addressArea } from "./argocd";
import { unknownEnvironments } from "./requirements";
import { area, type ConfigurationOf } from "./setting";
import { check, freeMap, httpsUrl, secretText } from "./values";

const endpoints = freeMap(
  "environment names",
  httpsUrl("that environment's webhook endpoint").refine(
    (url) => parseUrl(url)?.pathname.endsWith("/api/webhook") ?? false,
    check({ expected: "a URL that ends with /api/webhook", fix: "Argo CD receives webhooks only at that path." }),
  ),
);
const bothOrNeither =
  "Set both or neither: anyone could send an unsigned webhook, and a secret without a URL has no effect.";

/** The webhooks of the repository, through which clusters learn of pushes at once. */
export const webhooksArea = area({
  webhooks: {
    schema: endpoints,
    doc: "The URL of each environment's Argo CD, with the path `/api/webhook`.",
    default: "none: Argo CD polls",
    example: { dev: "https://argocd.dev.vaarak.example/api/webhook" },
    owningStackOnly: true,
    byEnvironment: true,
  },
  applicationSetWebhooks: {
    schema: endpoints,
    doc: "The URL of each environment's ApplicationSet controller, with the path `/api/webhook`.",
    default: "none: the controller polls",
    example: { dev: "https://applicationsets.dev.vaarak.example/api/webhook" },
    owningStackOnly: true,
    byEnvironment: true,
  },
  webhookSecrets: {
    schema: freeMap(
      "environment names",
      secretText(
        "that environment's webhook secret",
        "Run: pulumi config set --secret --path webhookSecrets.<environment>",
      ),
    ),
    doc:
      "The secret with which GitHub signs an environment's webhooks: " +
      "the `webhookSecret` of that environment's stack.",
    example: "pulumi config set --secret --path webhookSecrets.dev",
    secret: true,
    owningStackOnly: true,
    byEnvironment: true,
    required: { by: ["webhooks", "applicationSetWebhooks"], expected: "a value", fix: bothOrNeither },
  },
});

type WebhooksConfiguration = ConfigurationOf<typeof webhooksArea & typeof argocdArea & typeof addressArea>;

/** Checks that each secret has a webhook, and that GitHub and this cluster use the same one. */
export function checkWebhooks(
  configuration: WebhooksConfiguration,
  environment: Environment,
  owns: boolean,
): Problem[] {
  const { webhooks = {}, applicationSetWebhooks = {}, webhookSecrets: secrets = {}, webhookSecret } = configuration;
  const problems = unknownEnvironments(webhooksArea, configuration);
  for (const { name } of environments) {
    if (secrets[name] === undefined || webhooks[name] !== undefined || applicationSetWebhooks[name] !== undefined)
      continue;
    const expected = `a value if webhookSecrets.${name} is set`;
    problems.push({ key: `webhooks.${name}`, got: "nothing", expected, fix: bothOrNeither });
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
export function checkExposure(configuration: WebhooksConfiguration, environment: Environment): Problem[] {
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
  if (gateway && parametersOf(configuration)["server.insecure"] !== "true") {
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
