import { execa } from "execa";
import supported from "../../supported.json";
import { requireProgram } from "../program-version";

/**
 * Runs Helm without this process's environment: what it renders comes from the person who opened the pull request. It
 * renders for the oldest Kubernetes that is supported, whichever one this Helm was built for.
 * @throws {Failure} where there is none, or it is too old.
 */
export async function helm(folder: string, ...args: string[]) {
  const env = { PATH: process.env.PATH ?? "", HOME: folder, TMPDIR: folder };
  await requireProgram("helm", env);
  const all = [...args, "--kube-version", supported.kubernetes];
  return execa("helm", all, { cwd: folder, env, extendEnv: false, reject: false });
}

/** Helm's words on one line. */
export function sentence(text: string): string {
  return text
    .replace(/^Error: /, "")
    .replace(/\s*\n\s*/g, " ")
    .trim();
}
