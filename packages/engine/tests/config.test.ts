import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { readConfig, readProject } from "../config";

describe("configuration", () => {
  let folder: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "config-"));
  });
  afterEach(() => {
    fs.rmSync(folder, { recursive: true });
  });
  const write = (name: string, text: string) => {
    fs.writeFileSync(path.join(folder, name), text);
    return path.join(folder, name);
  };

  it("reads defaults from Pulumi.yaml in the project's namespace, and overrides them with the stack's values", () => {
    write(
      "Pulumi.yaml",
      `name: shop
runtime: nodejs
main: program
config:
  size: { type: integer, default: 3 }
  tags: { type: array, items: { type: string }, default: [a, b] }
  plain: text
  other:region: { value: here }
  wanted: { type: string }
`,
    );
    const project = readProject(folder);
    const defaults = { "shop:size": "3", "shop:tags": '["a","b"]', "shop:plain": "text", "other:region": "here" };
    assert.deepEqual(project, { name: "shop", main: "program", defaults });
    const stack = write(
      "Pulumi.dev.yaml",
      "config:\n  shop:size: 5\n  shop:on: true\n  shop:argo: { url: x, secure: no }\n",
    );
    assert.deepEqual(readConfig(project, stack), {
      ...defaults,
      "shop:size": "5",
      "shop:on": "true",
      "shop:argo": '{"url":"x","secure":"no"}',
    });
  });

  it("reports every value that only Pulumi's CLI can read", () => {
    write("Pulumi.yaml", "name: shop\n");
    const stack = write(
      "Pulumi.dev.yaml",
      "environment: [x]\nconfig:\n  bare: 1\n  shop:token: { secure: AAA }\n  shop:deep: [{ a: { secure: BBB } }]\n",
    );
    assert.throws(
      () => readConfig(readProject(folder), stack),
      ({ message }: Error) => {
        for (const part of [
          "environment:",
          "Write shop:bare",
          "shop:token: got a secure:",
          "shop:deep: got a secure:",
        ]) {
          assert.ok(message.includes(part), message);
        }
        return !message.includes("AAA");
      },
    );
  });

  it("reports which file is missing or invalid", () => {
    assert.throws(() => readProject(folder), /Pulumi\.yaml: got no such file/);
    write("Pulumi.yaml", "runtime: nodejs\n");
    assert.throws(() => readProject(folder), /name: got undefined/);
    write("Pulumi.yaml", "name: [\n");
    assert.throws(() => readProject(folder), /Pulumi\.yaml: /);
    write("Pulumi.yaml", "just text\n");
    assert.throws(() => readProject(folder), /got string; expected a YAML mapping/);
  });

  it("accepts an empty stack file", () => {
    write("Pulumi.yaml", "name: shop\n");
    assert.deepEqual(readConfig(readProject(folder), write("Pulumi.dev.yaml", "")), {});
  });
});
