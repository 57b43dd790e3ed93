import assert from "node:assert/strict";
import { sandboxPaths } from "../paths";

describe("sandbox paths", () => {
  const before = process.env.SANDBOX_DIR;
  afterEach(() => {
    if (before === undefined) delete process.env.SANDBOX_DIR;
    else process.env.SANDBOX_DIR = before;
  });

  it("are all below the project's .sandbox", () => {
    delete process.env.SANDBOX_DIR;
    const { root, ...written } = sandboxPaths("/project");
    assert.equal(root, "/project");
    const all = JSON.stringify(written).match(/"\/[^"]*"/g) ?? [];
    assert.ok(all.length > 20);
    assert.deepEqual(
      all.filter((path) => !/^"\/project\/\.sandbox["/]/.test(path)),
      [],
    );
  });

  it("are unchanged for files that other parts rely on", () => {
    delete process.env.SANDBOX_DIR;
    const paths = sandboxPaths("/project");
    assert.equal(paths.environments.dev.kubeconfig, "/project/.sandbox/dev/kubeconfig");
    assert.equal(paths.environments.prod.stackFile, "/project/.sandbox/stacks/Pulumi.prod.yaml");
    assert.equal(paths.environments.staging.stateFile, "/project/.sandbox/state/staging.json");
    assert.equal(paths.supervisor, "/project/.sandbox/supervisor.json");
  });

  it("are below SANDBOX_DIR if it is set", () => {
    process.env.SANDBOX_DIR = "/elsewhere";
    assert.equal(sandboxPaths("/project").environments.dev.kubeconfig, "/elsewhere/dev/kubeconfig");
  });
});
