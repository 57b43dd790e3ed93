import assert from "node:assert/strict";
import { parse } from "yaml";
import { defaultTriggers, notificationSettings } from "../../../components/argocd/notifications";
import type { Delivery } from "../../../environments/environment";

// Proves what is configured. That Argo CD understands the conditions is for the end-to-end tests.

describe("notifications", () => {
  const triggers: [delivery: Delivery, names: string[]][] = [
    [{ sync: "auto", drift: "heal" }, ["on-drift-healed", "on-sync-failing"]],
    [{ sync: "auto", drift: "alert" }, ["on-drift-found", "on-sync-failing"]],
    [{ sync: "manual", drift: "heal" }, ["on-drift-healed", "on-sync-failing"]],
    [{ sync: "manual", drift: "alert" }, ["on-drift-found", "on-out-of-sync", "on-sync-failing"]],
  ];
  for (const [delivery, names] of triggers) {
    it(`with ${delivery.sync} and ${delivery.drift} tell by ${names.join(", ")}`, () => {
      assert.deepEqual(defaultTriggers(delivery), names);
      const data = notificationSettings(delivery, "https://argocd.example");
      assert.deepEqual(parse(data.defaultTriggers ?? ""), names);
      for (const name of names) {
        const [condition] = parse(data[`trigger.${name}`] ?? "") as { when: string; send: string[] }[];
        assert.ok(condition?.when);
        for (const template of condition.send) assert.ok(data[`template.${template}`], template);
      }
    });
  }

  it("tell each heal, not the first of a revision only", () => {
    const data = notificationSettings({ sync: "auto", drift: "heal" }, undefined);
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
