import * as pulumi from "@pulumi/pulumi";
import { environments, graph } from "@gitops-platform/environments/environments";
import { githubProvider } from "@gitops-platform/components/providers";
import { firstManifests } from "@gitops-platform/components/repository/content";
import { GitopsRepository } from "@gitops-platform/components/repository/repository";
import type { Ownership } from "@gitops-platform/environments/settings/ownership";
import { GITOPS_PATH } from "@gitops-platform/contract/paths";
import { bundle } from "@gitops-platform/gitops/bundle";

const config = new pulumi.Config();

const ownership: Ownership = {
  githubToken: config.requireSecret("githubToken"),
  apiUrl: config.require("apiUrl"),
  visibility: "private",
  adopt: false,
  empty: false,
  filled: config.getBoolean("filled") ?? false,
  seed: { services: [], team: "", image: undefined },
  enforcement: "active",
  checksApp: config.requireNumber("checksApp"),
  apps: [
    { name: "bump", appId: 18, key: config.requireSecret("bumpAppKey") },
    { name: "release", appId: config.requireNumber("checksApp"), key: config.requireSecret("releaseAppKey") },
  ],
  releasePublicKey: "ssh-rsa AAAA",
  releaseAlertsUrl: config.requireSecret("releaseAlertsUrl"),
  ciAccounts: ["ci"],
  serviceRepositories: {},
  platformTeam: ["ada", "ben"],
  platformTeamId: undefined,
  codeOwners: {},
  approvals: config
    .requireObject<string[]>("environments")
    .map((environment) => ({ environment, approvers: ["ada", "ben"] })),
  webhooks: [{ name: "dev", url: "http://127.0.0.1:9/api/webhook", secret: config.requireSecret("webhookSecret") }],
  deployKeys: [{ environment: "dev", key: `ssh-ed25519 ${"AAAA".repeat(17)}` }],
};
const content = [
  { path: GITOPS_PATH, text: bundle() },
  { path: ".github/workflows/review.yaml", text: "name: Review\non: pull_request_review\njobs: {}\n" },
  { path: "environments/prod/api.yaml", text: "image:\n  tag: sha-a1b2c3d\n" },
  // Files that only a later version of the platform has.
  ...(config.getObject<string[]>("laterFiles") ?? []).map((path) => ({ path, text: `${path}\n` })),
];
const approved = new Map(
  ownership.approvals.map(({ environment }) => [
    environment,
    firstManifests("prod", { owner: "vaarak", services: config.getObject<string[]>("services") ?? ["api"] }),
  ]),
);

new GitopsRepository(
  "gitops",
  {
    repository: config.get("name") ?? "gitops",
    ownership,
    graph,
    delivery: { repositoryUrl: "https://github.com/vaarak/gitops.git", environments },
    content,
    approved,
    protect: config.getBoolean("protect") ?? false,
    after: [],
  },
  { provider: githubProvider("vaarak", ownership) },
);
