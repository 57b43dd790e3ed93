import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { execa } from "execa";
import { version } from "../../package.json";

const root = resolve(__dirname, "../..");

describe("scripts/bundle.js", function () {
  this.timeout(60_000);
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "bundle-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function write(name: string, text: string): void {
    writeFileSync(join(folder, name), text);
  }

  /** Node's arguments that run the folder's program.ts. */
  function args(cache = join(folder, "cache")): string[] {
    const [script, entry] = [join(root, "scripts/bundle.js"), relative(root, join(folder, "program.ts"))];
    const call = `require(${JSON.stringify(script)}).runBundled(${JSON.stringify(entry)}, ${JSON.stringify(cache)})`;
    return ["-e", call];
  }

  function run(cache?: string, env: NodeJS.ProcessEnv = {}) {
    const { stdout, stderr } = spawnSync(process.execPath, args(cache), {
      encoding: "utf8",
      env: { ...process.env, ...env },
    });
    return { stdout, stderr };
  }

  /** An environment in which esbuild cannot run, so only an earlier bundle can. */
  const withoutBuilder = () => ({ ESBUILD_BINARY_PATH: join(folder, "nowhere") });

  it("runs TypeScript, and reports errors with source positions", () => {
    write("program.ts", 'import { fail } from "./fail";\nconst text: string = __dirname;\nfail(text);\n');
    write(
      "fail.ts",
      "interface A {\n  a: string;\n}\n" +
        "export const fail = (a: A | string): void => {\n  throw new Error(`at ${String(a)}`);\n};\n",
    );
    for (const which of ["built", "kept"]) {
      const { stderr } = run();
      assert.ok(stderr.includes(`Error: at ${folder}\n`), `${which}: ${stderr}`);
      assert.match(stderr, /fail\.ts:5:\d+\)\n.*program\.ts:3:1\)/, which);
    }
  });

  it("builds once, and again if any of the sources changed", () => {
    write(
      "program.ts",
      'import { text } from "./text";\nimport { more } from "./more.json";\nconsole.log(text, more);\n',
    );
    write("text.ts", 'export const text: string = "one";\n');
    write("more.json", '{ "more": "a" }');
    assert.match(run(undefined, withoutBuilder()).stderr, /nowhere/);
    assert.equal(run().stdout, "one a\n");
    assert.equal(run(undefined, withoutBuilder()).stdout, "one a\n");
    write("text.ts", 'export const text: string = "two";\n');
    assert.equal(run().stdout, "two a\n");
    write("more.json", '{ "more": "b" }');
    assert.equal(run().stdout, "two b\n");
    const names = readdirSync(join(folder, "cache")).map((name) => name.replace(/^[0-9a-f]{64}/, "*"));
    assert.deepEqual(names.sort(), ["*.cjs", "*.cjs.map", "sources.json"]);
  });

  it("builds again if the cache is damaged", () => {
    write("program.ts", 'console.log("ran");\n');
    mkdirSync(join(folder, "cache"));
    writeFileSync(join(folder, "cache", "sources.json"), '["prog');
    assert.equal(run().stdout, "ran\n");
    assert.equal(run(undefined, withoutBuilder()).stdout, "ran\n");
  });

  it("runs if nothing can be cached", () => {
    write("program.ts", 'console.log("ran");\n');
    assert.equal(run(join(folder, "program.ts", "cache")).stdout, "ran\n");
  });

  it("builds a separate bundle for each of two checkouts that share dependencies", () => {
    mkdirSync(join(folder, "node_modules/pack"), { recursive: true });
    write("node_modules/pack/index.mjs", 'const __dirname = "pack";\nexport { __dirname as name };\n');
    write("node_modules/pack/package.json", '{ "exports": "./index.mjs" }');
    symlinkSync(join(root, "node_modules/esbuild"), join(folder, "node_modules/esbuild"));
    for (const name of ["one", "other", "one"]) {
      const checkout = join(folder, name);
      mkdirSync(join(checkout, "scripts"), { recursive: true });
      cpSync(join(root, "scripts/bundle.js"), join(checkout, "scripts/bundle.js"));
      writeFileSync(join(checkout, "program.ts"), 'import { name } from "pack";\nconsole.log(name, __dirname);\n');
      rmSync(join(checkout, "node_modules"), { force: true });
      symlinkSync("../node_modules", join(checkout, "node_modules"));
      const call = `require(${JSON.stringify(join(checkout, "scripts/bundle.js"))}).runBundled("program.ts")`;
      const { stdout, stderr } = spawnSync(process.execPath, ["-e", call], { encoding: "utf8" });
      assert.equal(stdout, `pack ${checkout}\n`, stderr);
    }
  });

  it("can be started several times at once", async () => {
    write("program.ts", 'console.log("ran");\n');
    const all = await Promise.all(Array.from({ length: 4 }, () => execa(process.execPath, args())));
    assert.deepEqual(
      all.map(({ stdout, stderr }) => [stdout, stderr]),
      all.map(() => ["ran", ""]),
    );
  });

  it("starts gitops without loading Pulumi or the Kubernetes client", () => {
    write("loaded.js", 'process.on("exit", () => console.error(Object.keys(require.cache).join("\\n")));\n');
    const start = () =>
      spawnSync(
        process.execPath,
        ["-r", join(folder, "loaded.js"), join(root, "packages/gitops/bin/gitops.js"), "--version"],
        {
          encoding: "utf8",
        },
      );
    start();
    const { stdout, stderr } = start();
    assert.equal(stdout, `${version}\n`);
    const loaded = stderr.split("\n").filter((file) => file.includes("node_modules") && !file.includes(".cache"));
    assert.deepEqual(
      loaded.map((file) => relative(join(root, "node_modules"), file)),
      ["esbuild/package.json", "esbuild/lib/main.js"],
    );
  });
});
