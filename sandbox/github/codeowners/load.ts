import type { Database } from "../store/database";
import type { Git } from "../git/git";
import { readObject } from "../git/objects";
import type { RepositoryRecord } from "../store/records";
import { findOwner, type Owner } from "./owners";
import { LOCATIONS, MAX_FILE, parseCodeowners, ruleFor } from "../domain/code-owners";

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
