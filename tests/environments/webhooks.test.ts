import assert from "node:assert/strict";
import { dev } from "@gitops-platform/environments/dev";
import { parseConfiguration } from "@gitops-platform/environments/settings/parse";
import { formatProblem } from "@gitops-platform/contract/problems";
import { checkExposure, checkWebhooks, webhooksArea } from "@gitops-platform/environments/settings/webhooks";
import { missingSettings } from "@gitops-platform/environments/settings/requirements";
import { raw } from "@gitops-platform/test-support/stack";

// Tests the errors about webhooks and their exposure. The table in settings.test.ts has more cases about webhooks.

const host = "hooks.vaarak.example";
const ingress = { tlsSecret: "hooks-tls" };
const gateway = { name: "edge", namespace: "gateways", listener: "https" };
const plain = { "server.insecure": true };

function messages(values: Record<string, unknown>): string[] {
  const { configuration, problems } = parseConfiguration(raw(values));
  const missing = missingSettings(webhooksArea, configuration, { given: new Set(), owns: true });
  const rules = [...checkWebhooks(configuration, dev, true), ...missing, ...checkExposure(configuration, dev)];
  return [...problems, ...rules].map(formatProblem);
}

const signed = (webhookExposure: object, parameters = {}) => ({
  argocd: { webhookExposure, parameters },
  webhookSecret: "s",
});

describe("webhooks", () => {
  const hook = (name: string) => ({ dev: `https://${name}/api/webhook` });
  const cases: [what: string, values: Record<string, unknown>, messages: string[]][] = [
    [
      "of both controllers, with one secret",
      {
        applicationSetWebhooks: hook("b.example"),
        webhooks: hook("a.example"),
        webhookSecrets: { dev: "s" },
        webhookSecret: "s",
      },
      [],
    ],
    [
      "of the ApplicationSet controller alone",
      { applicationSetWebhooks: hook("b.example"), webhookSecrets: { dev: "s" }, webhookSecret: "s" },
      [],
    ],
    [
      "of the ApplicationSet controller without a secret",
      { applicationSetWebhooks: hook("b.example") },
      [
        "webhookSecrets.dev: got nothing; expected a value if applicationSetWebhooks.dev is set. " +
          "Set both or neither: anyone could send an unsigned webhook, and a secret without a URL has no effect.",
      ],
    ],
    ["exposed by an Ingress", signed({ host, ingress }), []],
    ["exposed by a Gateway in front of argocd-server without TLS", signed({ host, gateway }, plain), []],
    [
      "exposed by neither",
      signed({ host }),
      [
        "argocd.webhookExposure: got neither; expected one of ingress and gateway. " +
          "Set an Ingress's certificate below ingress, or a Gateway's listener below gateway.",
      ],
    ],
    [
      "exposed by both",
      signed({ host, ingress, gateway }, plain),
      [
        "argocd.webhookExposure: got both; expected one of ingress and gateway. " +
          "Set an Ingress's certificate below ingress, or a Gateway's listener below gateway.",
      ],
    ],
    [
      "exposed under one name for two controllers",
      signed({ host, applicationSetHost: host, ingress }),
      [
        `argocd.webhookExposure.applicationSetHost: got "${host}"; expected a different name than host. ` +
          "Use two host names: both controllers listen at /api/webhook.",
      ],
    ],
    [
      "exposed by a Gateway in front of argocd-server with TLS",
      signed({ host, gateway }),
      [
        'argocd.parameters["server.insecure"]: got nothing; expected "true" if argocd.webhookExposure.gateway is ' +
          "set. Set it: the Gateway terminates TLS and must connect to argocd-server by HTTP, " +
          "because argocd-server's own certificate is self-signed.",
      ],
    ],
    [
      "exposed at another URL than the one registered on GitHub",
      { ...signed({ host, ingress }), webhooks: hook("other.example"), webhookSecrets: { dev: "s" } },
      [
        `webhooks.dev: got "https://other.example/api/webhook"; expected https://${host}/api/webhook, ` +
          "as in argocd.webhookExposure. Set both to the same URL.",
      ],
    ],
    [
      "exposed at a complete URL",
      signed({ host: `https://${host}`, ingress }),
      [
        `argocd.webhookExposure.host: got "https://${host}"; expected a host name: lower-case letters, digits, ` +
          "hyphens and dots. Write it without https:// and without a path.",
      ],
    ],
    [
      "exposed with a misspelt key, for which a neighbouring key is suggested",
      signed({ host, gateway: { ...gateway, listner: "https" } }, plain),
      ['argocd.webhookExposure.gateway.listner: got "https"; expected a known key. Did you mean listener?'],
    ],
  ];
  for (const [what, values, expected] of cases) {
    it(`may ${expected.length === 0 ? "be" : "not be"} ${what}`, () => {
      assert.deepEqual(messages(values), expected);
    });
  }
});
