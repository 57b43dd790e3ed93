import { environmentBranch } from "@gitops-platform/contract/branches";
import { Failure } from "@gitops-platform/contract/failure";
import { isWaiting } from "../../four-eyes/verdict";
import type { Clone } from "../../git/clone";
import { changesBetween } from "../../git/file-history";
import { fetchOfPull, remoteBranch } from "../../git/refs";
import { isOwn } from "../../github/pulls";
import type { Session } from "../../session";
import type { WaitingPull } from "../../status/model";
import { summariesAt } from "../../values/at";
import { parseValuesPath, VALUES } from "@gitops-platform/contract/paths";
import type { BoardEvent } from "../model/board";
import type { PullWithContent } from "../model/compose";

/** The contents of pull requests. Each is read once for a head and a base, and kept while the pull request is open. */
export class PullContents {
  private known = new Map<string, Changes>();

  constructor(private readonly clone: Clone) {}

  /** Reads from the clone: a pull request whose commit is not there yet has no content. */
  async read(pulls: readonly WaitingPull[]): Promise<PullWithContent[]> {
    const tips = new Map<string, string | undefined>();
    for (const base of new Set(pulls.map((pull) => pull.base)))
      tips.set(base, await this.clone.resolve(remoteBranch(base)));
    const keyOf = ({ base, commit }: WaitingPull) => `${base} ${tips.get(base) ?? ""} ${commit}`;
    const unknown = pulls.filter((pull) => !this.known.has(keyOf(pull)));
    await fetchMissing(this.clone, unknown);
    const read = await Promise.all(
      unknown.map(async (pull) => [keyOf(pull), await includedChanges(this.clone, pull)] as const),
    );
    const fresh = new Map(read);
    const all = pulls.map((pull) => ({ pull, changes: this.known.get(keyOf(pull)) ?? fresh.get(keyOf(pull)) }));
    this.known = new Map(all.flatMap(({ pull, changes }) => (changes ? [[keyOf(pull), changes]] : [])));
    return all.map(({ pull, changes }) => ({ pull, changes: changes ?? [] }));
  }
}

type Changes = PullWithContent["changes"];

/** A normal fetch does not include the branches of pull requests from forks. */
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

/** undefined: the commits cannot be read yet. */
async function includedChanges(clone: Clone, { base, commit }: WaitingPull): Promise<Changes | undefined> {
  try {
    const start = await clone.git("merge-base", remoteBranch(base), commit);
    const changes = await changesBetween(clone, start, commit, VALUES);
    const files = changes.flatMap(({ path }) => {
      const file = parseValuesPath(path);
      // A pull request into an environment's branch changes only that environment.
      const counts = file && (base === "main" || base === environmentBranch(file.environment));
      return counts ? [file] : [];
    });
    const values = await summariesAt(
      clone,
      files.map((file) => ({ ...file, revision: commit })),
    );
    return files.map((file, index) => ({ ...file, image: values[index]?.image ?? null }));
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

/** The failed checks of open pull requests, and the platform's pull requests that were closed unmerged, as events. */
export async function readRefusals(
  { github, repository }: Pick<Session, "github" | "repository">,
  open: readonly PullWithContent[],
): Promise<BoardEvent[]> {
  const refused = await Promise.all(
    open.map(async ({ pull, changes }): Promise<BoardEvent[]> => {
      if (!Object.values(pull.checks).some((conclusion) => conclusion === "failure")) return [];
      const { data } = await github.rest.checks.listForRef({ ...repository, ref: pull.commit, per_page: 100 });
      const failed = data.check_runs.filter(
        // four-eyes also fails while an approval is missing.
        ({ conclusion, external_id: id }) => conclusion === "failure" && !isWaiting(id),
      );
      const [one] = changes.length === 1 ? changes : [];
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
