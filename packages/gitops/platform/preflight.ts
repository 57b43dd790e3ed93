import { RECORD_TAGS } from "@gitops-platform/contract/tags";
import type { components } from "@octokit/openapi-types";
import { environmentBranch, isReservedBranch } from "@gitops-platform/contract/branches";
import { approvedEnvironments, environments } from "@gitops-platform/environments/environments";
import type { Problem } from "@gitops-platform/contract/problems";
import type { ApiSession } from "../session";
import { answerOf } from "../github/client";
import type { RepositorySettings } from "./stack-file";
import { codeOwnersByKey } from "@gitops-platform/environments/settings/owners";
import { type Account, preflight } from "@gitops-platform/environments/preflight";
import { forbidden, ownerErrors, readAccount } from "./account";

/** What GitHub says about a repository's settings before `pulumi up`. */
export interface Preflight {
  readonly problems: readonly Problem[];
  readonly account: Account;
  /** Whole sentences, about what GitHub did not show. */
  readonly notes: readonly string[];
}

/** Asks GitHub whether the account, its teams, rules and settings, and what a repository has already, are as needed. */
export async function askGitHub(session: ApiSession, settings: RepositorySettings): Promise<Preflight> {
  const { owner, name, visibility = "private" } = settings;
  const owners = codeOwnersByKey(settings);
  // The first `up` gives the teams access.
  const isNew = settings.empty === true && (await isManaged(session)) !== true;
  const questions = { owner, repository: name, owners: Object.values(owners).flat(), isNew };
  const { account, notes } = await readAccount(session.github, questions);
  const rules = await forbidden(session, settings.checksApp);
  const problems = [
    ...preflight(account, { visibility, owners }),
    ...(await ownerErrors(session)),
    ...rules.problems,
    ...(await pastProblems(session, settings)),
  ];
  return { problems, account, notes: [...notes, ...rules.notes] };
}

type Api = Pick<ApiSession, "github" | "repository">;

/** Deployment environments and variables that `up` creates. */
const APPS = ["bump", "release"];
const VARIABLES = ["BUMP_APP_ID", "RELEASE_APP_ID"];
/** Two rulesets with names that only the platform uses. They show that the repository is already the platform's. */
const OWN_RULESETS = [environmentBranch("*"), RECORD_TAGS];

/** Whether the platform manages the repository already. Undefined: there is none, or the token may not see it. */
export async function isManaged({ github, repository }: Api): Promise<boolean | undefined> {
  const rulesets = await ownRulesets({ github, repository });
  return rulesets && OWN_RULESETS.every((name) => rulesets.some((ruleset) => ruleset.name === name));
}

async function ownRulesets({ github, repository }: Api) {
  return answerOf(
    github
      .paginate(github.rest.repos.getRepoRulesets, { ...repository, includes_parents: false, per_page: 100 })
      .then((data) => ({ data })),
  );
}

/**
 * Finds what an existing repository has that `up` would change, fail at, or take over by mistake. Empty if there is no
 * repository, or the platform already manages it.
 */
export async function pastProblems(session: Api, settings: RepositorySettings): Promise<Problem[]> {
  const { repository } = session;
  const rulesets = await ownRulesets(session);
  if (!rulesets || OWN_RULESETS.every((name) => rulesets.some((ruleset) => ruleset.name === name))) return [];
  const name = `${repository.owner}/${repository.repo}`;
  const notNew: Problem = {
    key: "repository.adopt",
    got: settings.adopt === undefined ? "nothing" : "false",
    expected: `true: ${name} exists`,
    fix: "Set it to take the repository over, or choose another repository.name.",
  };
  const found = await Promise.all([
    codeOwners(session),
    deploymentEnvironments(session),
    branches(session),
    protections(session),
    webhooks(session),
    variables(session),
  ]);
  return [
    ...(settings.adopt === true || settings.empty === true ? [] : [notNew]),
    ...(settings.empty === true ? await firstFiles(session) : []),
    ...rulesets.filter((ruleset) => rulesetNames().includes(ruleset.name)).map(sameRuleset),
    ...found.flat(),
  ];
}

function rulesetNames(): string[] {
  const approved = approvedEnvironments().map(environmentBranch);
  return ["main", ...approved, "release", "reserved branches", ...OWN_RULESETS];
}

function sameRuleset({ name }: { readonly name: string }): Problem {
  return {
    key: `ruleset ${name}`,
    got: "one that is not the platform's",
    expected: "none of that name: up makes one, and GitHub takes a name once",
    fix: "Give it another name, or remove it: Settings, Rules.",
  };
}

/** The names of the files and folders in the root of the default branch; undefined if there is no repository. */
export async function rootFiles({ github, repository }: Api): Promise<string[] | undefined> {
  const found = await answerOf(github.rest.repos.getContent({ ...repository, path: "" }));
  return Array.isArray(found) ? found.map(({ name }) => name) : undefined;
}

/** Checks that a repository that gets its first content has nothing else. */
async function firstFiles(session: Api): Promise<Problem[]> {
  const others = (await rootFiles(session))?.filter((name) => name !== "README.md") ?? [];
  if (others.length === 0) return [];
  const fix = "Remove them, or set repository.adopt in place of repository.empty.";
  return [{ key: "repository.empty", got: others.join(", "), expected: "nothing but README.md", fix }];
}

