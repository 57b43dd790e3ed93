// The end-to-end tests show that the edited source builds and where it listens.
import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { loopbackArgocd, loopbackEdits } from "../../tools/loopback-source";

describe("sandbox/tools/loopback-source", () => {
  let folder: string;
  const at = (name: string) => join(folder, name);
  const write = async (name: string, text: string) => {
    await mkdir(dirname(at(name)), { recursive: true });
    await writeFile(at(name), text);
    await chmod(at(name), 0o444);
  };
  const copy = () => loopbackArgocd({ source: at("source"), module: at("module"), work: at("work") });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "loopback-"));
    await write("module/go.mod", "module m\n");
    await write("module/go.sum", "sums\n");
    await write("source/docs/big.md", "");
    for (const { file } of loopbackEdits) await write(`source/${file}`, 'listen("0.0.0.0:%d", port)\n');
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  it("edits a copy of the source, and builds from the copy", async () => {
    assert.equal(await copy(), `-modfile=${at("work/go.mod")}`);
    for (const { file } of loopbackEdits) {
      assert.equal(await readFile(at(`work/argo-cd/${file}`), "utf8"), 'listen("127.0.0.1:%d", port)\n');
      assert.equal(await readFile(at(`source/${file}`), "utf8"), 'listen("0.0.0.0:%d", port)\n');
    }
    assert.equal(
      await readFile(at("work/go.mod"), "utf8"),
      `module m\n\nreplace github.com/argoproj/argo-cd/v3 => ${at("work/argo-cd")}\n`,
    );
    assert.equal(await readFile(at("work/go.sum"), "utf8"), "sums\n");
    assert.equal((await readdir(at("work/argo-cd"))).includes("docs"), false);
  });

  it("rejects a source whose code for listening differs", async () => {
    const { file } = loopbackEdits[0] ?? { file: "" };
    await chmod(at(`source/${file}`), 0o644);
    await writeFile(at(`source/${file}`), 'listen("0.0.0.0:%d"); listen("0.0.0.0:%d")');
    await assert.rejects(copy(), /appcontroller\.go: got "0\.0\.0\.0:%d" 2 times; expected it once\./);
  });
});
