import { describeError } from "../describe-error";
import type { Session } from "../session";
import type { Reading, WaitingPull } from "./model";

/** The branches that the platform's own pull requests come from. */
const PLATFORM_BRANCH = /^(bump|promote|rollback|release|platform)\//;

/** The open pull requests of the platform and into `env/*`: what waits, for whom, and how its checks stand. */
export async function readPending({
  github,
  repository,
}: Pick<Session, "github" | "repository">): Promise<Reading<WaitingPull[]>> {
  const { pulls, checks } = github.rest;
  try {
    const open = await github.paginate(pulls.list, { ...repository, state: "open", per_page: 100 });
    const ours = open.filter(({ head, base }) => PLATFORM_BRANCH.test(head.ref) || base.ref.startsWith("env/"));
    const value = ours.map(async (pull): Promise<WaitingPull> => {
      const runs = await github.paginate(checks.listForRef, { ...repository, ref: pull.head.sha, per_page: 100 });
      return {
        number: pull.number,
        url: pull.html_url,
        title: pull.title,
        head: pull.head.ref,
        commit: pull.head.sha,
        base: pull.base.ref,
        since: pull.created_at,
        reviewers: [
          ...(pull.requested_reviewers ?? []).map(({ login }) => `@${login}`),
          ...(pull.requested_teams ?? []).map(({ slug }) => `@${repository.owner}/${slug}`),
        ],
        checks: Object.fromEntries(runs.map(({ name, conclusion }) => [name, conclusion ?? "running"])),
      };
    });
    return { state: "known", value: await Promise.all(value) };
  } catch (error) {
    return { state: "out of reach", reason: describeError(error) };
  }
}
