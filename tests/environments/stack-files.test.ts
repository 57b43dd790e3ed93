import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { environments } from "@gitops-platform/environments/environments";
import { formatProblem } from "@gitops-platform/contract/problems";
import { resolveSettings } from "@gitops-platform/environments/settings";
import { smallManifest } from "@gitops-platform/test-support/argocd/manifest";
import { KubeconfigFile, raw } from "@gitops-platform/test-support/stack";

// Tests that the committed stack files lack only a cluster and, in the stack that owns the repository, a token.

const committed = (file: string) =>
  (parse(readFileSync(join(__dirname, "../..", file), "utf8")) as { config: Record<string, unknown> }).config;

describe("the committed stack files", () => {
  const names = environments.map(({ name }) => name);
  const kubeconfig = new KubeconfigFile(names);
  after(() => {
    kubeconfig.remove();
  });

  /** The configuration as Pulumi merges it: the stack's own values override those of Pulumi.yaml. */
  function configOf(stack: string): Record<string, unknown> {
    const declared = Object.entries(committed("Pulumi.yaml"))
      .map(([key, declaration]): [string, unknown] => [key, (declaration as { value?: unknown }).value])
      .filter(([key, value]) => value !== undefined && !key.includes(":"));
    const own = Object.entries(committed(`Pulumi.${stack}.yaml`));
    return Object.fromEntries<unknown>([
      ...declared,
      ...own.map(([key, value]): [string, unknown] => [key.replace("gitops-platform:", ""), value]),
    ]);
  }

  for (const stack of names) {
    it(`are complete for ${stack}`, async () => {
      const token = stack === "prod" ? { githubToken: "ghp_owner" } : {};
      const values = { ...configOf(stack), kubeconfig: kubeconfig.path, webhookSecret: "s", ...token };
      const result = await resolveSettings(stack, raw(values), () =>
        Promise.resolve({ release: smallManifest(), problems: [] }),
      );
      assert.deepEqual("problems" in result ? result.problems.map(formatProblem) : [], []);
    });
  }
});
