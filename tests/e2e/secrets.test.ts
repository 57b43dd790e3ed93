/** Runs after most other tests: no secret may appear in outputs, logs, state or commits. */
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { environmentNames } from "@gitops-platform/sandbox/paths";
import { credentials } from "./support/people";
import { engine, paths } from "./support/platform";

/** All strings in a value, at any depth. */
function texts(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(texts) : [];
}

/** The texts of a secret to search for: itself and its base64, or for a PEM key, each line of its body. */
function traces(secret: string): string[] {
  const lines = secret.trim().split("\n");
  const parts = lines.length === 1 ? lines : lines.slice(1, -1);
  return [...parts, Buffer.from(secret).toString("base64")];
}

describe("secrets", () => {
  let forbidden: string[] = [];
  before(() => {
    const { apps, ...others } = credentials();
    const secrets = [...texts(others), ...Object.values(apps).map(({ privateKey }) => privateKey)];
    assert.equal(secrets.length, 18);
    forbidden = secrets.flatMap(traces);
    assert.ok(forbidden.every((text) => text.length >= 16));
  });

  const free = (text: string, place: string) => {
    const found = forbidden.filter((trace) => text.includes(trace));
    assert.deepEqual(found.length, 0, `${place} contains ${found.length} of them`);
  };

  for (const environment of environmentNames) {
    it(`are neither in a preview of ${environment} nor in its state`, async () => {
      const { exitCode, all } = await engine("preview", environment, "--json");
      assert.equal(exitCode, 0, all);
      free(all, "the preview");
      free(await readFile(paths.environments[environment].stateFile, "utf8"), "the state");
    });
  }

  it("are in no log of a process or workflow", async () => {
    const folders = [paths.logs, join(paths.github.data, "actions")];
    let files = 0;
    for (const folder of folders) {
      for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile()) continue;
        const file = join(entry.parentPath, entry.name);
        free(await readFile(file, "utf8"), file);
        files++;
      }
    }
    assert.ok(files > 20, `only ${files} files`);
  });

  it("are neither in a commit of the repository nor in the command line of a process", async () => {
    const [history, processes] = await Promise.all([
      execa("git", ["-C", paths.clone, "log", "--all", "--patch"], { maxBuffer: 200_000_000 }),
      execa("ps", ["-A", "-ww", "-o", "args="]),
    ]);
    free(history.stdout, "the history");
    free(processes.stdout, "the list of processes");
  });
});
