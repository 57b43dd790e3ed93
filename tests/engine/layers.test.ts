import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

const engine = path.join(__dirname, "..", "..", "engine");

/** The folders of the engine, each with those that it may import. The files beside them may import all. */
const BELOW: Readonly<Record<string, readonly string[]>> = {
  model: [],
  state: ["model"],
  protocol: ["model"],
  providers: ["model"],
  policy: ["model", "protocol"],
  plan: ["model", "state", "policy"],
};

describe("the engine's folders", () => {
  for (const [folder, below] of Object.entries(BELOW)) {
    it(`let ${folder}/ import only ${below.join(", ") || "itself"}`, () => {
      const files = readdirSync(path.join(engine, folder), { recursive: true, encoding: "utf8" });
      const imported = files
        .filter((file) => file.endsWith(".ts"))
        .map((file) => path.join(engine, folder, file))
        .flatMap((file) =>
          Array.from(readFileSync(file, "utf8").matchAll(/ from "(\.[^"]*)"/g), ([, to = ""]) =>
            path.relative(engine, path.resolve(path.dirname(file), to)),
          ),
        )
        .filter((to) => !to.startsWith(".."))
        .map((to) => to.split(path.sep)[0] ?? "");
      assert.deepEqual(
        [...new Set(imported)].filter((to) => to !== folder && !below.includes(to)),
        [],
      );
    });
  }

  it("are all in the list", () => {
    const folders = readdirSync(engine, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    assert.deepEqual(folders.map(({ name }) => name).sort(), Object.keys(BELOW).sort());
  });
});
