import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { parse } from "yaml";
import { paths } from "../../e2e/support/platform";
import { gitops } from "@gitops-platform/gitops/tests/command";
import { afterwards } from "./cleaning";
import type { Files, Workshop } from "./git";

/** A problem that `gitops validate` found. */
export interface Problem {
  readonly file?: string;
  readonly message: string;
}

/** The result of `gitops validate`. */
export interface Validation {
  readonly problems: readonly Problem[];
}

/** Runs `gitops validate` with the real Helm, in a clone whose HEAD changes files on top of a branch. */
export async function validate(workshop: Workshop, branch: string, files: Files): Promise<Validation> {
  return validateCommit(workshop, branch, workshop.commit(workshop.tip(branch), files));
}

/** Like {@link validate}, for a commit. */
export async function validateCommit(workshop: Workshop, branch: string, commit: string): Promise<Validation> {
  workshop.git("update-ref", "--no-deref", "HEAD", commit);
  const here = process.cwd();
  process.chdir(workshop.folder);
  try {
    const PATH = `${paths.bin}:${process.env.PATH ?? ""}`;
    const { stdout, stderr, code } = await gitops({ PATH }, "validate", "--base", branch, "--json");
    if (stdout === "") {
      assert.equal(code, 1, "it failed silently");
      return { problems: [{ message: stderr.trim() }] };
    }
    const { problems } = JSON.parse(stdout) as Validation;
    assert.equal(code, problems.length === 0 ? 0 : 1);
    return { problems };
  } finally {
    process.chdir(here);
  }
}

/** Asserts that a change is invalid. Returns the first problem, with its file. */
export function isInvalid({ problems }: Validation): string {
  const [first] = problems;
  assert.ok(first, "validate: Valid");
  return `validate: ${said(first)}`;
}

function said({ file, message }: Problem): string {
  return `${file === undefined ? "" : `${file}: `}${message}`;
}

/** The result of two parsers for the same file, as JSON; or that one of them rejects it. */
export interface Readings {
  readonly yaml: unknown;
  readonly helm: unknown;
}

/** Parses a values file with `yaml`, which this project uses, and with Helm. */
export function readings(text: string | Buffer): Readings {
  return { yaml: yamlReads(text.toString()), helm: helmReads(text) };
}

export function areSame({ yaml, helm }: Readings): boolean {
  return isDeepStrictEqual(yaml, helm);
}

/** The first top-level key that the parsers read differently, and both values. */
export function difference({ yaml, helm }: Readings): string {
  const [ours, theirs] = [yaml, helm].map((value) => (isMapping(value) ? value : { file: value }));
  const keys = [...Object.keys(ours ?? {}), ...Object.keys(theirs ?? {})];
  const key = keys.find((name) => !isDeepStrictEqual(ours?.[name], theirs?.[name])) ?? "";
  const show = (value: unknown) => (value === undefined ? "nothing" : JSON.stringify(value).slice(0, 100));
  return `yaml reads ${key}: ${show(ours?.[key])} and Helm ${show(theirs?.[key])}`;
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const REFUSED = "(refused)";

function yamlReads(text: string): unknown {
  try {
    return JSON.parse(JSON.stringify(parse(text, { logLevel: "error" })));
  } catch {
    return REFUSED;
  }
}

/** Uses a chart that prints the values that its templates receive. */
function helmReads(text: string | Buffer): unknown {
  const folder = mkdtempSync(join(tmpdir(), "reading-"));
  afterwards(() => rm(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, "chart", "templates"), { recursive: true });
  writeFileSync(join(folder, "chart", "Chart.yaml"), "apiVersion: v2\nname: reading\nversion: 0.0.0\n");
  writeFileSync(join(folder, "chart", "templates", "values.yaml"), "{{ .Values | toJson }}\n");
  writeFileSync(join(folder, "values.yaml"), text);
  try {
    const args = ["template", "reading", "chart", "--values", "values.yaml"];
    const shown = execFileSync(join(paths.bin, "helm"), args, { cwd: folder, encoding: "utf8", stdio: "pipe" });
    return JSON.parse(shown.replace(/^---\n# Source: .*\n/, "")) as unknown;
  } catch {
    return REFUSED;
  }
}
