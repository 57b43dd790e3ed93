import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { FOLDERS, PACKAGES, layerProblem } from "../../scripts/layers.mjs";

const root = join(__dirname, "../..");
const hasCode = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" }).some((file) => file.endsWith(".ts"));

/** A package's folder, relative to the project. */
const folderOf = (name: string) => (["components", "environments"].includes(name) ? name : `packages/${name}`);

describe("scripts/layers.mjs", () => {
  const refused: [file: string, imported: string][] = [
    ["packages/contract/paths.ts", "environments/environments"],
    ["packages/policy/rules/index.ts", "packages/gitops/rules"],
    ["packages/engine/plan/settle.ts", "packages/gitops/errors"],
    ["packages/engine/model/resource.ts", "packages/engine/plan/settle"],
    ["packages/github-stand-in/store/records.ts", "packages/github-stand-in/http/server"],
    ["packages/github-stand-in/main.ts", "packages/sandbox/paths"],
  ];
  for (const [file, imported] of refused) {
    it(`refuses an import of ${imported} in ${file}`, () => {
      assert.match(layerProblem(file, imported) ?? "", /^got an import of /);
    });
  }

  const permitted: [file: string, imported: string][] = [
    ["packages/gitops/drift/reader.ts", "packages/gitops/drift/finding"],
    ["packages/gitops/validate/chart.ts", "packages/contract/paths"],
    ["packages/engine/plan/settle.ts", "packages/engine/policy/pack"],
    ["packages/engine/main.ts", "packages/engine/plan/settle"],
    ["packages/engine/tests/config.test.ts", "packages/test-support/scratch-folder"],
    ["packages/github-stand-in/main.ts", "packages/github-stand-in/http/server"],
    ["environments/cluster.ts", "supported.json"],
  ];
  for (const [file, imported] of permitted) {
    it(`permits an import of ${imported} in ${file}`, () => {
      assert.equal(layerProblem(file, imported), undefined);
    });
  }

  it("lists every package", () => {
    const found = ["components", "environments", ...readdirSync(join(root, "packages"))];
    assert.deepEqual(found.sort(), Object.keys(PACKAGES).sort());
  });

  it("lists every folder of a package that has layers of its own", () => {
    for (const [parent, folders] of Object.entries(FOLDERS)) {
      const found = readdirSync(join(root, parent), { withFileTypes: true })
        .filter((entry) => entry.isDirectory() && entry.name !== "tests" && hasCode(join(root, parent, entry.name)))
        .map(({ name }) => name);
      assert.deepEqual(found.sort(), Object.keys(folders).sort(), parent);
    }
  });

  it("permits each package only the imports that its package.json lists", () => {
    for (const [name, may] of Object.entries(PACKAGES)) {
      const manifest = JSON.parse(readFileSync(join(root, folderOf(name), "package.json"), "utf8")) as {
        dependencies?: Record<string, string>;
      };
      const own = Object.keys(manifest.dependencies ?? {}).filter((key) => key.startsWith("@gitops-platform/"));
      const listed = own.map((key) => key.slice("@gitops-platform/".length));
      if (may !== "*" && name !== "github-stand-in") assert.deepEqual(listed.sort(), [...may].sort(), name);
    }
  });
});
