import { execa } from "execa";
import { isOlder } from "@gitops-platform/environments/cluster";
import supported from "../../supported.json";
import { Failure } from "@gitops-platform/contract/failure";

/** The programs that commands run: how to ask for their version, and where to get them. */
const PROGRAMS = {
  git: { name: "Git", args: ["--version"], from: "https://git-scm.com/downloads" },
  kustomize: {
    name: "Kustomize",
    args: ["version"],
    from: "https://kubectl.docs.kubernetes.io/installation/kustomize",
  },
  helm: { name: "Helm", args: ["version", "--template", "{{.Version}}"], from: "https://helm.sh/docs/intro/install" },
} as const;

/** Earlier results by program and PATH, so that each is determined once. */
const found = new Map<string, Promise<void>>();

/**
 * Makes sure that a program is installed and new enough. An old one would fail at an unknown option, or do something
 * else.
 * @param env All environment variables of the program.
 * @throws {Failure} with the installed and the required version.
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
