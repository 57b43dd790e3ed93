import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

const folder = join(__dirname, "../../environments");

describe("the layers", () => {
  it("keep environments/ at the bottom: it imports only contract/ from this project", () => {
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
    assert.ok(files.includes(join("settings", "index.ts")));
    const outside = files.flatMap((file) =>
      Array.from(readFileSync(join(folder, file), "utf8").matchAll(/(?:from|import) "(\.[^"]*)"/g), ([, path = ""]) =>
        relative(folder, resolve(folder, dirname(file), path)),
      ).filter((path) => path.startsWith("..") && !path.startsWith(join("..", "contract", "/"))),
    );
    assert.deepEqual(outside, []);
  });
});
