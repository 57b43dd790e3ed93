import assert from "node:assert/strict";
import { reviewConfig } from "../../review/stack-config";

describe("a review's configuration", () => {
  const of = (stack: string, committed: Record<string, unknown>) => {
    const full = Object.entries(committed).map(([key, value]) => [`gitops-platform:${key}`, value] as const);
    return reviewConfig(stack, Object.fromEntries(full), "/tmp/kubeconfig");
  };

  it("has placeholders for what only the CLI can decrypt, and for what must be there", () => {
    const { config, placeholders } = of("prod", {
      repository: { owner: "o", name: "n", reader: { appId: 1, installationId: 2 } },
      webhookSecrets: { dev: { secure: "AAA" } },
      webhooks: { dev: "https://d/api/webhook", staging: "https://s/api/webhook" },
    });
    assert.deepEqual(placeholders, ["webhookSecrets.dev", "githubToken", "repositoryAppKey", "webhookSecrets.staging"]);
    assert.equal(config["gitops-platform:githubToken"], "placeholder-githubToken");
    assert.match(String(config["gitops-platform:repositoryAppKey"]), /^-----BEGIN PRIVATE KEY-----\n/);
    assert.deepEqual(config["gitops-platform:webhookSecrets"], {
      dev: "placeholder-webhookSecrets.dev",
      staging: "placeholder-webhookSecrets.staging",
    });
    assert.equal(config["gitops-platform:kubeconfig"], "/tmp/kubeconfig");
  });

  it("is the committed one otherwise, and needs no token where the stack owns no repository", () => {
    const repository = { owner: "o", name: "n" };
    const { config, placeholders } = of("dev", { context: "dev", repository });
    assert.deepEqual(placeholders, []);
    assert.deepEqual(config["gitops-platform:repository"], repository);
    assert.equal(config["gitops-platform:context"], "dev");
  });
});
