import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PLATFORM_APPS } from "@gitops-platform/contract/apps";

describe("the table of GitHub Apps in docs/credentials.md", () => {
  it("has exactly the permissions with which gitops init creates them", () => {
    const text = readFileSync(join(__dirname, "../../docs/credentials.md"), "utf8");
    const [, section = ""] = /\n## The GitHub Apps\n([^]*?)\n## /.exec(text) ?? [];
    const rows = [...section.matchAll(/^\|(.*)\|$/gm)].map(([, row = ""]) => row.split("|").map((cell) => cell.trim()));
    const table = rows.slice(2).map(([name = "", write = "", read = ""]) => [name, permissions(write, read)]);
    const wanted = Object.entries(PLATFORM_APPS).map(([name, app]) => [name, app.permissions]);
    assert.deepEqual(Object.fromEntries(table), Object.fromEntries(wanted));
  });
});

function permissions(write: string, read: string): Record<string, string> {
  const of = (cell: string, level: string) =>
    cell
      .split(", ")
      .filter((scope) => scope !== "")
      .map((scope): [string, string] => [scope.replace(" ", "_"), level]);
  return Object.fromEntries<string>([...of(write, "write"), ...of(read, "read")]);
}
