import { Failure } from "../../failure";
import type { Clone } from "../../git/clone";
import { changesBetween } from "../../git/changes";
import type { WaitingPull } from "../../status/model";
import { parseValuesPath } from "../../values/files";
import { imageOf } from "../../values/summary";
import type { PullWithContent } from "../model/pulls";
import { fetchOfPull, remoteBranch } from "../../git/refs";

/** What pull requests would change. Each is read once for a head and a base, and kept as long as it is asked for. */
export class PullContents {
  private known = new Map<string, Brings>();

  constructor(private readonly clone: Clone) {}

  /** From Git: a pull request that has not arrived here yet brings nothing so far. */
  async read(pulls: readonly WaitingPull[]): Promise<PullWithContent[]> {
    const tips = new Map<string, string | undefined>();
    for (const base of new Set(pulls.map((pull) => pull.base)))
      tips.set(base, await this.clone.resolve(remoteBranch(base)));
    const keyOf = ({ base, commit }: WaitingPull) => `${base} ${tips.get(base) ?? ""} ${commit}`;
    const unknown = pulls.filter((pull) => !this.known.has(keyOf(pull)));
    await fetchMissing(this.clone, unknown);
    const read = await Promise.all(
      unknown.map(async (pull) => [keyOf(pull), await brought(this.clone, pull)] as const),
    );
    const fresh = new Map(read);
    const all = pulls.map((pull) => ({ pull, brings: this.known.get(keyOf(pull)) ?? fresh.get(keyOf(pull)) }));
    this.known = new Map(all.flatMap(({ pull, brings }) => (brings ? [[keyOf(pull), brings]] : [])));
    return all.map(({ pull, brings }) => ({ pull, brings: brings ?? [] }));
  }
}

type Brings = PullWithContent["brings"];

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

/** Undefined where that cannot be told, or not yet. */
async function brought(clone: Clone, { base, commit }: WaitingPull): Promise<Brings | undefined> {
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
    if (error instanceof Failure) return undefined;
    throw error;
  }
}
