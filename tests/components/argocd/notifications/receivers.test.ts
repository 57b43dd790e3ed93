import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { Argocd } from "@gitops-platform/components/argocd/argocd";
import {
  notificationSettings,
  type NotificationSettings,
} from "@gitops-platform/components/argocd/notifications/settings";
import { smallManifest } from "@gitops-platform/test-support/argocd/manifest";
import { construct } from "@gitops-platform/test-support/components";

const settings: NotificationSettings = {
  environment: "prod",
  delivery: { sync: "auto", drift: "heal" },
  url: undefined,
  notifications: undefined,
};
const smtp = { host: "smtp.example", port: 465, username: "argocd", from: "argocd@vaarak.example" } as const;
const ACTIONABLE = ["on-drift-found", "on-sync-failing", "on-comparison-failing", "on-other-branch", "on-degraded"];
const OF_PLATFORM = ["on-drift-found", "on-comparison-failing", "on-other-branch"];

const dataOf = (more: Partial<NotificationSettings>) => notificationSettings({ ...settings, ...more });
const read = (data: Record<string, string>, key: string): unknown => parse(data[key] ?? assert.fail(`no ${key}`));

describe("the receivers of notifications", () => {
  it("get their secrets by name only", () => {
    const data = dataOf({
      smtp,
      receivers: { microsoftTeams: "platform", pagerDuty: "platform", email: ["ops@vaarak.example"] },
      teamAlerts: [{ services: ["api"], microsoftTeams: "checkout", pagerDuty: "checkout" }],
    });
    assert.deepEqual(read(data, "service.teams-workflows"), {
      recipientUrls: { platform: "$microsoft-teams-platform", checkout: "$microsoft-teams-checkout" },
    });
    assert.deepEqual(read(data, "service.pagerdutyv2"), {
      serviceKeys: { platform: "$pagerduty-platform", checkout: "$pagerduty-checkout" },
    });
    assert.deepEqual(read(data, "service.email"), { ...smtp, password: "$smtp-password" });
  });

  it("get every alert, but PagerDuty none for which nobody has to do anything", () => {
    const data = dataOf({
      smtp,
      slack: { channel: "ops" },
      receivers: { microsoftTeams: "platform", pagerDuty: "platform", email: ["a@b.example", "c@d.example"] },
    });
    assert.deepEqual(read(data, "subscriptions"), [
      { recipients: ["slack:ops", "teams-workflows:platform", "email:a@b.example", "email:c@d.example"] },
      { recipients: ["pagerdutyv2:platform"], triggers: ACTIONABLE },
    ]);
  });

  it("of a team get its services' alerts, and the platform's only what the platform team must know", () => {
    const data = dataOf({
      notifications: { url: "https://alerts.example/hook" },
      receivers: { pagerDuty: "platform" },
      teamAlerts: [
        { services: ["web", "api"], slack: "checkout" },
        { services: ["search"], pagerDuty: "search" },
      ],
    });
    const others = "gitops-platform/service notin (api,search,web)";
    const routed = "gitops-platform/service in (api,search,web)";
    assert.deepEqual(read(data, "subscriptions"), [
      { recipients: ["platform"], selector: others },
      { recipients: ["pagerdutyv2:platform"], triggers: ACTIONABLE, selector: others },
      { recipients: ["platform"], triggers: OF_PLATFORM, selector: routed },
      { recipients: ["pagerdutyv2:platform"], triggers: OF_PLATFORM, selector: routed },
      { recipients: ["slack:checkout"], selector: "gitops-platform/service in (web,api)" },
      { recipients: ["pagerdutyv2:search"], triggers: ACTIONABLE, selector: "gitops-platform/service in (search)" },
    ]);
  });

  it("may be only those of a team", () => {
    const data = dataOf({ teamAlerts: [{ services: ["api"], slack: "checkout" }] });
    assert.deepEqual(read(data, "subscriptions"), [
      { recipients: ["slack:checkout"], selector: "gitops-platform/service in (api)" },
    ]);
  });

  it("have their secrets in Argo CD's Secret, and nowhere else", async () => {
    const receiverSecrets = {
      microsoftTeamsUrls: { platform: pulumi.secret("https://x.example/powerautomate/s3cr3t") },
      pagerDutyKeys: { checkout: pulumi.secret("pd-s3cr3t") },
      smtpPassword: pulumi.secret("smtp-s3cr3t"),
    };
    const { recorder } = await construct((opts) => {
      const own = { smtp, receivers: { microsoftTeams: "platform" }, receiverSecrets, parameters: {}, protect: false };
      const args = {
        ...settings,
        notifications: undefined,
        slack: undefined,
        deployments: undefined,
        ...own,
        manifest: smallManifest(),
        webhookSecret: pulumi.secret("hook"),
      };
      return new Argocd("argocd", args, opts);
    });
    const secret = recorder.resources.find(({ name }) => name === "secret-argocd-notifications-secret");
    const { data } = secret?.inputs as { data: Record<string, string> };
    assert.deepEqual(
      Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString()])),
      {
        "microsoft-teams-platform": "https://x.example/powerautomate/s3cr3t",
        "pagerduty-checkout": "pd-s3cr3t",
        "smtp-password": "smtp-s3cr3t",
      },
    );
    const others = recorder.resources.filter(({ name }) => name !== "secret-argocd-notifications-secret");
    assert.doesNotMatch(JSON.stringify(others), /s3cr3t/);
  });
});
