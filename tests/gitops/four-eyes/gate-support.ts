import type { History } from "../../../gitops/history/history";
import { environmentOf, gitops } from "../command";
import type { GitopsRepository } from "../support/repository";

/** Production's history, as `gitops history` tells it to programs. */
export async function history(github: GitopsRepository): Promise<History> {
  const { stdout } = await gitops(environmentOf(github.url, "owner"), "history", "api", "--env=prod", "--json");
  return JSON.parse(stdout) as History;
}
