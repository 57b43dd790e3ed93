import { execa } from "execa";
import { isOlder } from "../environments/cluster";
import supported from "../supported.json";
import { Failure } from "./errors";

/** A program that commands run: how it is asked for its version, and where it comes from. */
const PROGRAMS = {
  git: { name: "Git", args: ["--version"], from: "https://git-scm.com/downloads" },
  helm: { name: "Helm", args: ["version", "--template", "{{.Version}}"], from: "https://helm.sh/docs/intro/install" },
} as const;

/** What was found out, by program and PATH: one call a process. */
const found = new Map<string, Promise<void>>();

/**
 * Makes sure that a program is there and new enough: an old one refuses an option that it does not know, or does
 * something else.
 * @param env All variables that it is run with.
 * @throws {Failure} saying which version is there and which is wanted.
 */
export function requireProgram(program: keyof typeof PROGRAMS, env: Readonly<Record<string, string>>): Promise<void> {
  const key = `${program} ${env.PATH ?? ""}`;
  const known = found.get(key) ?? look(program, env);
  found.set(key, known);
  return known;
}

async function look(program: keyof typeof PROGRAMS, env: Readonly<Record<string, string>>): Promise<void> {
  const { name, args, from } = PROGRAMS[program];
  const wanted = supported[program];
  const { stdout, code } = await execa(program, args, { env, extendEnv: false, reject: false });
  const version = /\d+\.\d+(\.\d+)?/.exec(stdout)?.[0];
  if (version !== undefined && !isOlder(version, wanted)) return;
  const got = version ?? (code === "ENOENT" ? "nothing on PATH" : "no version");
  throw new Failure(`${program}: got ${got}; expected ${name} ${wanted} or newer. Install it: ${from}`);
}
