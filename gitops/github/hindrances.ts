import { RequestError } from "@octokit/request-error";
import type { RestEndpointMethodTypes } from "@octokit/rest";
import { environmentOfBranch } from "../../environments/catalogue";
import { formatProblem } from "../../environments/problems";
import { Failure } from "../errors";
import type { ApiSession } from "../session";
import { type BranchRule, type Hindrance, ruleHindrances } from "./branch-rules";

/** GitHub's settings or rules forbid a merge, so waiting does not help. */
export class MergeForbidden extends Failure {
  constructor(url: string, hindrances: readonly Hindrance[]) {
    super(`${url}: cannot be merged by gitops, no matter who reviews it.`, ...hindrances.map(formatProblem));
  }
}

type Repository = RestEndpointMethodTypes["repos"]["get"]["response"]["data"];

/** The repository's settings that forbid what the platform must do. */
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
    // Undefined for a token without write access.
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

/** The rules in force for a branch, which need not exist. */
export function branchRules(
  { github, repository }: Pick<ApiSession, "github" | "repository">,
  branch: string,
): Promise<BranchRule[]> {
  return github.paginate(github.rest.repos.getBranchRules, { ...repository, branch, per_page: 100 });
}

/** The rules and settings that keep every pull request from being merged, whatever its checks and reviews say. */
export async function finalHindrances(
  { github, repository }: Pick<ApiSession, "github" | "repository">,
  base: string,
): Promise<Hindrance[]> {
  const [{ data }, rules] = await Promise.all([
    github.rest.repos.get(repository),
    branchRules({ github, repository }, base),
  ]);
  const use = environmentOfBranch(base) === undefined ? "main" : "approved";
  return [...settingHindrances(data), ...ruleHindrances(base, use, rules)].filter(({ isFinal }) => isFinal);
}

/**
 * The same, to explain a merge that GitHub refused; undefined if they cannot be read. An error here must not hide
 * GitHub's refusal.
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
