import { ENVIRONMENT_BRANCHES, isPlatformBranch } from "@gitops-platform/contract/branches";
import { describeError } from "../errors";
import { type CheckRun, latestRuns, type RequiredCheck, requiredChecks } from "../github/checks";
import { isOwn } from "../github/pulls";
import type { Session } from "../session";
import type { Reading, WaitingPull } from "./model";

/** The open pull requests of the platform, and those into `env/*`, with their checks and reviewers. */
export async function readPending({
  github,
  repository,
}: Pick<Session, "github" | "repository">): Promise<Reading<WaitingPull[]>> {
  const { pulls } = github.rest;
  try {
    const required = new Map<string, Promise<RequiredCheck[]>>();
    const requiredOn = (branch: string) => {
      const asked = required.get(branch) ?? requiredChecks({ github, repository }, branch);
      required.set(branch, asked);
      return asked;
    };
    const open = await github.paginate(pulls.list, { ...repository, state: "open", per_page: 100 });
    const ours = open.filter(
      (pull) => (isOwn(pull) && isPlatformBranch(pull.head.ref)) || pull.base.ref.startsWith(ENVIRONMENT_BRANCHES),
    );
    const value = ours.map(async (pull): Promise<WaitingPull> => {
      const runs = await latestRuns({ github, repository }, pull.head.sha);
      return {
        number: pull.number,
        url: pull.html_url,
        title: pull.title,
        // A fork may have a branch with the same name.
        head: isOwn(pull) ? pull.head.ref : pull.head.label,
        commit: pull.head.sha,
        base: pull.base.ref,
        since: pull.created_at,
        reviewers: [
          ...(pull.requested_reviewers ?? []).map(({ login }) => `@${login}`),
          ...(pull.requested_teams ?? []).map(({ slug }) => `@${repository.owner}/${slug}`),
        ],
        checks: resultsOf(runs, await requiredOn(pull.base.ref)),
      };
    });
    return { state: "known", value: await Promise.all(value) };
  } catch (error) {
    return { state: "out of reach", reason: describeError(error) };
  }
}

/**
 * The newest result of each check. Any workflow may set a check of any name, so a required check counts only if the
 * required App set it, as on GitHub.
 */
export function resultsOf(
  runs: readonly Pick<CheckRun, "id" | "name" | "conclusion" | "app">[],
  required: readonly RequiredCheck[],
): Record<string, string> {
  const counted = runs.filter(({ name, app }) => {
    const apps = required.filter((check) => check.name === name).map((check) => check.app);
    return apps.length === 0 || apps.includes(undefined) || apps.includes(app?.id);
  });
  const oldestFirst = counted.toSorted((a, b) => a.id - b.id);
  return Object.fromEntries(oldestFirst.map(({ name, conclusion }) => [name, conclusion ?? "running"]));
}
