import { randomUUID } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { delimiter, join, resolve } from "node:path";
import { runProgram } from "./run-script";
import type { StepHost } from "./step-host";

/** A `run:` step after its expressions were evaluated. */
export interface Script {
  script: string;
  /** Whether `shell: bash` is set: GitHub's runner then uses stricter options. */
  isExplicit: boolean;
  /** Relative to the workspace; default: the workspace itself. */
  workingDirectory: string;
  /** The environment without the variables of the command files. */
  env: Record<string, string>;
}

/** What a step sets for later steps. */
export interface StepResult {
  outputs: Record<string, string>;
  /** Variables for the following steps. */
  env: Record<string, string>;
  /** Folders to add at the start of PATH for the following steps. */
  paths: string[];
}

const FILES = { GITHUB_OUTPUT: "output", GITHUB_ENV: "env", GITHUB_PATH: "path", GITHUB_STEP_SUMMARY: "summary" };

/** Runs a script with bash, with the options of GitHub's runner. Throws if it fails. */
export async function runStep(
  host: StepHost,
  { script, isExplicit, workingDirectory, env }: Script,
): Promise<StepResult> {
  const { folders, log, signal } = host;
  const id = randomUUID();
  const fileOf = (kind: string) => join(folders.temp, `${kind}-${id}`);
  const file = join(folders.temp, `${id}.sh`);
  const files = Object.fromEntries(Object.entries(FILES).map(([name, kind]) => [name, fileOf(kind)]));
  await Promise.all([...Object.values(files).map((path) => writeFile(path, "")), writeFile(file, script)]);

  const options = isExplicit ? ["--noprofile", "--norc", "-eo", "pipefail"] : ["-e"];
  const code = await runProgram({
    command: "bash",
    args: [...options, file],
    cwd: resolve(folders.workspace, workingDirectory),
    env: { ...env, ...files },
    onLine: (line) => {
      const hidden = /^::add-mask::(.+)$/.exec(line)?.[1];
      if (hidden === undefined) log.write(line);
      else log.masks.add(hidden);
    },
    signal,
  });
  if (code !== 0) throw new Error(`Process completed with exit code ${code}.`);

  const read = (kind: string) => readFile(fileOf(kind), "utf8");
  return {
    outputs: parseCommandFile(await read("output"), "output"),
    env: parseCommandFile(await read("env"), "env"),
    paths: (await read("path")).split(/\r?\n/).filter((line) => line !== ""),
  };
}

/** Adds folders at the start of an environment's PATH. */
export function withPaths(env: Record<string, string>, paths: readonly string[]): Record<string, string> {
  return { ...env, PATH: [...paths.toReversed(), env.PATH ?? ""].join(delimiter) };
}

/**
 * Parses what a step wrote to GITHUB_OUTPUT or GITHUB_ENV: lines `name=value`, or `name<<END`, lines, `END`. Throws
 * GitHub's message for anything else; `kind` is GitHub's name of the file.
 */
export function parseCommandFile(text: string, kind: "output" | "env"): Record<string, string> {
  const values: Record<string, string> = {};
  const lines = text.split(/\r?\n/);
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    if (line === "") continue;
    const equals = line.indexOf("=");
    const heredoc = line.indexOf("<<");
    if (heredoc > 0 && (equals < 0 || heredoc < equals)) {
      const delimiter = line.slice(heredoc + 2);
      const end = lines.indexOf(delimiter, at + 1);
      if (end < 0) throw failure(kind, `Matching delimiter not found '${delimiter}'`);
      values[line.slice(0, heredoc)] = lines.slice(at + 1, end).join("\n");
      at = end;
    } else if (equals > 0) values[line.slice(0, equals)] = line.slice(equals + 1);
    else throw failure(kind, `Invalid format '${line}'`);
  }
  return values;
}

function failure(kind: string, reason: string): Error {
  return new Error(`Unable to process file command '${kind}' successfully. ${reason}`);
}
