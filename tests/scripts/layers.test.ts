import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { LAYERS, layerProblem } from "../../scripts/layers.mjs";

const root = join(__dirname, "../..");
const hasCode = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" }).some((file) => file.endsWith(".ts"));

describe("scripts/layers.mjs", () => {
  const refused: [file: string, imported: string][] = [
    ["contract/paths.ts", "environments/catalogue"],
    ["policy/rules/index.ts", "gitops/rules"],
    ["engine/plan/settle.ts", "gitops/errors"],
    ["engine/model/resource.ts", "engine/plan/settle"],
    ["sandbox/github/store/records.ts", "sandbox/github/http/server"],
  ];
  for (const [file, imported] of refused) {
    it(`refuses ${imported} in ${file}`, () => {
      assert.match(layerProblem(file, imported) ?? "", /^got an import of /);
    });
  }

  const permitted: [file: string, imported: string][] = [
    ["gitops/drift/reader.ts", "gitops/drift/finding"],
    ["gitops/validate/chart.ts", "contract/paths"],
    ["engine/plan/settle.ts", "engine/policy/pack"],
    ["engine/main.ts", "engine/plan/settle"],
    ["sandbox/github/main.ts", "sandbox/github/http/server"],
    ["environments/cluster.ts", "supported.json"],
  ];
  for (const [file, imported] of permitted) {
    it(`permits ${imported} in ${file}`, () => {
      assert.equal(layerProblem(file, imported), undefined);
    });
  }

  it("has every folder that has code", () => {
    for (const [parent, folders] of Object.entries(LAYERS)) {
      const entries = readdirSync(join(root, parent), { withFileTypes: true });
      const found = entries
        .filter((entry) => entry.isDirectory() && !/^\.|^node_modules$|^docs$|^bin$|-repo$/.test(entry.name))
        .map(({ name }) => name)
        .filter((name) => hasCode(join(root, parent, name)));
      assert.deepEqual(found.sort(), Object.keys(folders).sort(), parent);
    }
  });
});
