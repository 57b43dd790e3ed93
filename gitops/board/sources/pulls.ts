import { environmentBranch } from "../../../contract/branches";
import { Failure } from "../../errors";
import { isWaiting } from "../../four-eyes/verdict-text";
import type { Clone } from "../../git/clone";
import { changesBetween } from "../../git/file-history";
import { fetchOfPull, remoteBranch } from "../../git/refs";
import { isOwn } from "../../github/pulls";
import type { Session } from "../../session";
import type { WaitingPull } from "../../status/model";
import { imageOf } from "../../values/differences";
import { parseValuesPath, VALUES } from "../../../contract/paths";
import type { BoardEvent } from "../model/board";
import type { PullWithContent } from "../model/compose";

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
    const changes = await changesBetween(clone, start, commit, VALUES);
    const texts = await clone.readBlobs(changes.flatMap(({ blob }) => blob ?? []));
    return changes.flatMap(({ path, blob }) => {
      const file = parseValuesPath(path);
      // A pull request into an environment's branch changes that environment, whatever else is in it.
      const counts = file && (base === "main" || base === environmentBranch(file.environment));
      return counts ? [{ ...file, image: imageOf(texts.get(blob ?? "")) }] : [];
    });
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

/**
 * Open pull requests that a check refuses, and those of the platform that were closed without being merged, as events.
 */
export async function readRefusals(
  { github, repository }: Pick<Session, "github" | "repository">,
  open: readonly PullWithContent[],
): Promise<BoardEvent[]> {
  const refused = await Promise.all(
    open.map(async ({ pull, brings }): Promise<BoardEvent[]> => {
      if (!Object.values(pull.checks).some((conclusion) => conclusion === "failure")) return [];
      const { data } = await github.rest.checks.listForRef({ ...repository, ref: pull.commit, per_page: 100 });
      const failed = data.check_runs.filter(
        // One that failed because nobody has approved yet is no refusal.
        ({ conclusion, external_id: id }) => conclusion === "failure" && !isWaiting(id),
      );
      const [one] = brings.length === 1 ? brings : [];
      return failed.map(({ name, output, completed_at }) => ({
        at: completed_at ?? pull.since,
        kind: "refused",
        environment: one?.environment ?? null,
        about: one?.service ?? pull.title,
        text: `#${pull.number}: ${name} says: ${output.title ?? "failed"}`,
        by: null,
        url: pull.url,
      }));
    }),
  );
  const request = { ...repository, state: "closed" as const, sort: "updated" as const, direction: "desc" as const };
  const { data: closed } = await github.rest.pulls.list({ ...request, per_page: 30 });
  const dropped = closed.filter(
    (pull) => pull.merged_at === null && isOwn(pull) && /^(bump|promote|rollback|release)\//.test(pull.head.ref),
  );
  return [
    ...refused.flat(),
    ...dropped.map(({ closed_at, created_at, title, number, html_url }): BoardEvent => {
      const at = closed_at ?? created_at;
      return {
        at,
        kind: "closed",
        environment: null,
        about: title,
        text: `#${number}, not merged`,
        by: null,
        url: html_url,
      };
    }),
  ];
}
