import assert from "node:assert/strict";
import { parse } from "yaml";
import {
  defaultTriggers,
  notificationSettings,
  type NotificationSettings,
} from "../../../components/argocd/notifications";
import type { Delivery } from "../../../environments/environment";

// Proves what is configured. That Argo CD understands the conditions is for the end-to-end tests.

describe("notifications", () => {
  const settings: NotificationSettings = {
    delivery: { sync: "auto", drift: "heal" },
    url: "https://argocd.example",
    notifications: undefined,
  };
  const triggers: [delivery: Delivery, names: string[]][] = [
    [{ sync: "auto", drift: "heal" }, ["on-drift-healed", "on-sync-failing"]],
    [{ sync: "auto", drift: "alert" }, ["on-drift-found", "on-sync-failing"]],
    [{ sync: "manual", drift: "heal" }, ["on-drift-healed", "on-sync-failing"]],
    [{ sync: "manual", drift: "alert" }, ["on-drift-found", "on-out-of-sync", "on-sync-failing"]],
  ];
  for (const [delivery, names] of triggers) {
    it(`with ${delivery.sync} and ${delivery.drift} tell by ${names.join(", ")}`, () => {
      assert.deepEqual(defaultTriggers(delivery), names);
      const data = notificationSettings({ ...settings, delivery });
      assert.deepEqual(parse(data.defaultTriggers ?? ""), names);
      for (const name of names) {
        const [condition] = parse(data[`trigger.${name}`] ?? "") as { when: string; send: string[] }[];
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
    assert.deepEqual(parse(data["service.webhook.platform"] ?? ""), {
      url: "https://alerts.example/hook",
      headers: [
        { name: "Content-Type", value: "application/json" },
        { name: "Authorization", value: "Bearer $platform-token" },
      ],
    });
    assert.deepEqual(parse(data.subscriptions ?? ""), [{ recipients: ["platform"] }]);
  });

  it("go nowhere where nothing is configured", () => {
    const data = notificationSettings(settings);
    assert.equal("subscriptions" in data, false);
    assert.deepEqual(
      Object.keys(data).filter((key) => key.startsWith("service.")),
      [],
    );
  });

  it("say where to look, as text and as JSON", () => {
    const message =
      "{{.app.metadata.name}}: a live edit was reverted to {{.app.status.sync.revision}}. " +
      "https://argocd.example/applications/{{.app.metadata.name}}";
    assert.deepEqual(parse(notificationSettings(settings)["template.drift-healed"] ?? ""), {
      message,
      webhook: {
        platform: {
          method: "POST",
          body:
            '{"text": {{printf "%v: a live edit was reverted to %v. https://argocd.example/applications/%v" ' +
            ".app.metadata.name .app.status.sync.revision .app.metadata.name | toJson}}}",
        },
      },
    });
  });

  it("tell each heal, not the first of a revision only", () => {
    const data = notificationSettings(settings);
    assert.deepEqual(parse(data["trigger.on-drift-healed"] ?? ""), [
      {
        when:
          "app.status.operationState?.phase == 'Succeeded' and " +
          "(app.status.operationState?.operation?.sync?.autoHealAttemptsCount ?? 0) > 0",
        send: ["drift-healed"],
        oncePer: "app.status.operationState?.finishedAt",
      },
    ]);
  });
});
