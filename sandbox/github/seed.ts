import { readFileSync } from "node:fs";
import { z } from "zod";
import { type Database, now, sameName } from "./database";
import type { AccountRecord } from "./records";

const login = z.string().regex(/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,37}[A-Za-z0-9])?$/, "letters, digits and single hyphens");
const grants = z
  .record(z.string().regex(/^[^/]+\/[^/]+$/, "owner/name"), z.enum(["read", "write", "admin"]))
  .default({});
const token = z.string().min(8);

const seedSchema = z.strictObject({
  organizations: z.array(
    z.strictObject({ login, basePermission: z.enum(["none", "read", "write", "admin"]).default("read") }),
  ),
  users: z.array(
    z.strictObject({
      login,
      token,
      name: z.string().optional(),
      email: z.string().optional(),
      organizations: z.record(login, z.enum(["admin", "member"])).default({}),
      repositories: grants,
    }),
  ),
  apps: z.array(z.strictObject({ slug: login, token, repositories: grants })).default([]),
});

/**
 * Who exists when the server starts.
 * - organizations: `login`; `basePermission` of members in every repository (default: read).
 * - users: `login`, `token`; `organizations`: login → admin or member; `repositories`: owner/name → read, write or
 *   admin, also of repositories that do not exist yet; `name`, `email` for the commits made through the API.
 * - apps: `slug` (its account is `<slug>[bot]`), `token`, `repositories`.
 * Tokens stay in memory: the database does not hold them.
 */
export type Seed = z.infer<typeof seedSchema>;

/** Read a seed file. Throws one message with every problem. */
export function readSeed(file: string): Seed {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    const reason = error instanceof SyntaxError ? "text that is not JSON" : (error as Error).message;
    throw new Error(`${file}: got ${reason}; expected a seed file (sandbox/github/README.md says what it holds).`);
  }
  const result = seedSchema.safeParse(content);
  if (!result.success) throw new Error(`${file}:\n${z.prettifyError(result.error)}`);
  return result.data;
}

/** Bring the accounts of a seed into the database; what is there keeps its id. */
export function applySeed(database: Database, seed: Seed): void {
  for (const organization of seed.organizations) {
    upsert(database, organization.login, { type: "Organization", basePermission: organization.basePermission });
  }
  for (const user of seed.users) {
    const identity = { name: user.name ?? user.login, email: user.email ?? `${user.login}@users.noreply.localhost` };
    const account = upsert(database, user.login, { type: "User", ...identity });
    for (const organization of database.accounts) setRole(organization, account.login, user.organizations);
  }
  for (const app of seed.apps) {
    const email = `${app.slug}[bot]@users.noreply.localhost`;
    upsert(database, `${app.slug}[bot]`, { type: "Bot", name: `${app.slug}[bot]`, email });
  }
}

function setRole(organization: AccountRecord, member: string, roles: Seed["users"][number]["organizations"]): void {
  const role = Object.entries(roles).find(([name]) => sameName(name, organization.login))?.[1];
  if (role) organization.members[member] = role;
}

function upsert(database: Database, name: string, fields: Partial<AccountRecord>): AccountRecord {
  const existing = database.account(name);
  if (existing) return Object.assign(existing, fields);
  const blank = { name: null, email: null, createdAt: now(), members: {}, basePermission: "read" as const };
  const account: AccountRecord = { id: database.nextId(), login: name, type: "User", ...blank, ...fields };
  database.accounts.push(account);
  return account;
}
