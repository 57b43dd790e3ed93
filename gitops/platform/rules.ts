import { approvedEnvironments, environmentBranch, environments } from "../../environments/catalogue";
import type { Problem } from "../../environments/problems";
import { type Hindrance, ruleHindrances, type Use } from "../github/branch-rules";
import { branchRules, settingHindrances } from "../github/hindrances";
import type { ApiSession } from "../session";
import { answerOf, isHidden } from "../github/client";

/** What GitHub was asked, and what it did not tell. */
export interface Asked {
  readonly problems: readonly Problem[];
  /** Whole sentences. */
  readonly notes: readonly string[];
}

type Api = Pick<ApiSession, "github" | "repository">;

/**
 * Everything in the settings of the repository, and in the rules of its organisation, that keeps the platform from its
 * work.
 */
export async function forbidden(session: Api): Promise<Asked> {
  const repository = await answerOf(session.github.rest.repos.get(session.repository));
  if (!repository) return { problems: [], notes: [] };
  const used = branchesInUse();
  const found = await Promise.all(
    used.map(async ([branch, use]) => ruleHindrances(branch, use, await branchRules(session, branch))),
  );
  const actions = await actionsProblems(session);
  return {
    problems: [...settingHindrances(repository), ...oncePerRule(found.flat()), ...actions.problems],
    notes: actions.notes,
  };
}

/** A branch of each kind that the platform merges into or pushes to. */
function branchesInUse(): [string, Use][] {
  const [first, second] = environments.map(({ name }) => name);
  const approved = approvedEnvironments();
  const own = [
    ...approved.map((name) => `release/${name}/api`),
    `bump/${first ?? ""}`,
    `bump-queue/${first ?? ""}/api`,
    `promote/api-to-${second ?? ""}`,
    `rollback/api-in-${first ?? ""}`,
    "platform/update",
  ];
  return [
    ["main", "main"],
    ...approved.map((name): [string, Use] => [environmentBranch(name), "approved"]),
    ...own.map((name): [string, Use] => [name, "own"]),
  ];
}

/** An organisation's rule is mostly one for all branches. */
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

/** A pattern such as `actions/checkout@*`, `actions/*` or, with a minus, one that is not allowed. */
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
