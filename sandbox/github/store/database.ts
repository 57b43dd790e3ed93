import { join } from "node:path";
import { JsonFile } from "./json-file";
import type { AccountRecord, EnvironmentRecord, PullRequestRecord, Records, RepositoryRecord, RulesetRecord, TeamRecord } from "./records";
import { rulesetSchema } from "./ruleset-schema";

/** Accounts, teams and repositories, stored in `database.json`. Names are compared case-insensitively, as on GitHub. */
export class Database {
  private readonly file: JsonFile<Records>;

  constructor(folder: string) {
    const nothing = { nextId: 1, accounts: [], teams: [], repositories: [] };
    this.file = new JsonFile<Records>(join(folder, "database.json"), nothing);
    this.file.value.teams = this.teams;
    for (const account of this.accounts) Object.assign(account, { ...NEW_IN_ACCOUNTS(), ...account });
    for (const record of this.repositories) complete(record);
  }

  get accounts(): AccountRecord[] {
    return this.file.value.accounts;
  }

  get teams(): TeamRecord[] {
    // A database that was written before teams were added has none.
    return (this.file.value as Partial<Records>).teams ?? [];
  }

  get repositories(): RepositoryRecord[] {
    return this.file.value.repositories;
  }

  /** Returns an id that no record has had before. */
  nextId(): number {
    return this.file.value.nextId++;
  }

  account(login: string): AccountRecord | undefined {
    return this.accounts.find((account) => sameName(account.login, login));
  }

  team(organization: string, slug: string): TeamRecord | undefined {
    return this.teams.find((team) => sameName(team.organization, organization) && sameName(team.slug, slug));
  }

  repository(owner: string, name: string): RepositoryRecord | undefined {
    return this.repositories.find((record) => sameName(record.owner, owner) && sameName(record.name, name));
  }

  /** Removes a repository's record. */
  removeRepository(id: number): void {
    this.file.value.repositories = this.repositories.filter((record) => record.id !== id);
  }

  /** Resolves when all changes so far are on disk. */
  save(): Promise<void> {
    return this.file.save();
  }

  /** Saves without waiting, for changes that no response depends on. */
  saveSoon(): void {
    this.save().catch((error: unknown) => {
      process.stderr.write(`database.json: ${String(error)}\n`);
    });
  }
}

/** Default values of fields that a database of an earlier version may lack. */
const NEW_IN_ACCOUNTS = () => ({ grants: {}, app: null, plan: "team" as const });
/** The initial fields of a new environment. */
export const NEW_IN_ENVIRONMENTS = (): Pick<EnvironmentRecord, "branchPolicies" | "variables" | "secrets"> => ({
  branchPolicies: [],
  variables: [],
  secrets: [],
});
/** The initial fields of a new repository. */
export const NEW_IN_REPOSITORIES = (): Pick<
  RepositoryRecord,
  "statuses" | "checkRuns" | "deployments" | "signed" | "pushers" | "actions"
> => ({
  statuses: [],
  checkRuns: [],
  deployments: [],
  signed: [],
  pushers: {},
  actions: { defaultPermissions: "read", canApprove: false, enabled: true, allowed: "all", selected: {} },
});
const NEW_IN_PULLS = ({ author, head }: PullRequestRecord) => ({
  lastPush: { by: author, sha: head.sha },
  requested: { users: [], teams: [] },
  labels: [],
  reviews: [],
  reviewComments: [],
  comments: [],
  events: [],
});

function complete(record: RepositoryRecord): void {
  const fresh = NEW_IN_REPOSITORIES();
  Object.assign(record, { ...fresh, ...record, actions: { ...fresh.actions, ...record.actions } });
  for (const entry of record.environments) Object.assign(entry, { ...NEW_IN_ENVIRONMENTS(), ...entry });
  for (const ruleset of record.rulesets) Object.assign(ruleset, completeRuleset(record, ruleset));
  for (const pull of record.pullRequests) Object.assign(pull, { ...NEW_IN_PULLS(pull), ...pull });
}

/**
 * Earlier versions stored rulesets without checking them. Reject a stored ruleset that is not enforced here, so that it
 * does not look effective.
 */
function completeRuleset(
  record: RepositoryRecord,
  { bypassActors, ...ruleset }: RulesetRecord,
): Partial<RulesetRecord> {
  const result = rulesetSchema.safeParse({ ...ruleset, bypass_actors: bypassActors });
  if (!result.success) {
    const place = `ruleset ${ruleset.name} of ${record.owner}/${record.name}`;
    throw new Error(`${place}: got rules that are not enforced here; expected enforced ones. Delete the data folder.`);
  }
  const { bypass_actors, ...complete } = result.data;
  return { ...complete, bypassActors: bypass_actors };
}

/** Whether two logins or repository names are equal; case does not matter. */
export function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** The current time in GitHub's format: UTC, whole seconds. */
export function now(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, "Z");
}
