import assert from "node:assert/strict";
import { sandboxPaths } from "../../../sandbox/paths";
import { boardAnswers, boardProcess, repositoryIsThere } from "../../../sandbox/supervisor/board-process";
import { somePorts } from "../support";

/** Does not prove that the board takes these flags, nor that its rights are enough: the end-to-end tests do. */
describe("the board's process", () => {
  const paths = sandboxPaths("/project");

  it("asks the clusters that run, as one who may read, and listens where the ports' file says", () => {
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
    // Helm, by which it knows what Git declares, is one of the sandbox's programs.
    assert.match(env.PATH ?? "", /^\/project\/\.sandbox\/bin:/);
    assert.equal(env.GITOPS_ALERTS_URL, "http://127.0.0.1:20002/board");
    assert.equal(env.TMPDIR, "/project/.sandbox/board/home");
  });

  it("does not answer, and has no repository, where nothing runs", async () => {
    const ports = { shared: { github: 1, board: 1, alerts: 1 } };
    assert.equal(await boardAnswers(ports), false);
    assert.equal(await repositoryIsThere({ ports, token: "t" }), false);
  });
});
