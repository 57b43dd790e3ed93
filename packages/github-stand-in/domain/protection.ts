import { appliesTo } from "@gitops-platform/contract/ref-conditions";
import type { Git } from "../git/git";
import type { RefChange } from "../git/push-hooks";
import { isAncestor, readRef } from "../git/refs";
import type { Database } from "../store/database";
import { atLeast, type Permission } from "../store/permissions";
import type { PullRequestRecord, RepositoryRecord, RulesetRecord } from "../store/records";
import type { BypassActor, DeploymentParameters, Rule, Ruleset, StatusCheckParameters } from "../store/ruleset-schema";
import { type Actor, isMember, roleOf } from "./access/roles";
import { missingForMerge, pullFacts, type PullFacts, type PullSnapshot } from "./merge-requirements";
import { missingChecks } from "./required-checks";
import { gitFacts, hasUnverifiedCommit, updateViolations } from "./update-violations";

/** Evaluates the rulesets of a repository. The decisions are pure functions of facts. */
export class Protection {
  constructor(private readonly database: Database) {}

  /** The active rulesets that apply to a ref. */
  rulesets(repository: RepositoryRecord, ref: string): RulesetRecord[] {
    const { default_branch: defaultBranch } = repository.settings;
    return repository.rulesets.filter(
      (ruleset) => ruleset.enforcement === "active" && appliesTo(ruleset, ref, defaultBranch),
    );
  }

  /** Whether an actor can bypass a ruleset. */
  bypass(actor: Actor | undefined, repository: RepositoryRecord, ruleset: RulesetRecord): CanBypass {
    if (!actor) return "never";
    const { account, app } = actor;
    return canBypass(ruleset, {
      id: account.id,
      appId: app?.id,
      isOrganizationAdmin: this.database.account(repository.owner)?.members[account.login] === "admin",
      teamIds: this.database.teams.filter((team) => isMember(team, account.login)).map(({ id }) => id),
      role: roleOf(this.database, account, repository),
    });
  }

  /**
   * The rules that a change of a ref violates, as GitHub's messages. `merging` is the pull request that the change
   * merges. `git` must see the objects of a push that is not accepted yet.
   */
  async violations(
    actor: Actor,
    repository: RepositoryRecord,
    git: Git,
    change: RefChange,
    merging?: PullSnapshot,
  ): Promise<string[]> {
    const rules = this.rulesets(repository, change.ref)
      .filter((ruleset) => {
        const bypass = this.bypass(actor, repository, ruleset);
        return bypass === "never" || (bypass === "pull_requests_only" && !merging);
      })
      .flatMap((ruleset) => ruleset.rules);
    if (rules.length === 0) return [];
    const facts = await gitFacts(git, change, repository.signed);
    const snapshot = merging ?? (facts.isFastForward ? mergedPull(repository, change) : undefined);
    const pull = snapshot ? await pullFacts(this.database, repository, git, snapshot) : undefined;
    const isBehind = snapshot ? !(await isAncestor(git, snapshot.base, snapshot.head)) : false;
    return updateViolations(rules, {
      ...facts,
      pullRequest: pull && ((parameters) => missingForMerge(parameters, pull)),
      checks: (parameters) => checkViolations(repository, snapshot?.head ?? change.after, isBehind, parameters),
      undeployed: (parameters) => undeployed(repository, snapshot?.head ?? change.after, parameters),
    });
  }

  /** What an open pull request lacks before an actor without a bypass could merge it. */
  async missing(
    repository: RepositoryRecord,
    git: Git,
    pull: PullRequestRecord,
  ): Promise<{ isBehind: boolean; others: string[] }> {
    const ref = `refs/heads/${pull.base.ref}`;
    const rules: Rule[] = this.rulesets(repository, ref).flatMap((ruleset) => ruleset.rules);
    if (rules.length === 0) return { isBehind: false, others: [] };
    const base = (await readRef(git, ref))?.sha ?? pull.base.sha;
    const snapshot = { pull, base, head: pull.head.sha, method: undefined };
    const facts: PullFacts = await pullFacts(this.database, repository, git, snapshot);
    const others = updateViolations(rules, {
      kind: "update",
      target: "branch",
      isFastForward: true,
      includesMergeCommit: false,
      includesUnverified: await hasUnverifiedCommit(git, [snapshot.head, "--not", base], repository.signed),
      pullRequest: (parameters) => missingForMerge(parameters, facts),
      checks: (parameters) => checkViolations(repository, snapshot.head, false, parameters),
      undeployed: (parameters) => undeployed(repository, snapshot.head, parameters),
    });
    const isStrict = rules.some(
      (rule) => rule.type === "required_status_checks" && rule.parameters.strict_required_status_checks_policy,
    );
    return { isBehind: isStrict && !(await isAncestor(git, base, snapshot.head)), others };
  }

