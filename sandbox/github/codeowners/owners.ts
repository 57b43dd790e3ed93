import { atLeast, repositoryKey, roleOf } from "../auth";
import { type Database, sameName } from "../database";
import type { RepositoryRecord, TeamRecord } from "../records";
import type { OwnerRule, OwnersError } from "./parse";

/** An owner that counts. */
export interface Owner {
  /** `login` or `organisation/team`: how messages name it. */
  name: string;
  /** Who can approve for it. */
  logins: string[];
  /** The team, where it is one. */
  team: TeamRecord | undefined;
}

/**
 * Who an owner of a CODEOWNERS file is. A person needs the right to write; a team must be visible, and have that right
 * itself, whatever its members have. Undefined where it does not count.
 */
export function findOwner(database: Database, repository: RepositoryRecord, text: string): Owner | undefined {
  const [, organization = "", slug] = /^@([^/]+)(?:\/(.+))?$/.exec(text) ?? [];
  if (slug !== undefined) {
    const team = database.team(organization, slug);
    const right = team?.repositories[repositoryKey(repository)] ?? "none";
    if (team?.privacy !== "closed" || !sameName(organization, repository.owner) || !atLeast(right, "write"))
      return undefined;
    return { name: `${team.organization}/${team.slug}`, logins: Object.keys(team.members), team };
  }
  const account = database.accounts.find(({ type, login, email }) =>
    type === "User" && text.startsWith("@") ? sameName(login, organization) : email !== null && sameName(email, text),
  );
  if (account?.type !== "User" || !atLeast(roleOf(database, account, repository), "write")) return undefined;
  return { name: account.login, logins: [account.login], team: undefined };
}

/** The owners that do not count, as GitHub reports them. */
export function unknownOwners(
  database: Database,
  repository: RepositoryRecord,
  rules: readonly OwnerRule[],
): OwnersError[] {
  return rules.flatMap(({ line, source, owners }) =>
    owners
      .filter(({ text }) => !findOwner(database, repository, text))
      .map(({ text, column }) => ({ line, column, kind: "Unknown owner" as const, source, suggestion: hint(text) })),
  );
}

function hint(text: string): string {
  return text.includes("/")
    ? `make sure the team ${text} exists, is publicly visible, and has write access to the repository`
    : `make sure ${text} exists and has write access to the repository`;
}

/** A mistake in the form of GET /repos/{owner}/{repo}/codeowners/errors. */
export function errorShape(error: OwnersError, path: string) {
  const { line, column, kind, source, suggestion } = error;
  const title = `${kind} on line ${line}:${suggestion === null ? "" : ` ${suggestion}`}`;
  const message = `${title}\n\n  ${source}\n  ${" ".repeat(column - 1)}^`;
  return { line, column, kind, source, suggestion, message, path };
}
