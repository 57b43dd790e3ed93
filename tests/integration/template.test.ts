import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { EngineError, review } from "@gitops-platform/engine";
import { environments } from "@gitops-platform/environments/environments";
import { writeConfig } from "@gitops-platform/review/evaluate";
import { offlineProviders } from "@gitops-platform/review/offline";
import { NewProject } from "@gitops-platform/test-support/new-project";

// Not a unit test, because the real program needs Argo CD's real manifests, which come from Go's module cache.

const root = resolve(__dirname, "../..");

describe("a project that pulumi new makes of the template", () => {
  const project = new NewProject();
  const folder = mkdtempSync(join(tmpdir(), "template-"));
  before(() => project.make());
  after(() => {
    project.remove();
    rmSync(folder, { recursive: true });
  });

  /** Every resource that a project registers, by its URN. */
  async function resources(projectDir: string, stack: string, configFile: string) {
    const { resources: all } = await review({
      ...{ projectDir, stack, configFile, providers: offlineProviders },
      stateFile: join(mkdtempSync(join(folder, "state-")), "state.json"),
      policyPack: { folder: join(root, "packages/policy") },
    });
    return Object.fromEntries(all.map(({ urn, goal }) => [urn, goal]));
  }

  for (const { name: stack } of environments) {
    it(`registers in ${stack} what this program does, with the settings that the template has`, async () => {
      const { configFile } = writeConfig(project.folder, stack, mkdtempSync(join(folder, "config-")));
      const own = await resources(root, stack, configFile);
      assert.ok(Object.keys(own).length > 60);
      assert.deepEqual(await resources(project.folder, stack, configFile), own);
    });
  }

  describe("with another name", () => {
    const renamed = new NewProject();
    before(() => renamed.make("our-clusters"));
    after(() => {
      renamed.remove();
    });

    const config = (more: Readonly<Record<string, unknown>>) =>
      writeConfig(renamed.folder, "dev", mkdtempSync(join(folder, "config-")), more).configFile;

    it("may have settings of its own, and registers the same resources", async () => {
      const configFile = config({ "our-clusters:region": "eu", "aws:region": "eu-central-1" });
      const found = await resources(renamed.folder, "dev", configFile);
      const own = await resources(root, "dev", config({}));
      const names = (all: object) => Object.keys(all).map((urn) => urn.replaceAll("our-clusters", "gitops-platform"));
      assert.deepEqual(names(found).sort(), names(own).sort());
    });

    it("refuses a setting of the platform that has another namespace", async () => {
      const configFile = config({ "our-clusters:guard": { mode: "off" } });
      await assert.rejects(resources(renamed.folder, "dev", configFile), (error: Error) => {
        assert.ok(error instanceof EngineError);
        assert.match(error.message, /our-clusters:guard: got a value; expected a key of gitops-platform\./);
        return true;
      });
    });
  });
});
