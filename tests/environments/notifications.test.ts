import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import type { DeliveryPolicy } from "@gitops-platform/environments/environment";
import {
  checkNotifications,
  notifications,
  notificationsArea,
} from "@gitops-platform/environments/settings/notifications";
import { missingSettings } from "@gitops-platform/environments/settings/requirements";
import { parseConfiguration } from "@gitops-platform/environments/settings/parse";
import { formatProblem } from "@gitops-platform/contract/problems";
import { raw } from "@gitops-platform/test-support/stack";

// Tests the destinations of a configuration, and each error. The end-to-end tests check that Argo CD notifies them.

const pem = { type: "pkcs1", format: "pem" } as const;
const { privateKey, publicKey } = generateKeyPairSync("rsa", {
  modulusLength: 1024,
  privateKeyEncoding: pem,
  publicKeyEncoding: pem,
});
const ed25519 = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const repository = { owner: "vaarak", name: "gitops" };
const url = "https://alerts.example/hook";
const slack = { channel: "platform-alerts" };
const deployments = { appId: 7, installationId: 99 };
const heal: DeliveryPolicy = { sync: "auto", drift: "heal" };
const alert: DeliveryPolicy = { sync: "auto", drift: "alert" };

function messages(values: Record<string, unknown>, delivery: DeliveryPolicy): string[] {
  const { configuration, problems } = parseConfiguration(raw({ repository, ...values }));
  const missing = missingSettings(notificationsArea, configuration, { given: new Set(), owns: false });
  return [...problems, ...checkNotifications(configuration, delivery), ...missing].map(formatProblem);
}

describe("the settings of notifications", () => {
  const notRsa =
    "deploymentsAppKey: got a secret value; expected the private key of the GitHub App that writes deployments, " +
    "an RSA key. Run: pulumi config set --secret deploymentsAppKey < <the App's .pem file>";
  const noChannel = (got: string) =>
    `argocd.slack.channel: got ${got}; expected the name of a Slack channel without #, or its ID. ` +
    "The ID is at the end of the channel's About page.";
  const cases: [what: string, delivery: DeliveryPolicy, values: Record<string, unknown>, messages: string[]][] = [
    ["nothing if edits are reverted", heal, {}, []],
    ["a webhook for alerts", alert, { argocd: { notifications: url } }, []],
    ["a Slack channel for alerts", alert, { argocd: { slack }, slackToken: "xoxb-1" }, []],
    ["a channel's ID", heal, { argocd: { slack: { channel: "C012AB3CD" } }, slackToken: "xoxb-1" }, []],
    ["a channel in another script", heal, { argocd: { slack: { channel: "опс-1" } }, slackToken: "xoxb-1" }, []],
    ["deployments with an App", heal, { argocd: { deployments }, deploymentsAppKey: privateKey }, []],
    [
      "an alert without a destination",
      alert,
      {},
      [
        "argocd.notifications: got nothing; expected a URL if drift is alert. Set it to a webhook that notifies " +
          "somebody, or set another receiver, such as argocd.slack: with drift: alert, a live edit is only reported.",
      ],
    ],
    [
      "secrets without their destinations",
      heal,
      { notificationsToken: "t0k3n", slackToken: "xoxb-1", deploymentsAppKey: privateKey },
      [
        "argocd.notifications: got nothing; expected a URL if notificationsToken is set. " +
          "Set both, or remove the token.",
        "argocd.slack: got nothing; expected a channel if slackToken is set. Set both, or remove the token.",
        "argocd.deployments: got nothing; expected appId and installationId if deploymentsAppKey is set. " +
          "Set both, or remove the key.",
      ],
    ],
    [
      "destinations without their secrets",
      heal,
      { argocd: { slack, deployments } },
      [
        "slackToken: got nothing; expected a value if argocd.slack is set. Set both, or remove the channel.",
        "deploymentsAppKey: got nothing; expected a value if argocd.deployments is set. Set both, or remove the ids.",
      ],
    ],
    ["a channel with #", heal, { argocd: { slack: { channel: "#ops" } }, slackToken: "x" }, [noChannel('"#ops"')]],
    ["two channels", heal, { argocd: { slack: { channel: "ops:dev" } }, slackToken: "x" }, [noChannel('"ops:dev"')]],
    ["an App's public key", heal, { argocd: {}, deploymentsAppKey: publicKey }, [notRsa]],
    ["a key of a type that Apps do not have", heal, { argocd: {}, deploymentsAppKey: ed25519 }, [notRsa]],
    ["a truncated key", heal, { argocd: {}, deploymentsAppKey: privateKey.slice(0, 200) }, [notRsa]],
  ];
  for (const [what, delivery, values, expected] of cases) {
    it(`may ${expected.length === 0 ? "be" : "not be"} ${what}`, () => {
      // An invalid value is dropped, so its counterpart is reported as unpaired too. Only the first errors matter here.
      assert.deepEqual(messages(values, delivery).slice(0, expected.length || undefined), expected);
    });
  }

  const servers: [what: string, repository: Record<string, string>, apiUrl: string | undefined][] = [
    ["github.com", {}, undefined],
    ["github.com with an ssh URL", { url: "ssh://git@ssh.github.com:443/vaarak/gitops.git" }, undefined],
    [
      "the server of the clone URL",
      { url: "http://127.0.0.1:20000/vaarak/gitops.git" },
      "http://127.0.0.1:20000/api/v3",
    ],
    ["the server of an ssh URL", { url: "ssh://git@git.example:2222/vaarak/gitops.git" }, "https://git.example/api/v3"],
    [
      "the configured API",
      { url: "https://mirror.example/vaarak/gitops.git", apiUrl: "https://git.example/" },
      "https://git.example/api/v3",
    ],
    [
      "an API on a separate host",
      { url: "https://vaarak.ghe.com/vaarak/gitops.git", apiUrl: "https://api.vaarak.ghe.com" },
      "https://api.vaarak.ghe.com",
    ],
  ];
  for (const [what, changes, apiUrl] of servers) {
    it(`send deployments to ${what}`, () => {
      const values = {
        repository: { ...repository, ...changes },
        argocd: { deployments },
        deploymentsAppKey: privateKey,
      };
      const { configuration } = parseConfiguration(raw(values));
      const { privateKey: key, ...rest } = notifications(configuration).deployments ?? assert.fail("no deployments");
      assert.ok(pulumi.Output.isInstance(key));
      assert.deepEqual(rest, { ...deployments, apiUrl, repository });
    });
  }

  it("keep their secrets secret", async () => {
    const argocd = { notifications: url, slack, deployments };
    const secrets = { notificationsToken: "t0k3n", slackToken: "xoxb-1", deploymentsAppKey: privateKey };
    const found = notifications(parseConfiguration(raw({ repository, argocd, ...secrets })).configuration);
    const outputs = [found.notifications?.token, found.slack?.token, found.deployments?.privateKey];
    for (const output of outputs) assert.equal(output && (await pulumi.isSecret(output)), true);
  });
});
