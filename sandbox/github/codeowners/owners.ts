import { atLeast, repositoryKey, roleOf } from "../domain/access/authenticator";
import { type Database, sameName } from "../store/database";
import type { RepositoryRecord, TeamRecord } from "../store/records";
import type { OwnerRule, OwnersError } from "../domain/code-owners";

/** A valid owner. */
export interface Owner {
  /** `login` or `organisation/team`, as in GitHub's messages. */
  name: string;
  /** The people who can approve as this owner. */
  logins: string[];
  /** The team, if the owner is one. */
  team: TeamRecord | undefined;
}

/**
 * Resolves an owner of a CODEOWNERS file. A person needs write access. A team must be visible and have write access
 * itself, whatever access its members have. Undefined if the owner is not valid.
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

/** The owners that are not valid, as GitHub reports them. */
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

/** An error in the format of GET /repos/{owner}/{repo}/codeowners/errors. */
export function errorShape(error: OwnersError, path: string) {
  const { line, column, kind, source, suggestion } = error;
  const title = `${kind} on line ${line}:${suggestion === null ? "" : ` ${suggestion}`}`;
  const message = `${title}\n\n  ${source}\n  ${" ".repeat(column - 1)}^`;
  return { line, column, kind, source, suggestion, message, path };
}
