import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Person } from "../../../sandbox/accounts";
import { environmentNames } from "../../../sandbox/paths";
import { paths, root } from "./platform";

/** A board that somebody has started. */
export interface RunningBoard {
  readonly url: string;
  stop(): Promise<void>;
}

/** `gitops board` of all three clusters, as one of the sandbox's people starts it. */
export async function startBoard(login: Person): Promise<RunningBoard> {
  const variables = readFileSync(join(paths.as, login), "utf8").matchAll(/^export (\w+)=(.*)$/gm);
  const env = Object.fromEntries([...variables].map(([, name = "", value = ""]) => [name, value]));
  const clusters = environmentNames.flatMap((name) => ["--cluster", `${name}=${paths.environments[name].kubeconfig}`]);
  const child: ChildProcess = spawn(
    process.execPath,
    [join(root, "bin/gitops.js"), "board", "--port", "0", ...clusters],
    {
      cwd: paths.folder,
      env: { ...env, PATH: process.env.PATH },
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  if (!child.stdout) throw new Error("the board has no output");
  const ended = once(child, "exit").then(() => {
    throw new Error("the board ended before it served");
  });
  const [url] = (await Promise.race([once(createInterface(child.stdout), "line"), ended])) as [string];
  return {
    url,
    async stop() {
      const gone = once(child, "exit");
      child.kill("SIGINT");
      await gone;
    },
  };
}
