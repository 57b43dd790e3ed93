import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(__dirname, "../..");

describe("the layers", () => {
  it("keep environments/ at the bottom: it imports nothing else from this project", () => {
    const folder = join(root, "environments");
    const imports = readdirSync(folder).flatMap((file) =>
      Array.from(readFileSync(join(folder, file), "utf8").matchAll(/from "(\.\.[^"]*)"/g), ([, path]) => path),
    );
    assert.deepEqual(imports, []);
  });
});