/** Checks for other CODEOWNERS files. GitHub reads only the first of `.github/`, the root and `docs/`. */
async function codeOwners({ github, repository }: Api): Promise<Problem[]> {
  const paths = ["CODEOWNERS", "docs/CODEOWNERS"];
  const files = await Promise.all(paths.map((path) => answerOf(github.rest.repos.getContent({ ...repository, path }))));
  return paths
    .filter((_, index) => files[index] !== undefined)
    .map((path) => ({
      key: path,
      got: "code owners",
      expected: "none there: gitops platform brings .github/CODEOWNERS, which GitHub reads in its place",
      fix: "Put its rules into the setting repository.codeOwners, and remove the file.",
    }));
}

async function deploymentEnvironments({ github, repository }: Api): Promise<Problem[]> {
  const own = [...environments.map(({ name }) => name), ...APPS];
  const list = await answerOf(github.rest.repos.getAllEnvironments({ ...repository, per_page: 100 }));
  return (list?.environments ?? [])
    .filter(({ name }) => own.includes(name.toLowerCase()))
    .map(({ name, protection_rules: rules = [] }) => ({
      key: `environment ${name}`,
      got: rules.length === 0 ? "one without rules" : rules.map(({ type }) => type).join(", "),
      expected: "none of that name: up makes one that only main may use, without reviewers and timers",
      fix: "Give what uses it another environment, and remove this one: Settings, Environments.",
    }));
}

async function branches({ github, repository }: Api): Promise<Problem[]> {
  const list = await answerOf(
    github.paginate(github.rest.repos.listBranches, { ...repository, per_page: 100 }).then((data) => ({ data })),
  );
  const names = (list ?? []).map(({ name }) => name);
  return [
    ...names.filter(isReservedBranch).map((name) => ({
      key: `branch ${name}`,
      got: "a branch",
      expected: "none of that name: Git keeps no branch of the platform's above or below it",
      fix: `Rename it, or remove it: git push origin :refs/heads/${name}`,
    })),
    ...names
      .filter((name) => /^env\/[^/]+$/.test(name))
      .map((name) => ({
        key: `branch ${name}`,
        got: "a branch",
        expected: "none: up begins it at main, and what it holds would be taken for approved",
        fix: `Rename it, or remove it: git push origin :refs/heads/${name}`,
      })),
  ];
}

/** Checks classic branch protection, which applies in addition to rulesets and is not in the list of rules. */
async function protections({ github, repository }: Api): Promise<Problem[]> {
  const names = ["main", ...approvedEnvironments().map(environmentBranch)];
  const found = await Promise.all(
    names.map((branch) => answerOf(github.rest.repos.getBranchProtection({ ...repository, branch }))),
  );
  return names.flatMap((branch, index) => protectionProblems(branch, found[index]));
}

/** The requirements of a branch's classic protection that the platform cannot meet. */
export function protectionProblems(
  branch: string,
  protection: components["schemas"]["branch-protection"] | undefined,
): Problem[] {
  if (!protection) return [];
  const { required_pull_request_reviews: reviews, restrictions, required_status_checks: checks } = protection;
  const asks = [
    ...(protection.required_linear_history?.enabled === true ? ["linear history"] : []),
    ...(protection.required_signatures?.enabled === true ? ["signed commits"] : []),
    ...(protection.lock_branch?.enabled === true ? ["a locked branch"] : []),
    ...(restrictions ? ["restricted pushes"] : []),
    ...(branch === "main" && (reviews?.required_approving_review_count ?? 0) > 0 ? ["approvals"] : []),
    ...(checks ? [`checks (${checks.contexts.join(", ")})`] : []),
  ];
  if (asks.length === 0) return [];
  return [
    {
      key: `protection of ${branch}`,
      got: asks.join(", "),
      expected: "none of these: they add to the platform's rulesets",
      fix: "Remove them, or the whole protection: Settings, Branches.",
    },
  ];
}

async function webhooks({ github, repository }: Api): Promise<Problem[]> {
  const list = await answerOf(github.rest.repos.listWebhooks({ ...repository, per_page: 100 }));
  return (list ?? [])
    .filter(({ config }) => config.url?.endsWith("/api/webhook") === true)
    .map(({ config, id }) => ({
      key: `webhook ${id}`,
      got: new URL(config.url ?? "").host,
      expected: "none of Argo CD's: up makes those of the setting webhooks, and GitHub takes an address once",
      fix: "Remove it, or leave its address out of webhooks: Settings, Webhooks.",
    }));
}

async function variables({ github, repository }: Api): Promise<Problem[]> {
  const list = await answerOf(github.rest.actions.listRepoVariables({ ...repository, per_page: 30 }));
  return (list?.variables ?? [])
    .filter(({ name }) => VARIABLES.includes(name))
    .map(({ name }) => ({
      key: `variable ${name}`,
      got: "one that is there",
      expected: "none of that name: up makes it",
      fix: "Remove it: Settings, Secrets and variables, Actions.",
    }));
}
