import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { stringify } from "yaml";
import { checkWorkflowApps } from "@gitops-platform/environments/settings/workflow-apps";
import { formatProblem } from "@gitops-platform/contract/problems";
import { parseConfiguration } from "@gitops-platform/environments/settings/parse";
import { schemas, secretKeys } from "@gitops-platform/environments/settings/table";
import { rejectPlainTextSecrets } from "../evaluate";
import { reviewConfig, plainTextSecrets } from "../stack-config";
import { raw } from "@gitops-platform/test-support/stack";

describe("a review's configuration", () => {
  const of = (stack: string, committed: Record<string, unknown>) => {
    const full = Object.entries(committed).map(([key, value]) => [`gitops-platform:${key}`, value] as const);
    return reviewConfig(stack, Object.fromEntries(full), "/tmp/kubeconfig");
  };

  it("has placeholders for encrypted values, and for required values that are not committed", () => {
    const { config, placeholders } = of("prod", {
      repository: { owner: "o", name: "n", reader: { appId: 1, installationId: 2 } },
      webhookSecrets: { dev: { secure: "AAA" } },
      webhooks: { dev: "https://d/api/webhook", staging: "https://s/api/webhook" },
    });
    assert.deepEqual(placeholders, [
      "webhookSecrets.dev",
      "webhookSecret",
      "githubToken",
      "repositoryAppKey",
      "webhookSecrets.staging",
    ]);
    assert.equal(config["gitops-platform:githubToken"], "placeholder-githubToken");
    assert.match(String(config["gitops-platform:repositoryAppKey"]), /^-----BEGIN RSA PRIVATE KEY-----\n/);
    assert.deepEqual(config["gitops-platform:webhookSecrets"], {
      dev: "placeholder-webhookSecrets.dev",
      staging: "placeholder-webhookSecrets.staging",
    });
    assert.equal(config["gitops-platform:kubeconfig"], "/tmp/kubeconfig");
  });

  it("has placeholders that pass validation, for every secret key", () => {
    const secure = { secure: "AAABAC" };
    const encrypted = secretKeys.map((key): [string, unknown] => [
      key,
      schemas[key]?.safeParse({}).success === true ? { dev: secure } : secure,
    ]);
    const { config } = of("prod", {
      ...Object.fromEntries<unknown>(encrypted),
      repository: { owner: "o", name: "n", checksApp: 1, bumpApp: 2, reader: { appId: 3, installationId: 4 } },
    });
    delete config["gitops-platform:kubeconfig"];
    const values = Object.entries(config).map(([key, value]): [string, unknown] => [key.split(":")[1] ?? "", value]);
    const { configuration, problems } = parseConfiguration(raw(Object.fromEntries<unknown>(values)));
    assert.deepEqual([...problems, ...checkWorkflowApps(configuration)].map(formatProblem), []);
    // A review has a kubeconfig of its own.
    assert.deepEqual(
      secretKeys.filter((key) => !(key in configuration)),
      ["kubeconfigContent"],
    );
  });

  it("has a placeholder for the encrypted value of an unknown key, which the program then rejects", () => {
    const { config } = of("dev", { constructor: { secure: "AAABAC" } });
    assert.equal(config["gitops-platform:constructor"], "placeholder-constructor");
  });

  it("has placeholders for required secrets of notifications, which are not committed", () => {
    const deployments = { appId: 1, installationId: 2 };
    const { placeholders } = of("dev", { argocd: { slack: { channel: "alerts" }, deployments } });
    assert.deepEqual(placeholders, ["webhookSecret", "slackToken", "deploymentsAppKey"]);
  });

  it("has the same placeholders in each evaluation, but a different one for each key", () => {
    const keys = ["bumpAppKey", "releaseAppKey", "deploymentsAppKey"];
    const read = () => of("prod", Object.fromEntries(keys.map((key) => [key, { secure: "AAABAC" }]))).config;
    const made = read();
    assert.deepEqual(read(), made);
    assert.equal(new Set(keys.map((key) => made[`gitops-platform:${key}`])).size, 3);
  });

  it("is otherwise the committed one, without a token if the stack does not own the repository", () => {
    const repository = { owner: "o", name: "n" };
    const { config, placeholders } = of("dev", { context: "dev", repository });
    assert.deepEqual(placeholders, ["webhookSecret"]);
    assert.deepEqual(config["gitops-platform:repository"], repository);
    assert.equal(config["gitops-platform:context"], "dev");
  });
});

describe("a review's placeholders for webhookSecret and for the stack's own key in webhookSecrets", () => {
  it("are the same for the owning stack", () => {
    const secure = { secure: "AAA" };
    const committed = {
      "gitops-platform:webhookSecret": secure,
      "gitops-platform:webhookSecrets": { dev: secure, prod: secure },
    };
    const { config } = reviewConfig("prod", committed, "/tmp/kubeconfig");
    const own = config["gitops-platform:webhookSecret"];
    const { dev, prod } = config["gitops-platform:webhookSecrets"] as Record<string, unknown>;
    assert.equal(prod, own);
    assert.notEqual(dev, own);
  });
});

describe("a secret in plain text in a committed configuration", () => {
  const secure = { secure: "AAABAC" };

  it("is found for every key, but not if it is encrypted", () => {
    for (const key of secretKeys) {
      const plain = key === "webhookSecrets" ? { dev: "hunter2", prod: secure } : "hunter2";
      const encrypted = key === "webhookSecrets" ? { dev: secure } : secure;
      const expected = key === "webhookSecrets" ? "webhookSecrets.dev" : key;
      assert.deepEqual(plainTextSecrets({ [`gitops-platform:${key}`]: plain }), [expected]);
      assert.deepEqual(plainTextSecrets({ [`gitops-platform:${key}`]: encrypted }), []);
    }
    assert.deepEqual(plainTextSecrets({ "gitops-platform:context": "hunter2" }), []);
  });

  it("stops a review, which reports every such secret without its value", () => {
    const folder = mkdtempSync(path.join(tmpdir(), "review-"));
    try {
      const write = (stack: string, config: object) => {
        writeFileSync(path.join(folder, `Pulumi.${stack}.yaml`), stringify({ config }));
      };
      write("dev", { "gitops-platform:repositoryToken": "hunter2" });
      write("prod", { "gitops-platform:githubToken": "hunter2", "gitops-platform:repositoryToken": secure });
      assert.throws(
        () => {
          rejectPlainTextSecrets(folder, ["dev", "prod"]);
        },
        {
          message: [
            "Pulumi.dev.yaml: repositoryToken: got plain text; expected an encrypted value. Set a new value, because " +
              "Git may have exposed this one: pulumi config set --stack dev --secret --path repositoryToken",
            "Pulumi.prod.yaml: githubToken: got plain text; expected an encrypted value. Set a new value, because " +
              "Git may have exposed this one: pulumi config set --stack prod --secret --path githubToken",
          ].join("\n"),
        },
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
