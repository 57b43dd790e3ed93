import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import type { Delivery } from "../../environments/environment";
import { checkNotifications, notifications } from "../../environments/notifications";
import { parseConfiguration } from "../../environments/parse";
import { formatProblem } from "../../environments/problems";
import { raw } from "../support/stack";

// Proves who is told what by a configuration, and each message. That Argo CD tells them is for the end-to-end tests.

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
const heal: Delivery = { sync: "auto", drift: "heal" };
const alert: Delivery = { sync: "auto", drift: "alert" };

function messages(values: Record<string, unknown>, delivery: Delivery): string[] {
  const { configuration, problems } = parseConfiguration(raw({ repository, ...values }));
  return [...problems, ...checkNotifications(configuration, delivery)].map(formatProblem);
}

describe("the settings of notifications", () => {
  const notRsa =
    "deploymentsAppKey: got a secret value; expected the private key of the GitHub App that writes deployments, an RSA key. Run: pulumi config set --secret deploymentsAppKey < <the App's .pem file>";
  const noChannel = (got: string) =>
    `argocd.slack.channel: got ${got}; expected the name of a Slack channel without #, or its ID. Its ID is at the end of the channel's About.`;
  const cases: [what: string, delivery: Delivery, values: Record<string, unknown>, messages: string[]][] = [
    ["nothing where edits are reverted", heal, {}, []],
    ["a webhook for alerts", alert, { argocd: { notifications: url } }, []],
    ["a Slack channel for alerts", alert, { argocd: { slack }, slackToken: "xoxb-1" }, []],
    ["a channel's ID", heal, { argocd: { slack: { channel: "C012AB3CD" } }, slackToken: "xoxb-1" }, []],
    ["a channel in another script", heal, { argocd: { slack: { channel: "опс-1" } }, slackToken: "xoxb-1" }, []],
    ["deployments by an App", heal, { argocd: { deployments }, deploymentsAppKey: privateKey }, []],
    [
      "an alert that reaches nobody",
      alert,
      {},
      [
        "argocd.notifications: got nothing; expected an address beside drift: alert. Set it to the webhook that tells somebody, or set argocd.slack: with drift: alert nothing else happens to a live edit.",
      ],
    ],
    [
      "secrets of nothing",
      heal,
      { notificationsToken: "t0k3n", slackToken: "xoxb-1", deploymentsAppKey: privateKey },
      [
        "argocd.notifications: got nothing; expected an address beside notificationsToken. Set both, or remove the token.",
        "argocd.slack: got nothing; expected a channel beside slackToken. Set both, or remove the token.",
        "argocd.deployments: got nothing; expected appId and installationId beside deploymentsAppKey. Set both, or remove the key.",
      ],
    ],
    [
      "destinations without their secrets",
      heal,
      { argocd: { slack, deployments } },
      [
        "slackToken: got nothing; expected a value beside argocd.slack. Set both, or remove the channel.",
        "deploymentsAppKey: got nothing; expected a value beside argocd.deployments. Set both, or remove the ids.",
      ],
    ],
    ["a channel with #", heal, { argocd: { slack: { channel: "#ops" } }, slackToken: "x" }, [noChannel('"#ops"')]],
    ["two channels", heal, { argocd: { slack: { channel: "ops:dev" } }, slackToken: "x" }, [noChannel('"ops:dev"')]],
    ["an App's public key", heal, { argocd: {}, deploymentsAppKey: publicKey }, [notRsa]],
    ["a key that GitHub makes for no App", heal, { argocd: {}, deploymentsAppKey: ed25519 }, [notRsa]],
    ["a key cut short", heal, { argocd: {}, deploymentsAppKey: privateKey.slice(0, 200) }, [notRsa]],
  ];
  for (const [what, delivery, values, expected] of cases) {
    it(`may ${expected.length === 0 ? "be" : "not be"} ${what}`, () => {
      // A value with a mistake is dropped, so what goes with it is reported as lonely too: only the first is of
      // interest.
      assert.deepEqual(messages(values, delivery).slice(0, expected.length || undefined), expected);
    });
  }

  const servers: [what: string, repository: Record<string, string>, apiUrl: string | undefined][] = [
    ["github.com", {}, undefined],
    ["github.com by ssh", { url: "ssh://git@ssh.github.com:443/vaarak/gitops.git" }, undefined],
    [
      "the server that is cloned from",
      { url: "http://127.0.0.1:20000/vaarak/gitops.git" },
      "http://127.0.0.1:20000/api/v3",
    ],
    ["that server by ssh", { url: "ssh://git@git.example:2222/vaarak/gitops.git" }, "https://git.example/api/v3"],
    [
      "the API that is configured",
      { url: "https://mirror.example/vaarak/gitops.git", apiUrl: "https://git.example/" },
      "https://git.example/api/v3",
    ],
    [
      "an API with a host of its own",
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
