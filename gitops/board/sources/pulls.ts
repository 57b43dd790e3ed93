import { Failure } from "../../failure";
import type { Clone } from "../../git/clone";
import { changesBetween } from "../../git/changes";
import type { WaitingPull } from "../../status/model";
import { parseValuesPath } from "../../values/files";
import { imageOf } from "../../values/summary";
import type { PullWithContent } from "../model/pulls";

/** What each pull request would change, from Git: one that has not arrived here yet brings nothing so far. */
export async function readPulls(clone: Clone, pulls: readonly WaitingPull[]): Promise<PullWithContent[]> {
  return Promise.all(pulls.map(async (pull) => ({ pull, brings: await brought(clone, pull) })));
}

async function brought(clone: Clone, { base, commit }: WaitingPull): Promise<PullWithContent["brings"]> {
  try {
    const start = await clone.git("merge-base", `refs/remotes/origin/${base}`, commit);
    const changes = await changesBetween(clone, start, commit, "environments");
    const texts = await clone.readBlobs(changes.flatMap(({ blob }) => blob ?? []));
    return changes.flatMap(({ path, blob }) => {
      const file = parseValuesPath(path);
      // A pull request into an environment's branch changes that environment, whatever else is in it.
      const counts = file && (base === "main" || base === `env/${file.environment}`);
      return counts ? [{ ...file, image: imageOf(texts.get(blob ?? "")) }] : [];
    });
  } catch (error) {
    if (error instanceof Failure) return [];
    throw error;
  }
}
