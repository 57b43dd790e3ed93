import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { isolated } from "@gitops-platform/clients/git/environment";
import { withRef } from "../against";

describe("the project at a Git ref", () => {
  const fail = (message: string) => assert.fail(message);
  let folder: string;
  const git = (...args: string[]) => execFileSync("git", args, { cwd: folder, env: isolated(), encoding: "utf8" });
  const write = (name: string, text: string) => {
    writeFileSync(path.join(folder, name), text);
  };
  const commit = () => {
    git("add", "-A");
    git("-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-qm", "x");
  };

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "against-"));
    git("init", "-q", "-b", "main");
    write(".gitignore", "node_modules\n");
    write("package-lock.json", "1");
    write("index.ts", "before");
    mkdirSync(path.join(folder, "node_modules"));
    write("node_modules/kept", "yes");
    commit();
    write("index.ts", "after");
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it("has the ref's files and this working tree's dependencies, and is removed afterwards", async () => {
    const warnings: string[] = [];
    let checkout = "";
    const read = await withRef(folder, "main", warnings.push.bind(warnings), (at) => {
      checkout = at;
      return Promise.resolve(
        ["index.ts", "node_modules/kept"].map((name) => readFileSync(path.join(at, name), "utf8")),
      );
    });
    assert.deepEqual(read, ["before", "yes"]);
    assert.ok(!existsSync(checkout));
    assert.equal(readFileSync(path.join(folder, "index.ts"), "utf8"), "after");
    assert.equal(readFileSync(path.join(folder, "node_modules/kept"), "utf8"), "yes");
    assert.equal(git("worktree", "list").trim().split("\n").length, 1);
    assert.deepEqual(warnings, []);
  });

  it("has the ref's own packages, not those of this working tree", async () => {
    mkdirSync(path.join(folder, "packages/contract"), { recursive: true });
    write("packages/contract/version", "before");
    commit();
    write("packages/contract/version", "after");
    mkdirSync(path.join(folder, "node_modules/@gitops-platform"));
    symlinkSync("../../packages/contract", path.join(folder, "node_modules/@gitops-platform/contract"));
    const installed = "node_modules/@gitops-platform/contract/version";
    const read = (at: string) => readFileSync(path.join(at, installed), "utf8");
    const there = await withRef(folder, "main", fail, (at) => Promise.resolve(read(at)));
    assert.deepEqual([there, read(folder)], ["before", "after"]);
  });

  it("is removed after a failure, with a warning if dependencies differ", async () => {
    const warnings: string[] = [];
    write("package-lock.json", "2");
    const fails = withRef(folder, "main", warnings.push.bind(warnings), () => Promise.reject(new Error("no")));
    await assert.rejects(fails, /^Error: no$/);
    assert.deepEqual(warnings, ["main has other dependencies; it is evaluated with those of this working tree."]);
    assert.equal(git("worktree", "list").trim().split("\n").length, 1);
  });

  it("is reported as an error if the ref does not exist", async () => {
    await assert.rejects(
      withRef(
        folder,
        "nowhere",
        () => undefined,
        () => Promise.resolve(),
      ),
      /^EngineError: --against: got nowhere; expected a commit of this repository/,
    );
  });
});
