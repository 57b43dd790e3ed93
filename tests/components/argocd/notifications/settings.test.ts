import assert from "node:assert/strict";
import { parse } from "yaml";
import {
  notificationSettings,
  type NotificationSettings,
} from "@gitops-platform/components/argocd/notifications/settings";
import type { DeliveryPolicy } from "@gitops-platform/environments/environment";

// Tests the configuration. The end-to-end tests evaluate the conditions with Argo CD itself.

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
  const triggers: [delivery: DeliveryPolicy, names: string[]][] = [
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
    it(`with ${delivery.sync} and ${delivery.drift} use the triggers ${names.join(", ")}`, () => {
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

  it("report the environment's own Applications to GitHub, with the App's key by name only", () => {
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

  it("use the API of a self-hosted GitHub server", () => {
    const apiUrl = "https://git.example/api/v3";
    const data = notificationSettings({ ...settings, deployments: { ...deployments, apiUrl } });
    assert.equal((read(data, "service.github") as { enterpriseBaseURL: string }).enterpriseBaseURL, apiUrl);
  });

  it("are sent nowhere when nothing is configured", () => {
    const data = notificationSettings(settings);
    assert.equal("subscriptions" in data, false);
    assert.deepEqual(
      Object.keys(data).filter((key) => /^service\.|deployment/.test(key)),
      [],
    );
  });

  it("do not grow with the number of services", () => {
    // Subscriptions are in the ConfigMap, not in annotations of each Application, so no service appears here.
    assert.doesNotMatch(JSON.stringify(notificationSettings({ ...settings, deployments })), /"api"|subscribe\./);
  });

  it("contain environment, event, advice and link in the form of each receiver", () => {
    const deployed =
      "{{(.app.status.operationState.syncResult | default dict).revision | default .app.status.sync.revision | " +
      "toString | trunc 7}}";
    const advice =
      "If the change is needed, commit it to Git. If this alert repeats, a controller may be making the change.";
    const page = "https://argocd.example/applications/{{.app.metadata.name}}";
    const inParentheses = `(${deployed.slice(2, -2)})`;
    const name = "(.app.metadata.name)";
    const run = (text: string, more = "") =>
      `{"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": {{printf ${text} | toJson}}${more}}]}`;
    assert.deepEqual(read(notificationSettings(settings), "template.drift-healed"), {
      message:
        `prod/{{.app.metadata.name}}: Somebody edited the cluster by hand; it was restored to ${deployed}. ` +
        `${advice} ${page}`,
      webhook: {
        platform: {
          method: "POST",
          body:
            '{"text": {{printf "prod/%v: Somebody edited the cluster by hand; it was restored to %v. ' +
            `${advice} https://argocd.example/applications/%v" ${name} ${inParentheses} ${name} | toJson}}}`,
        },
      },
      slack: {
        blocks: [
          '[{"type": "header", "text": {"type": "plain_text", "text": {{printf "prod/%v: ' +
            `live edit reverted" ${name} | toJson}}}}`,
          '{"type": "section", "text": {"type": "plain_text", "text": {{printf "Somebody edited the cluster by ' +
            `hand; it was restored to %v.\\n${advice}" ${inParentheses} | toJson}}}}`,
          '{"type": "section", "text": {"type": "mrkdwn", "text": ' +
            `{{printf "<https://argocd.example/applications/%v|Open it in Argo CD>" ${name} | toJson}}}}]`,
        ].join(", "),
      },
      "teams-workflows": {
        adaptiveCard: [
          '{"type": "AdaptiveCard", "version": "1.4", "body": [' +
            run(`"prod/%v: live edit reverted" ${name}`, ', "size": "Large", "weight": "Bolder"'),
          run(`"Somebody edited the cluster by hand; it was restored to %v." ${inParentheses}`),
          run(`"${advice}"`) + "]",
          '"actions": [{"type": "Action.OpenUrl", "title": "Open it in Argo CD"',
          `"url": {{printf "https://argocd.example/applications/%v" ${name} | toJson}}}]}`,
        ].join(", "),
      },
      pagerdutyv2: {
        summary:
          '{{printf "prod/%v: live edit reverted. Somebody edited the cluster by hand; ' +
          `it was restored to %v." ${name} ${inParentheses} | trunc 1000}}`,
        severity: "info",
        source: "prod",
        component: "{{.app.metadata.name}}",
        class: "drift-healed",
        dedupKey: "prod/{{.app.metadata.name}}/drift-healed",
        url: page,
      },
      email: { subject: "prod/{{.app.metadata.name}}: live edit reverted" },
    });
  });

  it("have no link when Argo CD's URL is unknown", () => {
    const data = notificationSettings({ ...settings, url: undefined, deployments });
    assert.doesNotMatch(JSON.stringify(data), /applications|logURL/);
  });

  it("report each heal, not only the first of a revision", () => {
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

  it("take OutOfSync for a live edit; with manual sync only while the branch is at the deployed commit", () => {
    const found = (delivery: DeliveryPolicy) =>
      (read(notificationSettings({ ...settings, delivery }), "trigger.on-drift-found") as { when: string }[])[0]?.when;
    const gitStandsStill = /app\.status\.sync\.revision == /;
    assert.match(found({ sync: "manual", drift: "alert" }) ?? "", gitStandsStill);
    assert.doesNotMatch(found({ sync: "auto", drift: "alert" }) ?? "", gitStandsStill);
    assert.doesNotMatch(found({ sync: "manual", drift: "heal" }) ?? "", gitStandsStill);
  });
});
