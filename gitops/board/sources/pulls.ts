import { Failure } from "../../failure";
import type { Clone } from "../../git/clone";
import { changesBetween } from "../../git/changes";
import type { WaitingPull } from "../../status/model";
import { parseValuesPath } from "../../values/files";
import { imageOf } from "../../values/summary";
import type { PullWithContent } from "../model/pulls";
import { fetchOfPull, remoteBranch } from "../../git/refs";

/** What each pull request would change, from Git: one that has not arrived here yet brings nothing so far. */
export async function readPulls(clone: Clone, pulls: readonly WaitingPull[]): Promise<PullWithContent[]> {
  await fetchMissing(clone, pulls);
  return Promise.all(pulls.map(async (pull) => ({ pull, brings: await brought(clone, pull) })));
}

/** Pull requests may come from any branch, which a fetch does not bring. */
async function fetchMissing(clone: Clone, pulls: readonly WaitingPull[]): Promise<void> {
  const known = await Promise.all(pulls.map(({ commit }) => clone.resolve(commit)));
  const missing = pulls.filter((_, index) => known[index] === undefined);
  if (missing.length === 0) return;
  try {
    await clone.fetch(...missing.map(({ number }) => fetchOfPull(number)));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
  }
}

async function brought(clone: Clone, { base, commit }: WaitingPull): Promise<PullWithContent["brings"]> {
  try {
    const start = await clone.git("merge-base", remoteBranch(base), commit);
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
