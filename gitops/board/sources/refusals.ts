import { isWaiting } from "../../four-eyes/verdict-text";
import { isOwn } from "../../github/pulls";
import type { Session } from "../../session";
import type { BoardEvent } from "../model/board";
import type { PullWithContent } from "../model/pulls";

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
