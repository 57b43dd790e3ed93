/** Compares how the real Helm and this project's parser read values. It needs no cluster. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { parse } from "yaml";
import { helmReadings } from "@gitops-platform/gitops/chart/helm";
import type { Candidate } from "@gitops-platform/gitops/validate/candidate";
import { readingProblem, syntaxProblems, twoReaders } from "@gitops-platform/gitops/validate/syntax";
import { ambiguitiesIn } from "@gitops-platform/contract/values/ambiguities";
import { firstDifference } from "@gitops-platform/gitops/values/differences";
import { read } from "../gitops-repo/support";
import { TWO_PRODUCTIONS } from "@gitops-platform/test-support/graphs";
import { LocalRepository } from "@gitops-platform/test-support/local-repository";
import { TRAPS, trickyTexts } from "@gitops-platform/gitops/tests/values/traps";
import { useTools } from "./support/tools";

describe("the two parsers of values", function () {
  this.timeout("30m"); // the tools may have to be built first
  useTools();

  it("read each difficult text as its test case declares", async () => {
    const readings = await helmReadings(TRAPS.map(([, text]) => text));
    for (const [index, [what, , , ...helm]] of TRAPS.entries()) {
      const reading = readings[index];
      assert.ok(reading);
      const read = "error" in reading ? undefined : JSON.stringify(reading.values);
      assert.ok(helm.includes(read), `${what}: ${read}`);
    }
  });

  it("are compared by their results, and a difference is reported with both", async () => {
    const text = "a: {b: 012}\n";
    const [reading] = await helmReadings([text]);
    assert.ok(reading);
    assert.match(readingProblem(text, reading) ?? "", /^a\.b: got 12 for YAML 1\.2 and 10 for Helm; expected one/);
    const [broken] = await helmReadings(["a: 'x\\y'\nb: [\n"]);
    assert.ok(broken && "error" in broken);
  });

  it("agree on every text that is not refused", () => {
    const texts = fc
      .sample(trickyTexts, { numRuns: 12_000 })
      .filter((text) => syntaxProblems("f", text).length === 0 && ambiguitiesIn(text).length === 0);
    assert.ok(texts.length > 1_000);
    for (const [index, helm] of byHelm(texts)) {
      const text = texts[index] ?? "";
      // Helm does not apply a text that it cannot read.
      if ("Error" in helm) continue;
      const difference = firstDifference(parse(text, { logLevel: "silent" }), helm);
      assert.equal(difference, undefined, `${JSON.stringify(text)}: ${JSON.stringify(difference)}`);
    }
  });

  it("agree on the files of a change, or the change is refused", async () => {
    const local = new LocalRepository();
    const files = {
      "environments/dev/api.yaml": read("environments/dev/api.yaml"),
      "environments/prod/api.yaml": `${read("environments/prod/api.yaml")}podAnnotations: {a: "\\u00e9"}\n`,
      "environments/staging/api.yaml": 'image:\n  tag: "x" # CI\u2028  repository: ghcr.io/evil/api\n',
      "charts/service/values.yaml": "a: 012\n",
      "charts/service/templates/a.yaml": "a: 012\n",
      "charts/service/Chart.yaml": "name: &x service\n",
    };
    try {
      const base = local.commit({ "README.md": "" });
      const tree = local.commit(files);
      const changes = Object.keys(files).map((file) => ({ path: file, mode: "100644", blob: "b", before: undefined }));
      const { clone } = local;
      const found = await twoReaders({
        clone,
        base,
        tree,
        changes,
        branch: "main",
        graph: TWO_PRODUCTIONS,
      } as unknown as Candidate);
      assert.deepEqual(
        found.map(({ file, line, column }) => `${file ?? ""}:${line ?? 0}:${column ?? 0}`),
        ["environments/staging/api.yaml:2:16", "charts/service/values.yaml:1:4", "charts/service/Chart.yaml:1:7"],
      );
    } finally {
      local.remove();
    }
  });
});

/**
 * Helm's reading of many texts, by their index, in one process: `fromYaml` reads a text like `--values` reads a file.
 */
function byHelm(texts: readonly string[]): Map<number, object> {
  const folder = mkdtempSync(join(tmpdir(), "readings-"));
  try {
    for (const name of ["templates", "texts"]) mkdirSync(join(folder, name));
    writeFileSync(join(folder, "Chart.yaml"), "apiVersion: v2\nname: readings\nversion: 0.0.0\n");
    const each = "{{ $name }}: {{ $.Files.Get $name | fromYaml | toJson | b64enc }}";
    const template = `{{ range $name, $_ := .Files.Glob "texts/*" }}\n${each}\n{{- end }}\n`;
    writeFileSync(join(folder, "templates", "readings.yaml"), template);
    for (const [index, text] of texts.entries()) writeFileSync(join(folder, "texts", `${index}`), text);
    const options = { encoding: "utf8", maxBuffer: 1e9 } as const;
    const output = execFileSync("helm", ["template", "readings", folder], options);
    const lines = [...output.matchAll(/^texts\/(\d+): (\S+)$/gm)];
    assert.equal(lines.length, texts.length);
    return new Map(
      lines.map(([, index, json = ""]) => [
        Number(index),
        JSON.parse(Buffer.from(json, "base64").toString()) as object,
      ]),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}
