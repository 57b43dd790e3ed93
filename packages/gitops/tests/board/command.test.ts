import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { execa } from "execa";
import { bundleBoard } from "../../bundle";
import type { Board } from "../../board/model/board";
import { readAssets } from "../../board/page/page";
import { commit } from "@gitops-platform/github-stand-in/tests/protected";
import { GitopsRepository } from "@gitops-platform/test-support/gitops-repository";
import { environmentOf, gitops } from "../command";
import { values } from "@gitops-platform/test-support/cloned-repository";

const root = resolve(__dirname, "../../../..");

describe("gitops board against the stand-in", function () {
  this.timeout(60_000);
  const github = new GitopsRepository();
  const env = () => environmentOf(github.url, "dora");

  before(async () => {
    await github.makeEmpty();
    const clone = await github.clone("owner");
    const text = values("sha-0000001");
    await commit(clone, "<script>alert(1)</script>", { "environments/dev/api.yaml": text });
    await clone.git("push", "--quiet", "origin", "main");
  });
  after(() => github.remove());

  it("prints the board as JSON", async () => {
    const { stdout, code } = await gitops(env(), "board", "--json");
    const board = JSON.parse(stdout) as Board;
    assert.equal(code, 0);
    assert.deepEqual(
      board.rows.map(({ service, cells }) => [service, cells[0]?.declared?.image]),
      [["api", "sha-0000001"]],
    );
    assert.doesNotMatch(stdout, /token-of/);
  });

  it("writes a page as one file, without the token", async () => {
    const file = join(github.folder, "board.html");
    const { stdout, code } = await gitops(env(), "board", "--out", file);
    assert.deepEqual([code, stdout], [0, ""]);
    const page = readFileSync(file, "utf8");
    assert.match(page, /sha-0000001/);
    assert.doesNotMatch(page, /token-of|<script>alert/);
  });

  it("works as one bundled file in any folder", async () => {
    const [program, file] = [join(github.folder, "elsewhere", "board.mjs"), join(github.folder, "elsewhere.html")];
    await bundleBoard(program, await readAssets());
    const options = { env: { PATH: process.env.PATH, ...env() }, cwd: github.folder };
    await execa(process.execPath, [program, "board", "--out", file], options);
    const page = readFileSync(file, "utf8");
    const { style, script } = await readAssets();
    for (const part of ["sha-0000001", style, script]) assert.ok(page.includes(part));
  });

  it("writes the plots of the history", async () => {
    const file = join(github.folder, "history.html");
    const { code, stderr } = await gitops(env(), "history", "--env", "dev", "--plots", file);
    assert.deepEqual([code, stderr], [0, `Wrote ${file}\n`]);
    assert.match(readFileSync(file, "utf8"), /1 new versions|1 new version/);
  });

  it("serves until it is interrupted, and then exits with 0", async () => {
    const child = spawn(process.execPath, [join(root, "packages/gitops/bin/gitops.js"), "board", "--port", "0"], {
      env: { PATH: process.env.PATH, ...env() },
      stdio: ["ignore", "pipe", "pipe"],
    });
    try {
      const [url] = (await once(createInterface(child.stdout), "line")) as [string];
      assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/$/);
      const answers = await Promise.all(
        ["", "board.json", "services/api", "script.js"].map(async (path) => (await fetch(`${url}${path}`)).text()),
      );
      assert.match(answers[0] ?? "", /sha-0000001/);
      for (const answer of answers) assert.doesNotMatch(answer, /token-of/);
      child.kill("SIGINT");
      const [code] = (await once(child, "exit")) as [number | null];
      assert.equal(code, 0);
    } finally {
      child.kill("SIGKILL");
    }
  });
});
