import assert from "node:assert/strict";
import { sandboxPaths } from "../../paths";
import { boardProcess, isBoardUp, repositoryExists } from "../../supervisor/board-process";
import { somePorts } from "../support";

/**
 * This does not prove that the board accepts these flags, nor that its permissions are sufficient: the end-to-end tests
 * do.
 */
describe("the board's process", () => {
  const paths = sandboxPaths("/project");

  it("has read-only access to the running clusters, and listens on the remembered port", () => {
    const { args, env, port } = boardProcess({ paths, ports: somePorts, token: "t", environments: ["dev", "prod"] });
    assert.deepEqual(args, [
      "/project/.sandbox/board/board.mjs",
      "board",
      "--port=20001",
      "--cluster=dev=/project/.sandbox/dev/board-kubeconfig",
      "--cluster=prod=/project/.sandbox/prod/board-kubeconfig",
    ]);
    assert.equal(port, 20_001);
    assert.equal(env.GITHUB_TOKEN, "t");
    assert.equal(env.GITHUB_API_URL, "http://127.0.0.1:20000/api/v3");
    // The board runs Helm to render the manifests, and Helm is one of the sandbox's programs.
    assert.match(env.PATH ?? "", /^\/project\/\.sandbox\/bin:/);
    assert.equal(env.GITOPS_ALERTS_URL, "http://127.0.0.1:20002/board");
    assert.equal(env.TMPDIR, "/project/.sandbox/board/home");
  });

  it("is reported as not running, as is the repository, if nothing listens", async () => {
    const ports = { shared: { github: 1, board: 1, alerts: 1 } };
    assert.equal(await isBoardUp(ports), false);
    assert.equal(await repositoryExists({ ports, token: "t" }), false);
  });
});
