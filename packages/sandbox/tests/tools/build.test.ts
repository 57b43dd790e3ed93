import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { type BuildProgress, ensureTools } from "../../tools/build";
import { type BuildPlan, planBuild } from "../../tools/plan";
import { goMod, writeModule } from "./module";

/** Uses a fake go command. This does not prove that the real modules build. */
describe("ensureTools", () => {
  let folder: string;
  let plan: BuildPlan;
  const { env: before } = process;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "tools-"));
    const bin = join(folder, "bin");
    mkdirSync(bin);
    const go = join(bin, "go");
    writeFileSync(go, `#!/bin/sh\nexec "${process.execPath}" "${join(__dirname, "fake-go.js")}" "$@"\n`);
    chmodSync(go, 0o755);
    const path = [bin, "/usr/bin", "/bin"].join(delimiter);
    process.env = { ...before, PATH: path, FAKE_GO_CALLS: join(folder, "calls") };
    delete process.env.FAKE_GO;
    plan = planBuild({ module: writeModule(join(folder, "module")), cache: join(folder, "cache") });
  });

  afterEach(() => {
    process.env = before;
    rmSync(folder, { recursive: true });
  });

  const calls = (command: string) =>
    readFileSync(join(folder, "calls"), "utf8")
      .split("\n")
      .filter((line) => line.startsWith(`${plan.toolchain} ${command} `));
  const left = () => readdirSync(dirname(plan.folder));

  it("builds all programs in one run, names them, and adds files from the modules", async () => {
    const tools = await ensureTools(undefined, plan);
    assert.equal(tools.bin, join(plan.folder, "bin"));
    assert.deepEqual(readdirSync(tools.bin).sort(), ["argocd", "etcd", "git-verify-wrapper.sh", "helm"]);
    assert.equal(statSync(join(tools.bin, "git-verify-wrapper.sh")).mode & 0o777, 0o755);
    assert.ok(existsSync(join(tools.data, "argocd", "ha", "install.yaml")));
    assert.equal(readdirSync(join(tools.data, "kwok")).length, 6);
    const [build, ...more] = calls("build");
    assert.deepEqual(more, []);
    assert.match(
      build ?? "",
      /^go1\.27\.1 build -v -trimpath -ldflags -s -w .* -modfile=.*\/source\/go.mod -o .*\/bin\/ tool$/,
    );
    assert.deepEqual(left(), [plan.folder.slice(dirname(plan.folder).length + 1)]);
  });

  it("does not run Go if the programs are built already", async () => {
    await ensureTools(undefined, plan);
    process.env.PATH = "/nowhere";
    await ensureTools(() => assert.fail("no progress"), plan);
  });

  it("reports the progress of downloads and compilation", async () => {
    const seen: BuildProgress[] = [];
    await ensureTools((progress) => seen.push(progress), plan);
    const lines = seen.map(({ phase, program, done, total }) => `${phase} ${program} ${done}/${total}`);
    for (const line of ["downloading example.com/one 1/2", "compiling one 1/2", "compiling two 2/2"]) {
      assert.ok(lines.includes(line), `${line} in ${lines.join("; ")}`);
    }
    assert.ok(seen.every(({ elapsedSeconds }) => elapsedSeconds >= 0));
  });

  it("builds once for two concurrent calls, and the second reports that it waits", async () => {
    const seen: string[] = [];
    const note = ({ phase, program }: BuildProgress) => {
      if (phase === "waiting") seen.push(program);
    };
    const [one, two] = await Promise.all([ensureTools(note, plan), ensureTools(note, plan)]);
    assert.deepEqual(one, two);
    assert.equal(calls("build").length, 1);
    assert.ok(seen.includes("another build of the same tools"));
  });

  it("removes the files that a killed build left", async () => {
    const unfinished = `${plan.folder}.building-abc`;
    mkdirSync(unfinished, { recursive: true });
    await ensureTools(undefined, plan);
    assert.ok(!existsSync(unfinished));
  });

  const failures: [string, string | undefined, RegExp][] = [
    [
      "there is no Go",
      undefined,
      /^go: not found on PATH\..*Install Go 1\.21 or newer .*fetches go1\.27\.1 by itself/s,
    ],
    ["Go is too old", "old", /^go: got go1\.20\.14; expected go1\.21 or newer\. Install Go/],
    ["the disk is full", "full", /^The disk is full\. Free about 10 GB .*resumes where it stopped\..*no space left/s],
    ["the module proxy is unreachable", "offline", /^The Go module proxy cannot be reached\. .*https:\/\/…@proxy/s],
  ];
  for (const [what, mode, message] of failures) {
    it(`reports a fix if ${what}, and leaves no partial build`, async () => {
      if (mode === undefined) process.env.PATH = "/nowhere";
      else process.env.FAKE_GO = mode;
      await assert.rejects(ensureTools(undefined, plan), (error: Error) => {
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /secret/);
        return true;
      });
      assert.deepEqual(left(), []);
    });
  }

  it("keeps the tools of another module separately", () => {
    const other = writeModule(join(folder, "other"), goMod.replace("v1.37.2", "v1.37.3"));
    assert.notEqual(planBuild({ module: other, cache: join(folder, "cache") }).folder, plan.folder);
  });
});
