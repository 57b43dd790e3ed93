import { RequestError } from "@octokit/request-error";
import type { RestEndpointMethodTypes } from "@octokit/rest";
import { environmentNameIn } from "@gitops-platform/contract/branches";
import { formatProblem } from "@gitops-platform/contract/problems";
import { Failure } from "@gitops-platform/contract/failure";
import type { ApiSession } from "../session";
import { type BranchRule, type Hindrance, ruleHindrances } from "./branch-rules";
import { answerOf } from "./client";
import { appliesTo } from "@gitops-platform/contract/ref-conditions";

/** GitHub's settings or rules forbid a merge, so waiting does not help. */
export class MergeForbidden extends Failure {
  constructor(url: string, hindrances: readonly Hindrance[]) {
    super(`${url}: cannot be merged by gitops, no matter who reviews it.`, ...hindrances.map(formatProblem));
  }
}

type Repository = RestEndpointMethodTypes["repos"]["get"]["response"]["data"];

/** The repository's settings that forbid what the platform must do. */
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
    // Undefined for a token without write access.
    ...(mergeCommits === false
      ? problem(
          "allow_merge_commit",
          "false",
          "true: one pull request is one merge commit",
          "Settings, General, Pull Requests, Allow merge commits.",
        )
      : []),
    // Any writer could turn it on for a release: GitHub then merges as soon as four-eyes succeeds, and its
    // commit lacks the trailers of a release.
    ...(autoMerge === true
      ? problem(
          "allow_auto_merge",
          "true",
          "false: gitops itself merges exactly what it judged",
          "Settings, General, Pull Requests, Allow auto-merge.",
          false,
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

/** The rules in force for a tag, and the rulesets that the token may not read. */
interface TagRules {
  readonly rules: readonly BranchRule[];
  /** The names of the rulesets that the token may not read, or whose bypass list it may not read. */
  readonly hidden: readonly string[];
}

/**
 * The rules in force for a tag, which need not exist. GitHub has no such list for tags, so this reads the rulesets of
 * the repository, its organisation and its enterprise.
 * @param app The id of the App that creates the tag. Rulesets that it may bypass are omitted.
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
  const found = await Promise.all(
    active.map(async ({ id, name }) => ({
      name,
      ruleset: await answerOf(getRepoRuleset({ ...parents, ruleset_id: id })),
    })),
  );
  const concerned = found.filter(({ ruleset }) => !ruleset || isFor(ruleset, `refs/tags/${tag}`));
  const rules = concerned.flatMap(({ ruleset }) => {
    // GitHub shows who may bypass a ruleset only to users who may change it.
    if (!ruleset?.bypass_actors || isBypassed(ruleset.bypass_actors, app)) return [];
    const { source_type, source, id } = ruleset;
    const origin = { ruleset_source_type: source_type, ruleset_source: source, ruleset_id: id };
    return (ruleset.rules ?? []).map((rule) => ({ ...rule, ...origin }) as BranchRule);
  });
  const hidden = concerned.filter(({ ruleset }) => !ruleset?.bypass_actors);
  return { rules, hidden: hidden.map(({ name }) => name) };
}

type Ruleset = RestEndpointMethodTypes["repos"]["getRepoRuleset"]["response"]["data"];

function isFor({ conditions }: Ruleset, ref: string): boolean {
  const { include = [], exclude = [] } = conditions?.ref_name ?? {};
  return appliesTo({ target: "tag", conditions: { ref_name: { include, exclude } } }, ref, "main");
}

function isBypassed(actors: NonNullable<Ruleset["bypass_actors"]>, app: number | undefined): boolean {
  return actors.some(
    ({ actor_type: type, actor_id: id, bypass_mode: mode }) =>
      type === "Integration" && app !== undefined && id === app && mode !== "pull_request",
  );
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
  const use = environmentNameIn(base) === undefined ? "main" : "approved";
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
