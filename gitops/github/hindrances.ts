import { RequestError } from "@octokit/request-error";
import type { RestEndpointMethodTypes } from "@octokit/rest";
import { environmentOfBranch } from "../../environments/catalogue";
import { formatProblem } from "../../environments/problems";
import { Failure } from "../errors";
import type { ApiSession } from "../session";
import { type BranchRule, type Hindrance, ruleHindrances } from "./branch-rules";
import { answerOf } from "./client";
import { appliesTo } from "./ref-conditions";

/** GitHub's settings or rules forbid what a command must do. It does not pass by waiting. */
export class Forbidden extends Failure {
  constructor(url: string, hindrances: readonly Hindrance[]) {
    super(`${url}: cannot be merged by gitops, no matter who reviews it.`, ...hindrances.map(formatProblem));
  }
}

type Repository = RestEndpointMethodTypes["repos"]["get"]["response"]["data"];

/** What the repository's own settings forbid that the platform must do. */
export function settingHindrances(
  repository: Pick<
    Repository,
    "full_name" | "archived" | "disabled" | "default_branch" | "allow_merge_commit" | "allow_auto_merge"
  >,
): Hindrance[] {
  const { full_name: name, archived, disabled, default_branch: branch } = repository;
  const { allow_merge_commit: mergeCommits, allow_auto_merge: autoMerge } = repository;
  const problem = (key: string, got: string, expected: string, fix: string, isFinal = true): Hindrance[] => {
    return [{ key: `${key} of ${name}`, got, expected, fix, isFinal }];
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
    // Anybody who may write could turn it on for a release: GitHub then merges as soon as four-eyes succeeds, and its
    // commit lacks the trailers of a release.
    ...(autoMerge === true
      ? problem(
          "allow_auto_merge",
          "true",
          "false: gitops merges what it judged, and when it did",
          "Settings, General, Pull Requests, Allow auto-merge.",
          false,
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

/** The rules that are in force for a tag, and what GitHub does not tell this token about them. */
interface TagRules {
  readonly rules: readonly BranchRule[];
  /** Names of the rulesets that it does not show. */
  readonly hidden: readonly string[];
}

/**
 * The rules that are in force for a tag, which need not exist. GitHub lists those of a branch only, so this reads the
 * rulesets of the repository, its organisation and its enterprise.
 * @param app The id of the App that creates the tag: rulesets that it may bypass are left out.
 */
export async function tagRules(
  { github, repository }: Pick<ApiSession, "github" | "repository">,
  tag: string,
  app: number | undefined,
): Promise<TagRules> {
  const { getRepoRulesets, getRepoRuleset } = github.rest.repos;
  const parents = { ...repository, includes_parents: true };
  const listed = await github.paginate(getRepoRulesets, { ...parents, targets: "tag", per_page: 100 });
  const active = listed.filter(({ target, enforcement }) => target === "tag" && enforcement === "active");
  const read = await Promise.all(active.map(({ id }) => answerOf(getRepoRuleset({ ...parents, ruleset_id: id }))));
  const rules = read.flatMap((ruleset) => {
    if (!ruleset || !isFor(ruleset, `refs/tags/${tag}`) || isBypassed(ruleset, app)) return [];
    const { source_type, source, id } = ruleset;
    const origin = { ruleset_source_type: source_type, ruleset_source: source, ruleset_id: id };
    return (ruleset.rules ?? []).map((rule) => ({ ...rule, ...origin }) as BranchRule);
  });
  return { rules, hidden: active.flatMap(({ name }, index) => (read[index] === undefined ? [name] : [])) };
}

type Ruleset = RestEndpointMethodTypes["repos"]["getRepoRuleset"]["response"]["data"];

function isFor({ conditions }: Ruleset, ref: string): boolean {
  const { include = [], exclude = [] } = conditions?.ref_name ?? {};
  return appliesTo({ target: "tag", conditions: { ref_name: { include, exclude } } }, ref, "main");
}

/** Who may bypass a ruleset GitHub tells those who may change it. */
function isBypassed({ bypass_actors: actors = [] }: Ruleset, app: number | undefined): boolean {
  return actors.some(
    ({ actor_type: type, actor_id: id, bypass_mode: mode }) =>
      type === "Integration" && app !== undefined && id === app && mode !== "pull_request",
  );
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
