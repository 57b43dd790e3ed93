import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { Argocd } from "@gitops-platform/components/argocd/argocd";
import { Delivery } from "@gitops-platform/components/delivery/delivery";
import { GitopsRepository } from "@gitops-platform/components/repository/repository";
import { environments, graph } from "@gitops-platform/environments/environments";
import { guardExemptions } from "@gitops-platform/environments/settings/guard";
import type { Environment } from "@gitops-platform/environments/environment";
import { smallManifest } from "@gitops-platform/test-support/argocd/manifest";
import { construct } from "@gitops-platform/test-support/components";
import { deliveryOf } from "@gitops-platform/test-support/platform-content";

// The golden files hold all resources of each environment, so that a review shows every changed input. The other tests
// check the facts that matter. UPDATE_GOLDEN=1 rewrites the files.

describe("the golden files", () => {
  for (const environment of environments) {
    it(`contain all resources of ${environment.name}`, async () => {
      const { recorder } = await construct((opts) => {
        make(environment, opts);
      }, environment.name);
      const resources = recorder.resources
        .map(({ type, name, secrets, inputs }) => ({ type, name, secrets, inputs }))
        .sort((a, b) => (`${a.type} ${a.name}` < `${b.type} ${b.name}` ? -1 : 1));
      const file = join(__dirname, "golden", `${environment.name}.json`);
      const text = `${JSON.stringify(resources, null, 2)}\n`;
      if (process.env.UPDATE_GOLDEN === "1") writeFileSync(file, text);
      assert.ok(existsSync(file), `${file} is missing; UPDATE_GOLDEN=1 writes it`);
      assert.deepEqual(JSON.parse(text), JSON.parse(readFileSync(file, "utf8")));
    });
  }
});

function make(environment: Environment, opts: pulumi.ComponentResourceOptions): void {
  const { name, delivery, protect, manageRepository } = environment;
  const settings = {
    environment: name,
    delivery,
    protect,
    url: "https://argocd.example",
    notifications: { url: "https://alerts.example/hook", token: undefined },
    slack: { channel: "platform-alerts", token: pulumi.secret("xoxb-token") },
    deployments: {
      appId: 7,
      installationId: 99,
      apiUrl: undefined,
      repository: { owner: "vaarak", name: "gitops" },
      privateKey: pulumi.secret("PRIVATE KEY"),
    },
    parameters: {},
  };
  const argocd = new Argocd(
    "argocd",
    { ...settings, manifest: smallManifest(), webhookSecret: pulumi.secret("hook") },
    opts,
  );
  const ownership = {
    visibility: "private",
    adopt: false,
    empty: false,
    filled: false,
    seed: { services: ["api"], team: "platform", image: undefined },
    enforcement: "active",
    checksApp: 17,
    apps: [
      { name: "bump", appId: 18, key: pulumi.secret("bump") },
      { name: "release", appId: 17, key: pulumi.secret("release") },
    ],
    releasePublicKey: "ssh-rsa AAAA",
    releaseAlertsUrl: pulumi.secret("https://hooks.example/release"),
    ciAccounts: ["ci"],
    serviceRepositories: { web: "vaarak/web-app" },
    platformTeam: ["vaarak/platform"],
    platformTeamId: undefined,
    codeOwners: {},
    approvals: [{ environment: "prod", approvers: ["vaarak/approvers"] }],
    deployKeys: [],
    webhooks: [{ name: "dev", url: "https://argocd.example/api/webhook", secret: pulumi.secret("hook") }],
  } as const;
  const files = [{ path: "README.md", text: "# Hello\n" }];
  const approved = new Map([["prod", [{ path: "manifests/api/manifests.yaml", text: "---\nkind: Service\n" }]]]);
  const repository = manageRepository
    ? new GitopsRepository(
        "gitops",
        {
          ...{ repository: "gitops", ownership, graph, delivery: deliveryOf(graph) },
          ...{ content: files, approved, protect, after: [argocd.namespace] },
        },
        opts,
      )
    : undefined;
  const source = {
    url: "https://github.com/vaarak/gitops.git",
    credential: { kind: "token", token: pulumi.secret("read") },
  } as const;
  const content = repository?.content ?? [];
  const guard = guardExemptions();
  new Delivery("delivery", { environment, handover: [], guard, repository: source, argocd, content }, opts);
}
