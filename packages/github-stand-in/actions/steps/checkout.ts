import { appendFile, mkdir } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { branchOfRef, isObjectName } from "../../git/ref-names";
import { runProgram } from "./run-script";
import type { StepHost } from "./step-host";

/** The fields of a run that a checkout needs. */
export interface CheckoutContext {
  /** http://127.0.0.1:8080 */
  serverUrl: string;
  repository: string;
  ref: string;
  sha: string;
  token: string;
  env: Record<string, string>;
}

const INPUTS = ["repository", "ref", "token", "path", "fetch-depth", "persist-credentials"];

/**
 * The equivalent of actions/checkout: checks out the run's commit, or another one, in the workspace. Throws if git
 * fails.
 */
export async function checkout(host: StepHost, inputs: Record<string, string>, run: CheckoutContext): Promise<void> {
  const unknown = Object.keys(inputs).find((name) => !INPUTS.includes(name));
  if (unknown !== undefined) {
    throw new Error(
      `with.${unknown}: got an input of actions/checkout; expected a supported one of ${INPUTS.join(", ")}. Remove it.`,
    );
  }
  const repository = or(inputs.repository, run.repository);
  const token = or(inputs.token, run.token);
  const folder = resolve(host.folders.workspace, inputs.path ?? ".");
  if (relative(host.folders.workspace, folder).startsWith("..")) {
    throw new Error(`with.path: got ${inputs.path ?? ""}; expected a folder of the workspace. Correct it.`);
  }
  host.log.masks.add(token);
  const header = `AUTHORIZATION: basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`;
  host.log.masks.add(header);
  // Not on the command line, which every user of the machine can read.
  const setting = `http.${run.serverUrl}/.extraheader`;
  const secret = { GIT_CONFIG_COUNT: "1", GIT_CONFIG_KEY_0: setting, GIT_CONFIG_VALUE_0: header };
  const lines: string[] = [];
  const git = async (...args: string[]) => {
    lines.length = 0;
    const onLine = (line: string) => {
      lines.push(line);
      host.log.write(line);
    };
    const env = { ...run.env, ...secret };
    const code = await runProgram({ command: "git", args, cwd: folder, env, onLine, signal: host.signal });
    if (code !== 0) throw new Error(`git ${args[0] ?? ""} failed with exit code ${code}`);
    return [...lines];
  };

  await mkdir(folder, { recursive: true });
  await git("init", "--quiet");
  await git("remote", "add", "origin", `${run.serverUrl}/${repository}`);
  const isOwn = or(inputs.ref, "") === "" && repository === run.repository;
  const wanted = isOwn ? { ref: run.ref, sha: run.sha } : await resolveRef(git, or(inputs.ref, "HEAD"));
  const branch = branchOfRef(wanted.ref);
  const depth = Number(inputs["fetch-depth"] ?? "1");
  const refspecs =
    depth === 0
      ? ["--tags", "origin", "+refs/heads/*:refs/remotes/origin/*", wanted.sha]
      : ["--no-tags", `--depth=${depth}`, "origin", wanted.sha];
  await git("fetch", "--quiet", ...refspecs);
  if (branch === undefined) await git("checkout", "--quiet", "--detach", wanted.sha);
  else {
    await git("update-ref", `refs/remotes/origin/${branch}`, wanted.sha);
    await git("checkout", "--quiet", "-B", branch, `refs/remotes/origin/${branch}`);
  }
  if (inputs["persist-credentials"] !== "false") {
    const lines = `[http "${run.serverUrl}/"]\n\textraheader = ${header}\n`;
    await appendFile(join(folder, ".git", "config"), lines);
  }
}

/** The full name and commit of a branch, a tag or a commit; a branch takes precedence. */
async function resolveRef(
  git: (...args: string[]) => Promise<string[]>,
  name: string,
): Promise<{ ref: string; sha: string }> {
  if (isObjectName(name)) return { ref: name, sha: name };
  const names = name.startsWith("refs/") || name === "HEAD" ? [name] : [`refs/heads/${name}`, `refs/tags/${name}`];
  const found = (await git("ls-remote", "origin", ...names)).map((line) => line.split("\t"));
  const [match] = names.flatMap((ref) => found.filter(([, other]) => other === ref));
  if (!match) throw new Error(`A branch or tag with the name '${name}' could not be found`);
  return { ref: match[1] ?? "", sha: match[0] ?? "" };
}

/** An empty input counts as missing. */
function or(input: string | undefined, fallback: string): string {
  return input === undefined || input === "" ? fallback : input;
}
