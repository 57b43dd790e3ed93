import { delimiter } from "node:path";
import { organization } from "../accounts";
import { githubVariables } from "../credentials";
import type { EnvironmentName, SandboxPaths } from "../paths";
import type { Ports } from "../ports";
import { alertsUrl, boardUrl, gitHostUrl } from "../stack-files";
import type { ProcessSpec } from "./process-spec";
import { statusOf } from "./status-of";

/** What the board's process is built from. */
export interface BoardOptions {
  paths: Pick<SandboxPaths, "root" | "board" | "bin" | "environments">;
  ports: Pick<Ports, "shared">;
  /** The Git host token that the board reads with. */
  token: string;
  /** The environments whose clusters the board watches. */
  environments: readonly EnvironmentName[];
}

/** The board: `gitops board` with read access only. Its program must exist. */
export function boardProcess({ paths, ports, token, environments }: BoardOptions): ProcessSpec {
  return {
    name: "board",
    command: process.execPath,
    args: [
      paths.board.program,
      "board",
      `--port=${ports.shared.board}`,
      ...environments.map((name) => `--cluster=${name}=${paths.environments[name].boardKubeconfig}`),
    ],
    env: {
      ...githubVariables(gitHostUrl(ports), token),
      // It uses the user's git without the user's settings, and the Helm of the sandbox's tools.
      PATH: [paths.bin, process.env.PATH ?? "/usr/local/bin:/usr/bin:/bin"].join(delimiter),
      GITOPS_ALERTS_URL: alertsUrl(ports, "board"),
      HOME: paths.board.home,
      // If the board is killed, its clone stays in this folder, which is deleted with the sandbox.
      TMPDIR: paths.board.home,
      GIT_CONFIG_NOSYSTEM: "1",
    },
    cwd: paths.root,
    port: ports.shared.board,
  };
}

/** Whether the board has something to show: a repository, and the branch that is created after its first content. */
export async function repositoryExists({ ports, token }: Pick<BoardOptions, "ports" | "token">): Promise<boolean> {
  const branch = `${gitHostUrl(ports)}/api/v3/repos/${organization}/gitops/branches/env%2Fprod`;
  return (await statusOf(branch, { authorization: `Bearer ${token}` })) === 200;
}

export async function isBoardUp(ports: Pick<Ports, "shared">): Promise<boolean> {
  return (await statusOf(boardUrl(ports))) === 200;
}
