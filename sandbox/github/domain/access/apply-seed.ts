import { type Database, now, sameName } from "../../store/database";
import type { AccountRecord, Permission } from "../../store/records";
import type { Seed } from "./seed";

/** The App id of GitHub Actions, on github.com and here. `GITHUB_TOKEN` belongs to this App. */
export const ACTIONS_APP_ID = 15368;
export const ACTIONS_APP_SLUG = "github-actions";

/** Writes the accounts and teams of a seed into the database. Existing records keep their ids. */
export function applySeed(database: Database, seed: Seed): void {
  for (const { login, basePermission, plan } of seed.organizations) {
    upsert(database, login, { type: "Organization", basePermission, plan });
  }
  for (const user of seed.users) {
    const identity = { name: user.name ?? user.login, email: user.email ?? `${user.login}@users.noreply.localhost` };
    const grants = lowerKeys(user.repositories);
    const account = upsert(database, user.login, { type: "User", grants, ...identity });
    for (const organization of database.accounts) setRole(organization, account.login, user.organizations);
  }
  for (const app of seed.apps) applyApp(database, app);
  for (const { login, teams } of seed.organizations) for (const team of teams) applyTeam(database, login, team);
}

/**
 * Creates the account of GitHub Actions for running workflows. It can write to every repository; each token limits what
 * its job can do.
 */
export function addActionsApp(database: Database): void {
  const login = `${ACTIONS_APP_SLUG}[bot]`;
  const owners = database.accounts.filter(({ type }) => type !== "Bot");
  const grants = Object.fromEntries(owners.map((owner) => [`${owner.login.toLowerCase()}/*`, "write" as const]));
  const email = `${login}@users.noreply.localhost`;
  const app = { id: ACTIONS_APP_ID, slug: ACTIONS_APP_SLUG };
  upsert(database, login, { type: "Bot", name: login, email, grants, app });
}

function applyApp(database: Database, app: Seed["apps"][number]): void {
  const login = `${app.slug}[bot]`;
  const right: Permission = app.permissions.contents === "write" ? "write" : "read";
  const grants = lowerKeys(Object.fromEntries(app.repositories.map((name) => [name, right])));
  const account = upsert(database, login, {
    type: "Bot",
    name: login,
    email: `${login}@users.noreply.localhost`,
    grants,
  });
  const id = app.slug === ACTIONS_APP_SLUG ? ACTIONS_APP_ID : (app.id ?? account.app?.id ?? account.id);
  const taken = database.accounts.find((other) => other !== account && other.app?.id === id);
  if (taken)
    throw new Error(`apps: got the id ${id} for ${app.slug} and for ${taken.login}; expected a unique id. Change one.`);
  account.app = { id, slug: app.slug };
}

function applyTeam(database: Database, organization: string, seeded: Seed["organizations"][number]["teams"][number]) {
  for (const login of seeded.members) {
    if (database.account(login)?.type === "User") continue;
    throw new Error(
      `teams: got the member ${login} of ${organization}/${seeded.slug}; expected a user. Add it to users.`,
    );
  }
  const existing = database.team(organization, seeded.slug);
  const team = existing ?? { id: database.nextId(), organization, slug: seeded.slug, description: null };
  const members = Object.fromEntries(seeded.members.map((login) => [login, "member" as const]));
  const { privacy, name = seeded.slug } = seeded;
  // Keep the access that a team was given since the last start.
  const repositories = { ...existing?.repositories, ...lowerKeys(seeded.repositories) };
  const complete = Object.assign(team, { name, privacy, members, repositories });
  if (!existing) database.teams.push(complete);
}

function setRole(organization: AccountRecord, member: string, roles: Seed["users"][number]["organizations"]): void {
  const role = Object.entries(roles).find(([name]) => sameName(name, organization.login))?.[1];
  if (role) organization.members[member] = role;
}

function upsert(database: Database, name: string, fields: Partial<AccountRecord>): AccountRecord {
  const existing = database.account(name);
  if (existing) return Object.assign(existing, fields);
  const blank = {
    name: null,
    email: null,
    createdAt: now(),
    members: {},
    basePermission: "read" as const,
    plan: "team" as const,
  };
  const account: AccountRecord = {
    id: database.nextId(),
    login: name,
    type: "User",
    ...blank,
    grants: {},
    app: null,
    ...fields,
  };
  database.accounts.push(account);
  return account;
}

function lowerKeys(rights: Record<string, Permission>): Record<string, Permission> {
  return Object.fromEntries(Object.entries(rights).map(([name, right]) => [name.toLowerCase(), right]));
}
