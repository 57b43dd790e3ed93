import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(__dirname, "../..");

describe("scripts/register.js", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "register-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it("caches compiled code in the project, where other users cannot write", () => {
    const env = { ...process.env };
    delete env.NODE_COMPILE_CACHE;
    const args = ["-r", "./scripts/register.js", "-p", "process.env.NODE_COMPILE_CACHE"];
    const cache = execFileSync(process.execPath, args, { cwd: root, env, encoding: "utf8" });
    assert.equal(cache.trimEnd(), join(root, "node_modules", ".cache", "compile"));
  });

  /** Runs a file. Returns its output and the position of its error. */
  function run(file: string, env: NodeJS.ProcessEnv = {}) {
    const args = ["-r", join(root, "scripts", "register.js"), file];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", env: { ...process.env, ...env } });
    return { stdout, line: /program\.ts:(\d+):\d+\)?$/m.exec(stderr)?.[1], stderr };
  }

  it("runs TypeScript, and reports errors with source positions", () => {
    const file = join(folder, "program.ts");
    writeFileSync(file, 'interface A {\n  a: string;\n}\nconst a: A = { a: "b" };\nthrow new Error(a.a);\n');
    const { line, stderr } = run(file);
    assert.equal(line, "5", stderr);
  });

  it("compiles a file once, and again after a change", () => {
    const file = join(folder, "program.ts");
    const program = (text: string) => {
      writeFileSync(file, `const text: string = ${JSON.stringify(text)};\nconsole.log(text);\n`);
    };
    const withoutCompiler = { ESBUILD_BINARY_PATH: join(folder, "nowhere") };
    program("one");
    assert.match(run(file, withoutCompiler).stderr, /nowhere/);
    assert.equal(run(file).stdout, "one\n");
    assert.equal(run(file, withoutCompiler).stdout, "one\n");
    program("two");
    assert.equal(run(file).stdout, "two\n");
  });
});
