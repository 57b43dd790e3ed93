import { execa, ExecaError } from "execa";
import { Failure } from "../failure";

/** Runs Helm without this process's environment: what it renders comes from whoever opened the pull request. */
export async function helm(folder: string, ...args: string[]) {
  const env = { PATH: process.env.PATH, HOME: folder, TMPDIR: folder };
  try {
    return await execa("helm", args, { cwd: folder, env, extendEnv: false, reject: false }).then((result) => {
      if (result.code === "ENOENT") throw missing();
      return result;
    });
  } catch (error) {
    throw error instanceof ExecaError && error.code === "ENOENT" ? missing() : error;
  }
}

function missing(): Failure {
  return new Failure(
    "helm: got nothing on PATH; expected Helm 3.8 or later. Install it: https://helm.sh/docs/intro/install",
  );
}

/** Helm's words on one line. */
export function sentence(text: string): string {
  return text
    .replace(/^Error: /, "")
    .replace(/\s*\n\s*/g, " ")
    .trim();
}
