import assert from "node:assert/strict";
import { dev } from "../../environments/dev";
import { parseConfiguration } from "../../environments/parse";
import { formatProblem } from "../../environments/problems";
import { checkExposure, checkWebhooks } from "../../environments/webhooks";
import { raw } from "../support/stack";

// Proves what is said about webhooks and the way in for them. The table of settings.test.ts has more of the first.

const host = "hooks.vaarak.example";
const ingress = { tlsSecret: "hooks-tls" };
const gateway = { name: "edge", namespace: "gateways", listener: "https" };
const plain = { "server.insecure": true };

function messages(values: Record<string, unknown>): string[] {
  const { configuration, problems } = parseConfiguration(raw(values));
  return [...problems, ...checkWebhooks(configuration, dev, true), ...checkExposure(configuration, dev)].map(
    formatProblem,
  );
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
        "webhookSecrets.dev: got nothing; expected a value beside applicationSetWebhooks.dev. An unsigned webhook could be sent by anyone; a secret without an address does nothing.",
      ],
    ],
    ["exposed by an Ingress", signed({ host, ingress }), []],
    ["exposed by a Gateway before a plain argocd-server", signed({ host, gateway }, plain), []],
    [
      "exposed by neither",
      signed({ host }),
      [
        "argocd.webhookExposure: got neither; expected one of ingress and gateway. Name an Ingress's certificate below ingress, or a Gateway's listener below gateway.",
      ],
    ],
    [
      "exposed by both",
      signed({ host, ingress, gateway }, plain),
      [
        "argocd.webhookExposure: got both; expected one of ingress and gateway. Name an Ingress's certificate below ingress, or a Gateway's listener below gateway.",
      ],
    ],
    [
      "exposed under one name for two controllers",
      signed({ host, applicationSetHost: host, ingress }),
      [
        `argocd.webhookExposure.applicationSetHost: got "${host}"; expected another name than host. Both controllers listen at /api/webhook: they need two names.`,
      ],
    ],
    [
      "exposed by a Gateway that argocd-server's certificate stops",
      signed({ host, gateway }),
      [
        'argocd.parameters["server.insecure"]: got nothing; expected "true" beside argocd.webhookExposure.gateway. The Gateway ends TLS and speaks plain HTTP to argocd-server, whose own certificate is self-signed.',
      ],
    ],
    [
      "exposed at another address than GitHub is told",
      { ...signed({ host, ingress }), webhooks: hook("other.example"), webhookSecrets: { dev: "s" } },
      [
        `webhooks.dev: got "https://other.example/api/webhook"; expected https://${host}/api/webhook, as argocd.webhookExposure exposes it. Make the two agree.`,
      ],
    ],
    [
      "exposed at a whole URL",
      signed({ host: `https://${host}`, ingress }),
      [
        `argocd.webhookExposure.host: got "https://${host}"; expected a host name: lower-case letters, digits, hyphens and dots. Write it without https:// and without a path.`,
      ],
    ],
    [
      "exposed with a misspelt key, which is looked for where it stands",
      signed({ host, gateway: { ...gateway, listner: "https" } }, plain),
      ['argocd.webhookExposure.gateway.listner: got "https"; expected no such key. Did you mean listener?'],
    ],
  ];
  for (const [what, values, expected] of cases) {
    it(`may ${expected.length === 0 ? "be" : "not be"} ${what}`, () => {
      assert.deepEqual(messages(values), expected);
    });
  }
});
