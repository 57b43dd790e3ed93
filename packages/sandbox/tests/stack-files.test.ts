import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { sandboxConfig, writeStackFiles, type Machine } from "../stack-files";
import { environmentNames, sandboxPaths } from "../paths";
import { somePorts } from "./support";

const fill = <K extends string>(...logins: K[]) =>
  Object.fromEntries(logins.map((login) => [login, `${login}-token`])) as Record<K, string>;

const machine: Machine = {
  paths: sandboxPaths("/platform"),
  ports: somePorts,
  credentials: {
    platformToken: "platform-token",
    argocdToken: "argocd-token",
    ciToken: "ci-token",
    boardToken: "board",
    people: fill("developer", "approver", "other-approver", "engineer", "other-engineer"),
    apps: {
      "gitops-release": { privateKey: "release-key", publicKey: "" },
      "gitops-bump": { privateKey: "bump-key", publicKey: "" },
      "argocd-dev": { privateKey: "dev-key", publicKey: "" },
      "argocd-staging": { privateKey: "staging-key", publicKey: "" },
      "argocd-prod": { privateKey: "prod-key", publicKey: "" },
    },
    webhookSecrets: { dev: "dev-secret", staging: "staging-secret", prod: "prod-secret" },
    passphrase: "passphrase",
  },
  data: "/tools/data",
};

const committed = {
  "pulumi:disable-default-providers": ["*"],
  "gitops-platform:kubeconfig": "~/.kube/config",
  "gitops-platform:kubeconfigContent": { secure: "AAABAC" },
  "gitops-platform:argocd": { parameters: { "controller.log.level": "warn" } },
  "gitops-platform:repository": { owner: "someone", name: "else", visibility: "private" },
};

describe("a stack's configuration in the sandbox", () => {
  it("refers to this machine and keeps the rest of the committed configuration", () => {
    assert.deepEqual(sandboxConfig("dev", committed, machine), {
      "pulumi:disable-default-providers": ["*"],
      "gitops-platform:kubeconfig": "/platform/.sandbox/dev/kubeconfig",
      "gitops-platform:context": "dev",
      "gitops-platform:argocd": {
        url: "http://127.0.0.1:20114",
        manifest: "/tools/data/argocd/install.yaml",
        parameters: { "controller.log.level": "warn", "server.insecure": "true" },
        notifications: "http://127.0.0.1:20002/argocd/dev",
        deployments: { appId: 1000003, installationId: 1000003 },
      },
      "gitops-platform:repository": {
        owner: "vaarak",
        name: "gitops",
        visibility: "private",
        url: "http://127.0.0.1:20000/vaarak/gitops.git",
      },
      "gitops-platform:repositoryToken": "argocd-token",
      "gitops-platform:webhookSecret": "dev-secret",
      "gitops-platform:deploymentsAppKey": "dev-key",
    });
  });

  it("configures the Git host's API and webhooks only for the owning stack", () => {
    const config = sandboxConfig("prod", committed, machine);
    assert.equal(config["gitops-platform:githubToken"], "platform-token");
    const { apiUrl, enforcement } = config["gitops-platform:repository"] as Record<string, unknown>;
    assert.deepEqual({ apiUrl, enforcement }, { apiUrl: "http://127.0.0.1:20000/", enforcement: undefined });
    assert.equal(config["gitops-platform:releaseAppKey"], "release-key");
    assert.equal(config["gitops-platform:bumpAppKey"], "bump-key");
    assert.equal(config["gitops-platform:releaseAlertsUrl"], "http://127.0.0.1:20002/releases");
    assert.deepEqual(config["gitops-platform:webhooks"], {
      dev: "http://127.0.0.1:20114/api/webhook",
      staging: "http://127.0.0.1:20214/api/webhook",
      prod: "http://127.0.0.1:20314/api/webhook",
    });
    assert.deepEqual(config["gitops-platform:webhookSecrets"], machine.credentials.webhookSecrets);
    for (const other of ["dev", "staging"] as const) {
      assert.doesNotMatch(
        JSON.stringify(sandboxConfig(other, committed, machine)),
        /platform-token|release-key|bump-key/,
      );
    }
  });

  it("uses Argo CD's manifests for high availability in production", () => {
    const { manifest } = sandboxConfig("prod", committed, machine)["gitops-platform:argocd"] as { manifest: string };
    assert.equal(manifest, "/tools/data/argocd/ha/install.yaml");
  });

  it("uses the stack file's high availability and ownership if it sets them", () => {
    const moved = {
      "gitops-platform:argocd": { highAvailability: true },
      "gitops-platform:repository": { manage: true },
    };
    const config = sandboxConfig("dev", moved, machine);
    assert.equal(
      (config["gitops-platform:argocd"] as { manifest: string }).manifest,
      "/tools/data/argocd/ha/install.yaml",
    );
    assert.equal(config["gitops-platform:githubToken"], "platform-token");
    const left = {
      "gitops-platform:argocd": { highAvailability: false },
      "gitops-platform:repository": { manage: false },
    };
    const prod = sandboxConfig("prod", left, machine);
    assert.equal((prod["gitops-platform:argocd"] as { manifest: string }).manifest, "/tools/data/argocd/install.yaml");
    assert.ok(!JSON.stringify(prod).includes("platform-token"));
  });

  it("is readable by its owner only, and keeps the salt of the Pulumi CLI", () => {
    const root = mkdtempSync(join(tmpdir(), "stack-files-"));
    try {
      const paths = sandboxPaths(root);
      for (const name of environmentNames)
        writeFileSync(join(root, `Pulumi.${name}.yaml`), stringify({ config: committed }));
      writeStackFiles({ ...machine, paths });
      const { stackFile } = paths.environments.dev;
      const config = sandboxConfig("dev", committed, { ...machine, paths });
      assert.deepEqual(parse(readFileSync(stackFile, "utf8")), { config });
      assert.equal(statSync(stackFile).mode & 0o777, 0o600);
      appendFileSync(stackFile, "encryptionsalt: v1:abc\n");
      writeStackFiles({ ...machine, paths });
      assert.deepEqual(parse(readFileSync(stackFile, "utf8")), { config, encryptionsalt: "v1:abc" });
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});
