import { RequestError } from "@octokit/request-error";
import {
  bumpBranch,
  environmentBranch,
  promotionBranch,
  queuedBumpBranch,
  releaseBranch,
  rollbackBranch,
  updateBranch,
} from "@gitops-platform/contract/branches";
import { recordTag } from "@gitops-platform/contract/tags";
import { approvedEnvironments, environments } from "@gitops-platform/environments/environments";
import { type Account, isTeam } from "@gitops-platform/environments/preflight";
import type { Problem } from "@gitops-platform/contract/problems";
import { type Hindrance, ruleHindrances, ruleNotes, type Use } from "../github/branch-rules";
import { answerOf, type GitHub, isHidden } from "../github/client";
import { branchRules, settingHindrances, tagRules } from "../github/hindrances";
import type { ApiSession } from "../session";

/** The account to look at. */
export interface Questions {
  readonly owner: string;
  readonly repository: string;
  /** Code owners. The teams among them are looked up. */
  readonly owners: readonly string[];
  /** Whether the next `pulumi up` gives the teams access: the repository was not filled yet. */
  readonly isNew?: boolean;
}

/** Facts about the account, and notes on what GitHub did not show. */
export interface Answers {
  readonly account: Account;
  /** Whole sentences. */
  readonly notes: readonly string[];
}

/** GitHub's names of its plans: https://docs.github.com/en/get-started/learning-about-github/githubs-plans */
const PLANS: Partial<Record<string, Account["plan"]>> = {
  free: "free",
  pro: "pro",
  team: "team",
  business: "enterprise",
  business_plus: "enterprise",
  enterprise: "enterprise",
};

/** Here, a 403 response must not count as missing. */
const SEEN = { isVisible: true };

/** Reads the facts that settings depend on: the account's type and plan, each team's members and its permission. */
export async function readAccount(
  github: GitHub,
  { owner, repository, owners, isNew = false }: Questions,
): Promise<Answers> {
  const { orgs, users, repos } = github.rest;
  const organization = await answerOf(orgs.get({ org: owner }), SEEN);
  if (!organization) {
    const { data } = await users.getByUsername({ username: owner });
    return {
      account: { type: data.type === "Organization" ? "organization" : "user", ...planOf(data.plan) },
      notes: [],
    };
  }
  const exists = (await answerOf(repos.get({ owner, repo: repository }), SEEN)) !== undefined;
  const names = [...new Set(owners.filter(isTeam))];
  const teams = await Promise.all(
    names.map(async (name) => [name, await readTeam(github, name, owner, repository, exists && !isNew)] as const),
  );
  const plan = planOf(organization.plan);
  return {
    account: { type: "organization", ...plan, teams: Object.fromEntries(teams) },
    notes: [
      ...(plan.plan === undefined
        ? [`GitHub does not tell this token the plan of ${owner}: an owner's token with read:org sees it.`]
        : []),
      ...(exists
        ? []
        : [
            `${owner}/${repository} does not exist yet, or the token may not see it. ` +
              "`pulumi up` lets the teams write to it; people it does not: " +
              "give each code owner who is none of a team the role Write then, and run this again.",
          ]),
    ],
  };
}

/**
 * Reads a team: its number of members, including child teams, and whether it may write. Before the repository exists
 * the answer is yes, because `pulumi up` will give the team access.
 */
async function readTeam(github: GitHub, name: string, owner: string, repo: string, asksRight: boolean) {
  const { teams } = github.rest;
  const [org = "", team_slug = ""] = name.split("/");
  const members = await answerOf(
    github.paginate(teams.listMembersInOrg, { org, team_slug, per_page: 100 }).then((data) => ({ data })),
    SEEN,
  );
  if (!members) return undefined;
  if (!asksRight) return { people: members.length, mayWrite: true };
  const accept = "application/vnd.github.v3.repository+json";
  const right = await answerOf(
    teams.checkPermissionsForRepoInOrg({ org, team_slug, owner, repo, headers: { accept } }),
    SEEN,
  );
  return { people: members.length, mayWrite: right?.permissions?.push === true };
}

function planOf(plan: { readonly name: string } | undefined): Pick<Account, "plan"> {
  const known = PLANS[plan?.name.toLowerCase() ?? ""];
  return known === undefined ? {} : { plan: known };
}

/**
 * GitHub's errors about CODEOWNERS on each protected branch, above all owners without write access, whom GitHub
 * silently ignores. Empty if the repository, the branch or the file does not exist yet.
 */
export async function ownerErrors({
  github,
  repository,
}: Pick<ApiSession, "github" | "repository">): Promise<Problem[]> {
  const branches = ["main", ...approvedEnvironments().map(environmentBranch)];
  const found = await Promise.all(
    branches.map(async (ref) =>
      (await errorsOf(github.rest.repos.codeownersErrors({ ...repository, ref }))).map(problemOn(ref)),
    ),
  );
  return found.flat();
}

interface OwnerError {
  readonly line: number;
  readonly column: number;
  readonly kind: string;
  readonly source?: string;
  readonly suggestion?: string | null;
  readonly path: string;
}

async function errorsOf(asked: Promise<{ data: { errors: readonly OwnerError[] } }>): Promise<readonly OwnerError[]> {
  try {
    return (await asked).data.errors;
  } catch (error) {
    if (error instanceof RequestError && error.status === 404) return [];
    throw error;
  }
}

