import assert from "node:assert/strict";
import { parse } from "yaml";
import { notificationSettings, type NotificationSettings } from "../../../../components/argocd/notifications/settings";
import type { Delivery } from "../../../../environments/environment";

// Proves what is configured. That Argo CD understands the conditions is for the end-to-end tests.

const settings: NotificationSettings = {
  environment: "prod",
  delivery: { sync: "auto", drift: "heal" },
  url: "https://argocd.example",
  notifications: undefined,
};
const deployments = {
  appId: 7,
  installationId: 99,
  apiUrl: undefined,
  repository: { owner: "vaarak", name: "gitops" },
};
const read = (data: Record<string, string>, key: string): unknown => parse(data[key] ?? assert.fail(`no ${key}`));

describe("notifications", () => {
  const triggers: [delivery: Delivery, names: string[]][] = [
    [
      { sync: "auto", drift: "heal" },
      [
        "on-drift-found",
        "on-drift-healed",
        "on-sync-failing",
        "on-comparison-failing",
        "on-other-branch",
        "on-degraded",
      ],
    ],
    [
      { sync: "auto", drift: "alert" },
      ["on-drift-found", "on-sync-failing", "on-comparison-failing", "on-other-branch", "on-degraded"],
    ],
    [
      { sync: "manual", drift: "heal" },
      [
        "on-drift-found",
        "on-drift-healed",
        "on-sync-failing",
        "on-comparison-failing",
        "on-other-branch",
        "on-degraded",
      ],
    ],
    [
      { sync: "manual", drift: "alert" },
      [
        "on-drift-found",
        "on-out-of-sync",
        "on-sync-failing",
        "on-comparison-failing",
        "on-other-branch",
        "on-degraded",
      ],
    ],
  ];
  for (const [delivery, names] of triggers) {
    it(`with ${delivery.sync} and ${delivery.drift} tell by ${names.join(", ")}`, () => {
      const data = notificationSettings({ ...settings, delivery });
      assert.deepEqual(read(data, "defaultTriggers"), names);
      for (const name of names) {
        const [condition] = read(data, `trigger.${name}`) as { when: string; send: string[] }[];
        assert.ok(condition?.when);
        for (const template of condition.send) assert.ok(data[`template.${template}`], template);
      }
    });
  }

  it("go to the configured webhook for every Application, with its token by name only", () => {
    const data = notificationSettings({
      ...settings,
      notifications: { url: "https://alerts.example/hook", token: "secret" },
    });
    assert.deepEqual(read(data, "service.webhook.platform"), {
      url: "https://alerts.example/hook",
      headers: [
        { name: "Content-Type", value: "application/json" },
        { name: "Authorization", value: "Bearer $platform-token" },
      ],
    });
    assert.deepEqual(read(data, "subscriptions"), [{ recipients: ["platform"] }]);
  });

  it("go to the configured Slack channel too, with its token by name only", () => {
    const notifications = { url: "https://alerts.example/hook" };
    const data = notificationSettings({ ...settings, notifications, slack: { channel: "ops" } });
    assert.deepEqual(read(data, "service.slack"), { token: "$slack-token" });
    assert.deepEqual(read(data, "subscriptions"), [{ recipients: ["platform", "slack:ops"] }]);
  });

  it("tell GitHub of the environment's own Applications, with the App's key by name only", () => {
    const data = notificationSettings({ ...settings, slack: { channel: "ops" }, deployments });
    assert.deepEqual(read(data, "service.github"), {
      appID: 7,
      installationID: 99,
      privateKey: "$github-privateKey",
    });
    assert.deepEqual(read(data, "subscriptions"), [
      { recipients: ["slack:ops"] },
      { recipients: ["github"], triggers: ["on-deployment"], selector: "gitops-platform/environment=prod" },
    ]);
  });

  it("tell a GitHub of one's own at its API", () => {
    const apiUrl = "https://git.example/api/v3";
    const data = notificationSettings({ ...settings, deployments: { ...deployments, apiUrl } });
    assert.equal((read(data, "service.github") as { enterpriseBaseURL: string }).enterpriseBaseURL, apiUrl);
  });

  it("go nowhere where nothing is configured", () => {
    const data = notificationSettings(settings);
    assert.equal("subscriptions" in data, false);
    assert.deepEqual(
      Object.keys(data).filter((key) => /^service\.|deployment/.test(key)),
      [],
    );
  });

  it("grow by nothing with the number of services", () => {
    // Subscriptions are the ConfigMap's, not annotations of each Application: these settings know no service.
    assert.doesNotMatch(JSON.stringify(notificationSettings({ ...settings, deployments })), /"api"|subscribe\./);
  });

  it("say where, what, what to do and where to look: as text, as JSON and as Slack's blocks", () => {
    const deployed =
      "{{(.app.status.operationState.syncResult | default dict).revision | default .app.status.sync.revision | toString | trunc 7}}";
    const advice = "If the change is needed, bring it to Git. If this comes again and again, a controller fights Git.";
    const page = "https://argocd.example/applications/{{.app.metadata.name}}";
    const inParentheses = `(${deployed.slice(2, -2)})`;
    const name = "(.app.metadata.name)";
    assert.deepEqual(read(notificationSettings(settings), "template.drift-healed"), {
      message: `prod/{{.app.metadata.name}}: Somebody edited the cluster by hand; it is back at ${deployed}. ${advice} ${page}`,
      webhook: {
        platform: {
          method: "POST",
          body: `{"text": {{printf "prod/%v: Somebody edited the cluster by hand; it is back at %v. ${advice} https://argocd.example/applications/%v" ${name} ${inParentheses} ${name} | toJson}}}`,
        },
      },
      slack: {
        blocks: [
          `[{"type": "header", "text": {"type": "plain_text", "text": {{printf "prod/%v: live edit reverted" ${name} | toJson}}}}`,
          `{"type": "section", "text": {"type": "plain_text", "text": {{printf "Somebody edited the cluster by hand; it is back at %v.\\n${advice}" ${inParentheses} | toJson}}}}`,
          `{"type": "section", "text": {"type": "mrkdwn", "text": {{printf "<https://argocd.example/applications/%v|Open it in Argo CD>" ${name} | toJson}}}}]`,
        ].join(", "),
      },
    });
  });

  it("have no link where Argo CD's address is not known", () => {
    const data = notificationSettings({ ...settings, url: undefined, deployments });
    assert.doesNotMatch(JSON.stringify(data), /applications|logURL/);
  });

  it("tell each heal, not the first of a revision only", () => {
    assert.deepEqual(read(notificationSettings(settings), "trigger.on-drift-healed"), [
      {
        when:
          "app.status?.operationState?.phase == 'Succeeded' and " +
          "(app.status.operationState?.operation?.sync?.autoHealAttemptsCount ?? 0) > 0",
        send: ["drift-healed"],
        oncePer: "app.status.operationState?.finishedAt",
      },
    ]);
  });

  it("take what is out of sync for a live edit, but where a commit may wait for a person only while Git stands still", () => {
    const found = (delivery: Delivery) =>
      (read(notificationSettings({ ...settings, delivery }), "trigger.on-drift-found") as { when: string }[])[0]?.when;
    const gitStandsStill = /app\.status\.sync\.revision == /;
    assert.match(found({ sync: "manual", drift: "alert" }) ?? "", gitStandsStill);
    assert.doesNotMatch(found({ sync: "auto", drift: "alert" }) ?? "", gitStandsStill);
    assert.doesNotMatch(found({ sync: "manual", drift: "heal" }) ?? "", gitStandsStill);
  });
});
