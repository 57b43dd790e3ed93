import { readFileSync } from "node:fs";
import { z } from "zod";
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
    throw new Error(`${file}: got ${reason}; expected a seed file (sandbox/github/README.md says what it holds).`);
  }
  return parseSeed(content, file);
}
