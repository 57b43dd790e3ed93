import { readFileSync } from "node:fs";
import { z } from "zod";
import { type Database, now, sameName } from "../../store/database";
import type { Permission } from "../../store/permissions";
import type { AccountRecord, AppRecord } from "../../store/records";
import { ACTIONS_APP_ID, ACTIONS_APP_SLUG } from "./actions-app";
import { SCOPES } from "./token-scopes";

const login = z.string().regex(/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,37}[A-Za-z0-9])?$/, "letters, digits and single hyphens");
const repositoryName = z.string().regex(/^[^/]+\/[^/]+$/, "owner/name");
const grants = z.record(repositoryName, z.enum(["read", "triage", "write", "maintain", "admin"])).default({});
const token = z.string().min(8);
const permissions = z.partialRecord(z.enum(SCOPES), z.enum(["read", "write"]));

const teamSchema = z.strictObject({
  slug: login,
  name: z.string().optional(),
  privacy: z.enum(["closed", "secret"]).default("closed"),
  members: z.array(login).default([]),
  repositories: grants,
});

const seedSchema = z.strictObject({
  organizations: z.array(
    z.strictObject({
      login,
      basePermission: z.enum(["none", "read", "write", "admin"]).default("read"),
      plan: z.enum(["free", "team", "enterprise"]).default("team"),
      teams: z.array(teamSchema).default([]),
    }),
  ),
  users: z.array(
    z.strictObject({
      login,
      token,
      tokens: z.array(z.strictObject({ token, permissions, repositories: z.array(repositoryName) })).default([]),
      name: z.string().optional(),
      email: z.string().optional(),
      organizations: z.record(login, z.enum(["admin", "member"])).default({}),
      repositories: grants,
    }),
  ),
  apps: z
    .array(
      z.strictObject({
        slug: login,
        id: z.int().positive().optional(),
        token,
        permissions,
        repositories: z.array(repositoryName),
        publicKey: z.string().startsWith("-----BEGIN PUBLIC KEY-----").optional(),
        tokens: z
          .array(
            z.strictObject({
              token,
              permissions: permissions.optional(),
              repositories: z.array(repositoryName).optional(),
            }),
          )
          .default([]),
      }),
    )
    .default([]),
  limits: z
    .strictObject({
      contentWritesPerMinute: z.int().positive().optional(),
      contentWritesPerHour: z.int().positive().optional(),
    })
    .default({}),
});

/**
 * The accounts that exist when the server starts.
 * - organizations: `login`; `basePermission` of members in every repository (default: read); `plan`: free, team
 *   (default) or enterprise, which is only shown to owners; `teams`: `slug`, `name`, `privacy`, `members`,
 *   `repositories`: owner/name → the team's permission.
 * - users: `login`, `token`; `organizations`: login → admin or member; `repositories`: owner/name → read, triage,
 *   write, maintain or admin, also for repositories that do not exist yet; `name`, `email` for the commits made through
 *   the API; `tokens`: more tokens, limited to `permissions` and `repositories` (fine-grained tokens).
 * - apps: `slug` (its account is `<slug>[bot]`), `id` (which rulesets can pin; default: the account's own id;
 *   `github-actions` is always 15368), and its installation: `token`, `permissions`, `repositories` (`owner/name` or
 *   `owner/*`); `tokens`: more tokens with narrower limits; `publicKey` (PEM): the public part of the key with which it
 *   signs JWTs to request tokens.
 * - limits: GitHub's secondary limits of writes by one account (80 a minute, 500 an hour on github.com); default: none.
 *
 * Tokens stay in memory: the database does not contain them.
 */
export type Seed = z.infer<typeof seedSchema>;

/** A seed file as written, before defaults. */
export type SeedInput = z.input<typeof seedSchema>;

/**
 * Validates a seed and sets its defaults. Throws one message with every problem; `place` is the seed's origin, such as
 * its path.
 */
export function parseSeed(content: unknown, place: string): Seed {
  const result = seedSchema.safeParse(content);
  if (!result.success) throw new Error(`${place}:\n${z.prettifyError(result.error)}`);
  return result.data;
}

/** Reads a seed file. Throws one message with every problem. */
export function readSeed(file: string): Seed {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    const reason = error instanceof SyntaxError ? "invalid JSON" : (error as Error).message;
    throw new Error(
      `${file}: got ${reason}; expected a seed file (packages/github-stand-in/README.md says what it holds).`,
    );
  }
  return parseSeed(content, file);
}

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
  database.removeSeededApps();
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
  const account = botAccount(database, app.slug, grantsOf(app.permissions, app.repositories));
  const id = app.slug === ACTIONS_APP_SLUG ? ACTIONS_APP_ID : (app.id ?? account.app?.id ?? account.id);
  const taken = database.accounts.find((other) => other !== account && other.app?.id === id);
  if (taken)
    throw new Error(`apps: got the id ${id} for ${app.slug} and for ${taken.login}; expected a unique id. Change one.`);
  account.app = { id, slug: app.slug };
  const { createdAt } = account;
  database.apps.push({
    ...{ ...account.app, name: app.slug, owner: app.repositories[0]?.split("/")[0] ?? null, description: null },
    ...{ externalUrl: "http://localhost", permissions: app.permissions, publicKey: app.publicKey ?? null },
    ...{ createdAt, seeded: true },
    // With the App's own id, so that a seed can determine it.
    installation: { id, repositories: app.repositories, createdAt },
  });
}

/** Creates or updates the account as which an App acts, with its rights by repository. */
export function botAccount(database: Database, slug: string, grants: AccountRecord["grants"]): AccountRecord {
  const login = `${slug}[bot]`;
  return upsert(database, login, {
    type: "Bot",
    name: login,
    email: `${login}@users.noreply.localhost`,
    grants,
  });
}

/** The rights of an App's account in the repositories that it is installed on. */
export function grantsOf(
  permissions: AppRecord["permissions"],
  repositories: readonly string[],
): AccountRecord["grants"] {
  const right: Permission = permissions.contents === "write" ? "write" : "read";
  return lowerKeys(Object.fromEntries(repositories.map((name) => [name, right])));
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