function problemOn(branch: string) {
  return ({ line, column, kind, source = "", suggestion, path }: OwnerError): Problem => {
    const isOwner = kind === "Unknown owner";
    return {
      key: `${path}:${line} on ${branch}`,
      got: source.slice(column - 1).split(/\s/, 1)[0] ?? "nothing",
      expected: isOwner ? "an owner who may write to the repository: GitHub passes over any other" : "no mistake",
      fix: isOwner
        ? "Give the role Write, or correct the name."
        : `${kind}. ${suggestion ?? "Correct the line by a pull request."}`,
    };
  };
}

/** Problems, and notes on what GitHub did not show. */
export interface Asked {
  readonly problems: readonly Problem[];
  /** Whole sentences. */
  readonly notes: readonly string[];
}

type Api = Pick<ApiSession, "github" | "repository">;

/**
 * Finds everything in the repository's settings and its organisation's rules that would block the platform.
 * @param releaseApp The id of the App that records releases.
 */
export async function forbidden(session: Api, releaseApp?: number): Promise<Asked> {
  const repository = await answerOf(session.github.rest.repos.get(session.repository));
  if (!repository) return { problems: [], notes: [] };
  const used = await Promise.all(
    branchesInUse().map(async ([branch, use]) => ({ branch, use, rules: await branchRules(session, branch) })),
  );
  const found = used.map(({ branch, use, rules }) => ruleHindrances(branch, use, rules));
  const records = await recordProblems(session, releaseApp);
  const actions = await actionsProblems(session);
  return {
    problems: [
      ...settingHindrances(repository),
      ...oncePerRule(found.flat()),
      ...oncePerRule(records.problems),
      ...actions.problems,
    ],
    notes: [...new Set(used.flatMap(({ rules }) => ruleNotes(rules))), ...records.notes, ...actions.notes],
  };
}

/** What keeps the release App from creating the tags that record releases. */
async function recordProblems(session: Api, releaseApp: number | undefined) {
  const found = await Promise.all(
    approvedEnvironments().map(async (name) => {
      // Any commit does: rules know the names of tags only.
      const tag = recordTag(name, "0".repeat(40));
      const { rules, hidden } = await tagRules(session, tag, releaseApp);
      return { problems: ruleHindrances(tag, "record", rules), hidden };
    }),
  );
  const hidden = new Set(found.flatMap((one) => one.hidden));
  return {
    problems: found.flatMap(({ problems }) => problems),
    notes: [...hidden].map(
      (name) => `GitHub does not show this token who may bypass the ruleset ${name}, which is about tags.`,
    ),
  };
}

/** One branch of each kind that the platform merges into or pushes to. */
function branchesInUse(): [string, Use][] {
  const [first, second] = environments.map(({ name }) => name);
  const approved = approvedEnvironments();
  const own = [
    ...approved.map((name) => releaseBranch(name, "api")),
    bumpBranch(first ?? ""),
    queuedBumpBranch(first ?? "", "api"),
    promotionBranch("api", second ?? ""),
    rollbackBranch("api", first ?? ""),
    updateBranch(),
  ];
  return [
    ["main", "main"],
    ...approved.map((name): [string, Use] => [environmentBranch(name), "approved"]),
    ...own.map((name): [string, Use] => [name, "own"]),
  ];
}

/** Reports each rule once: an organisation's rule usually applies to all branches. */
function oncePerRule(found: readonly Hindrance[]): Hindrance[] {
  const seen = new Set<string>();
  return found.filter(({ key, got }) => {
    const rule = `${key.replace(/ on [^,]+,/, "")} ${got}`;
    if (seen.has(rule)) return false;
    seen.add(rule);
    return true;
  });
}

/** The actions that the platform's workflows use. GitHub owns all of them. */
const ACTIONS = ["actions/checkout", "actions/setup-node", "actions/create-github-app-token"];

async function actionsProblems({ github, repository }: Api): Promise<Asked> {
  const { actions } = github.rest;
  const key = `Actions permissions of ${repository.owner}/${repository.repo}`;
  const place = "Settings, Actions, General; where an organisation decides, its owners change it there.";
  try {
    const { enabled, allowed_actions: allowed } = (await actions.getGithubActionsPermissionsRepository(repository))
      .data;
    if (!enabled) {
      return { problems: [{ key, got: "disabled", expected: "workflows that run", fix: place }], notes: [] };
    }
    const expected = `${ACTIONS.join(", ")} allowed`;
    if (allowed === "local_only") {
      return { problems: [{ key, got: "actions of this account only", expected, fix: place }], notes: [] };
    }
    if (allowed !== "selected") return { problems: [], notes: [] };
    const { data } = await actions.getAllowedActionsRepository(repository);
    const missing = ACTIONS.filter((name) => !isAllowed(name, data));
    if (missing.length === 0) return { problems: [], notes: [] };
    return { problems: [{ key, got: `${missing.join(", ")} not allowed`, expected, fix: place }], notes: [] };
  } catch (error) {
    if (!isHidden(error)) throw error;
    const note = `GitHub does not tell this token the ${key}: an administrator's token sees whether workflows run.`;
    return { problems: [], notes: [note] };
  }
}

interface Selected {
  readonly github_owned_allowed?: boolean;
  readonly patterns_allowed?: readonly string[];
}

/** Whether the selection permits an action: by a pattern such as `actions/checkout@*`. A leading `!` forbids it. */
function isAllowed(
  name: string,
  { github_owned_allowed: byGitHub, patterns_allowed: patterns = [] }: Selected,
): boolean {
  const fits = (pattern: string) => {
    const [path = ""] = pattern.split("@");
    const expression = path.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
    return new RegExp(`^${expression.join(".*")}$`, "i").test(name);
  };
  if (patterns.some((pattern) => pattern.startsWith("!") && fits(pattern.slice(1)))) return false;
  return byGitHub === true || patterns.some((pattern) => !pattern.startsWith("!") && fits(pattern));
}