  /** Whether approvals of pull requests into a branch are dismissed when the approved changes change. */
  dismissesStale(repository: RepositoryRecord, branch: string): boolean {
    return this.rulesets(repository, `refs/heads/${branch}`).some((ruleset) =>
      ruleset.rules.some((rule) => rule.type === "pull_request" && rule.parameters.dismiss_stale_reviews_on_push),
    );
  }
}

/** The open pull request whose head a push moves its base to. Such a push merges it, and needs what a merge needs. */
function mergedPull(repository: RepositoryRecord, { ref, before, after }: RefChange): PullSnapshot | undefined {
  const pull = repository.pullRequests.find(
    ({ state, draft, base, head }) =>
      state === "open" && !draft && ref === `refs/heads/${base.ref}` && head.sha === after,
  );
  return pull && { pull, base: before, head: after, method: undefined };
}

/** The required environments to which a commit was not deployed successfully. */
function undeployed(
  repository: RepositoryRecord,
  sha: string,
  { required_deployment_environments: names }: DeploymentParameters,
): string[] {
  const isDeployed = (name: string) =>
    repository.deployments.some(
      (one) => one.sha === sha && one.environment === name && one.statuses.at(-1)?.state === "success",
    );
  return names.filter((name) => !isDeployed(name));
}

function checkViolations(
  repository: RepositoryRecord,
  sha: string,
  isBehind: boolean,
  { required_status_checks: required, strict_required_status_checks_policy: isStrict }: StatusCheckParameters,
): string[] {
  const reports = {
    statuses: repository.statuses.filter((status) => status.sha === sha),
    runs: repository.checkRuns.filter((run) => run.sha === sha),
  };
  const missing = missingChecks(required, reports);
  return [
    ...(isStrict && isBehind && required.length > 0 ? ["The head branch is not up to date with the base branch."] : []),
    ...(missing === undefined ? [] : [missing]),
  ];
}

/** What decides about a bypass. */
export interface BypassFacts {
  /** The account's id. */
  id: number;
  /** The App that acts; undefined for a person. */
  appId: number | undefined;
  isOrganizationAdmin: boolean;
  teamIds: number[];
  role: Permission;
}

/** The ids of the repository roles that can be given a bypass, from GitHub's API. */
const ROLE_IDS: Record<number, Permission> = { 2: "maintain", 4: "write", 5: "admin" };

/** When an actor can bypass a ruleset, with the API's values. */
type CanBypass = "always" | "pull_requests_only" | "never";

/** Whether, and when, an actor can bypass a ruleset. */
export function canBypass(ruleset: Pick<Ruleset, "bypassActors">, facts: BypassFacts): CanBypass {
  const modes = ruleset.bypassActors.filter((actor) => is(actor, facts)).map(({ bypass_mode: mode }) => mode);
  if (modes.some((mode) => mode !== "pull_request")) return "always";
  return modes.length > 0 ? "pull_requests_only" : "never";
}

function is({ actor_type: type, actor_id: id }: BypassActor, facts: BypassFacts): boolean {
  switch (type) {
    case "Integration":
      return facts.appId !== undefined && facts.appId === id;
    case "OrganizationAdmin":
      return facts.isOrganizationAdmin;
    case "RepositoryRole": {
      // Only people have roles: an App has permissions instead.
      const role = ROLE_IDS[id ?? 0];
      return role !== undefined && facts.appId === undefined && atLeast(facts.role, role);
    }
    case "Team":
      return facts.teamIds.includes(id ?? 0);
    case "User":
      return facts.id === id;
    case "DeployKey":
      return false;
  }
}
