import type { Git } from "../git/git";
import { readObject } from "../git/objects";
import { type Database, sameName } from "../store/database";
import { atLeast } from "../store/permissions";
import type { RepositoryRecord, TeamRecord } from "../store/records";
import { repositoryKey, roleOf } from "./access/roles";
import { codeOwnersExpression, patternProblem } from "./patterns";

/** The CODEOWNERS file of a commit; undefined if GitHub would read none. */
export async function loadCodeowners(git: Git, commit: string): Promise<{ path: string; text: string } | undefined> {
  for (const path of LOCATIONS) {
    const file = await readObject(git, `${commit}:${path}`);
    if (file?.type !== "blob") continue;
    return file.content.length < MAX_FILE ? { path, text: file.content.toString() } : undefined;
  }
  return undefined;
}

/** A file with its valid owners. */
export interface OwnedPath {
  path: string;
  owners: Owner[];
}

/** The owners of files according to the CODEOWNERS file of a commit. Files without a valid owner are omitted. */
export async function ownedPaths(
  database: Database,
  repository: RepositoryRecord,
  git: Git,
  commit: string,
  paths: readonly string[],
): Promise<OwnedPath[]> {
  const file = await loadCodeowners(git, commit);
  if (!file) return [];
  const { rules } = parseCodeowners(file.text);
  const known = new Map<string, Owner | undefined>();
  const owner = (text: string) => {
    if (!known.has(text)) known.set(text, findOwner(database, repository, text));
    return known.get(text);
  };
  return paths
    .map((path) => {
      const mentions = ruleFor(rules, path)?.owners ?? [];
      return { path, owners: mentions.map(({ text }) => owner(text)).filter((found) => found !== undefined) };
    })
    .filter(({ owners }) => owners.length > 0);
}

/** A valid owner. */
interface Owner {
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
function findOwner(database: Database, repository: RepositoryRecord, text: string): Owner | undefined {
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

/** A line of a CODEOWNERS file that assigns owners to a pattern. */
interface OwnerRule {
  /** From 1. */
  line: number;
  source: string;
  pattern: string;
  expression: RegExp;
  /** As written: `@user`, `@org/team` or an e-mail address. Empty: matching files have no owner. */
  owners: OwnerMention[];
}

/** An owner and its position in the line. */
export interface OwnerMention {
  text: string;
  /** From 1. */
  column: number;
}

/** An error in a CODEOWNERS file; GitHub skips the line. */
interface OwnersError {
  line: number;
  column: number;
  kind: "Invalid pattern" | "Invalid owner" | "Unknown owner";
  source: string;
  suggestion: string | null;
}

/** Largest file that GitHub reads, in bytes. */
const MAX_FILE = 3 * 1024 * 1024;
/** Where the file can be; the first one that exists is used. */
const LOCATIONS = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"] as const;

const OWNER = /^@[A-Za-z0-9][A-Za-z0-9-]*(?:\/[A-Za-z0-9_.-]+)?$|^[^@\s]+@[^@\s.]+(?:\.[^@\s.]+)+$/;

/** The rules of a CODEOWNERS file, in order, and its errors. Owners are not resolved. */
export function parseCodeowners(text: string): { rules: OwnerRule[]; errors: OwnersError[] } {
  const rules: OwnerRule[] = [];
  const errors: OwnersError[] = [];
  for (const [at, source] of text.split(/\r?\n/).entries()) {
    const [first, ...rest] = tokens(source);
    if (!first) continue;
    const line = at + 1;
    const problem = patternProblem(first.text);
    if (problem) {
      errors.push({ line, column: first.column, kind: "Invalid pattern", source, suggestion: problem.suggestion });
      continue;
    }
    const bad = rest.filter((owner) => !OWNER.test(owner.text));
    for (const { column } of bad) errors.push({ line, column, kind: "Invalid owner", source, suggestion: null });
    if (bad.length > 0) continue;
    rules.push({ line, source, pattern: first.text, expression: codeOwnersExpression(first.text), owners: rest });
  }
  return { rules, errors };
}

/** The words of a line before its comment. A backslash escapes the following space. */
function tokens(source: string): OwnerMention[] {
  const words = [...source.matchAll(/(?:\\.|[^\s\\]|\\$)+/g)].map((match) => ({
    text: match[0],
    column: match.index + 1,
  }));
  const comment = words.findIndex(({ text }) => text.startsWith("#"));
  return comment < 0 ? words : words.slice(0, comment);
}

/** The rule that determines a file's owners: the last one that matches it. */
export function ruleFor(rules: readonly OwnerRule[], path: string): OwnerRule | undefined {
  return rules.findLast((rule) => rule.expression.test(path));
}
