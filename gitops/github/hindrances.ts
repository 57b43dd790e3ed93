import { RequestError } from "@octokit/request-error";
import type { RestEndpointMethodTypes } from "@octokit/rest";
import { environmentOfBranch } from "../../environments/catalogue";
import { formatProblem } from "../../environments/problems";
import { Failure } from "../errors";
import type { ApiSession } from "../session";
import { type BranchRule, type Hindrance, ruleHindrances } from "./branch-rules";

/** GitHub's settings or rules forbid what a command must do. It does not pass by waiting. */
export class Forbidden extends Failure {
  constructor(url: string, hindrances: readonly Hindrance[]) {
    super(`${url}: cannot be merged by gitops, no matter who reviews it.`, ...hindrances.map(formatProblem));
  }
}

type Repository = RestEndpointMethodTypes["repos"]["get"]["response"]["data"];

/** What the repository's own settings forbid that the platform must do. */
export function settingHindrances(
  repository: Pick<Repository, "full_name" | "archived" | "disabled" | "default_branch" | "allow_merge_commit">,
): Hindrance[] {
  const { full_name: name, archived, disabled, default_branch: branch, allow_merge_commit: mergeCommits } = repository;
  const problem = (key: string, got: string, expected: string, fix: string): Hindrance[] => {
    return [{ key: `${key} of ${name}`, got, expected, fix, isFinal: true }];
  };
  return [
    ...(archived ? problem("archived", "true", "false", "Unarchive it: Settings, Danger Zone.") : []),
    ...(disabled ? problem("disabled", "true", "false", "GitHub says why on its page.") : []),
    ...(branch === "main"
      ? []
      : problem(
          "default_branch",
          branch,
          "main",
          "Rename it: Settings, General, Default branch. GitHub redirects links.",
        )),
    // A token that may not write does not see it.
    ...(mergeCommits === false
      ? problem(
          "allow_merge_commit",
          "false",
          "true: one pull request is one merge commit",
          "Settings, General, Pull Requests, Allow merge commits.",
        )
      : []),
  ];
}

/**
 * The rules that are in force for a branch, which need not exist. Octokit's own types know fewer kinds of them than
 * GitHub's description does.
 */
export function branchRules(
  { github, repository }: Pick<ApiSession, "github" | "repository">,
  branch: string,
): Promise<BranchRule[]> {
  return github.paginate(github.rest.repos.getBranchRules, { ...repository, branch, per_page: 100 });
}

/** Asks GitHub for everything that keeps any pull request from being merged into a branch by gitops. */
export async function mergeHindrances(
  { github, repository }: Pick<ApiSession, "github" | "repository">,
  base: string,
): Promise<Hindrance[]> {
  const [{ data }, rules] = await Promise.all([
    github.rest.repos.get(repository),
    branchRules({ github, repository }, base),
  ]);
  const use = environmentOfBranch(base) === undefined ? "main" : "approved";
  return [...settingHindrances(data), ...ruleHindrances(base, use, rules)];
}

/** Of those, what neither a check nor a review gets past. */
export async function finalHindrances(
  session: Pick<ApiSession, "github" | "repository">,
  base: string,
): Promise<Hindrance[]> {
  return (await mergeHindrances(session, base)).filter(({ isFinal }) => isFinal);
}

/**
 * The same, to explain a merge that GitHub refused already; undefined where they cannot be read. Its refusal must not
 * be lost to that error.
 */
export async function hindrancesOfRefused(
  session: Pick<ApiSession, "github" | "repository">,
  base: string,
): Promise<Hindrance[] | undefined> {
  try {
    return await finalHindrances(session, base);
  } catch (error) {
    if (error instanceof RequestError) return undefined;
    throw error;
  }
}
