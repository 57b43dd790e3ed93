import { type Account, isTeam } from "../../environments/preflight";
import { answerOf, type GitHub } from "../github/client";

/** Whose account is looked at. */
export interface Questions {
  readonly owner: string;
  readonly repository: string;
  /** Code owners; of those, teams are looked up. */
  readonly owners: readonly string[];
}

/** What GitHub says of the account, and what it did not say. */
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

/** What the token may not see is not taken for what is not there. */
const SEEN = { isVisible: true };

/**
 * Asks GitHub what the settings depend on: the account's type and plan, who is in each team, and whether it may write.
 */
export async function readAccount(github: GitHub, { owner, repository, owners }: Questions): Promise<Answers> {
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
    names.map(async (name) => [name, await readTeam(github, name, owner, repository, exists)] as const),
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
            `${owner}/${repository} does not exist yet, or the token may not see it. \`pulumi up\` lets the teams write to it; people it does not: ` +
              "give each code owner who is none of a team the role Write then, and run this again.",
          ]),
    ],
  };
}

/**
 * People of a team, those of its child teams among them. It may write where the repository is not there yet: `pulumi
 * up` sees to it.
 */
async function readTeam(github: GitHub, name: string, owner: string, repo: string, exists: boolean) {
  const { teams } = github.rest;
  const [org = "", team_slug = ""] = name.split("/");
  const members = await answerOf(
    github.paginate(teams.listMembersInOrg, { org, team_slug, per_page: 100 }).then((data) => ({ data })),
    SEEN,
  );
  if (!members) return undefined;
  if (!exists) return { people: members.length, mayWrite: true };
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
