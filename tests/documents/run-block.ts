import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { ROOT } from "./blocks";
import { OUTSIDE } from "./outside-programs";

/** A program that a block has started. */
export interface Call {
  readonly folder: string;
  readonly program: string;
  readonly args: readonly string[];
}

export interface Ran {
  readonly calls: readonly Call[];
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a block is run with. */
export interface Run {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** What programs that are only recorded print, by the whole command. */
  readonly prints: Readonly<Record<string, string>>;
  /** Whether `gitops` runs; otherwise it is only recorded. */
  readonly runsGitops: boolean;
}

/** Programs that run as they are. Any other program is unknown to the shell, unless it is recorded. */
const REAL = ["base64", "bash", "cat", "git", "grep", "mkdir", "openssl", "sed", "sha256sum", "sort"];

const RECORDED = [...Object.keys(OUTSIDE), "npm", "npx", "gitops"];

/** Records its own call, then runs `gitops` where that is wanted, or prints what the test has for this command. */
const RECORDER = String.raw`#!/usr/bin/env bash
{ printf '%s\0' "$PWD" "$(basename "$0")" "$@"; printf '\n\0'; } >> "$DOCUMENTS_CALLS"
name=$(basename "$0")
[ "$name" = npx ] && { name=$1; shift; }
[ "$name" = gitops ] && [ -n "$DOCUMENTS_GITOPS" ] && exec node "$DOCUMENTS_GITOPS" "$@"
while IFS=$'\t' read -r command line; do
  [ "$command" = "$name $*" ] && printf '%s\n' "$line"
done < "$DOCUMENTS_PRINTS"
true
`;

/** Makes the folder of programs that blocks find on their PATH. */
export function makePrograms(folder: string): string {
  const bin = join(folder, "bin");
  mkdirSync(bin);
  const recorder = join(bin, "recorder");
  writeFileSync(recorder, RECORDER);
  chmodSync(recorder, 0o755);
  for (const name of RECORDED) symlinkSync(recorder, join(bin, name));
  for (const name of [...REAL, "env", "basename"]) symlinkSync(locate(name), join(bin, name));
  symlinkSync(process.execPath, join(bin, "node"));
  return bin;
}

function locate(program: string): string {
  return execFileSync("sh", ["-c", `command -v ${program}`], { encoding: "utf8" }).trim();
}

/** Runs a block's commands by bash, which stops at the first that fails. */
export async function runBlock(script: string, bin: string, { folder, env, prints, runsGitops }: Run): Promise<Ran> {
  const calls = join(dirname(bin), "calls");
  const printed = join(dirname(bin), "prints");
  writeFileSync(calls, "");
  const lines = Object.entries(prints).map(([command, line]) => `${command}\t${line}\n`);
  writeFileSync(printed, lines.join(""));
  const { exitCode, stdout, stderr } = await execa("bash", ["-c", `shopt -s expand_aliases\nset -eu\n${script}\n`], {
    cwd: folder,
    extendEnv: false,
    reject: false,
    stdin: "ignore",
    timeout: 120_000,
    env: {
      DOCUMENTS_CALLS: calls,
      DOCUMENTS_GITOPS: runsGitops ? join(ROOT, "packages/gitops/bin/gitops.js") : "",
      DOCUMENTS_PRINTS: printed,
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_CONFIG_NOSYSTEM: "1",
      HOME: "/home/reader",
      NO_COLOR: "1",
      PATH: bin,
      USER: "reader",
      ...env,
    },
  });
  const words = readFileSync(calls, "utf8")
    .split("\0\n\0")
    .filter((call) => call !== "");
  return {
    code: exitCode,
    stdout,
    stderr,
    calls: words.map((call) => {
      const [at = "", program = "", ...args] = call.split("\0");
      return { folder: at, program, args };
    }),
  };
}
