import type { Clone } from "../git/clone";
import type { WantedBranch } from "./wanted";
import { remoteBranch } from "../git/refs";

/** How a branch differs from what the program would write. Plain JSON. */
export interface Difference {
  readonly branch: string;
  /** Whether the branch is there at all. */
  readonly exists: boolean;
  readonly added: readonly string[];
  readonly changed: readonly string[];
  /**
   * Files in the platform's folders that this version does not have: from an earlier one, or somebody's own. Never
   * deleted.
   */
  readonly unknown: readonly string[];
}

/** Compares a branch with what is wanted on it. */
export async function compare(clone: Clone, { branch, files, folders }: WantedBranch): Promise<Difference> {
  const revision = remoteBranch(branch);
  const exists = (await clone.resolve(revision)) !== undefined;
  if (!exists) return { branch, exists, added: [], changed: [], unknown: [] };
  const wanted = new Set(files.map(({ path }) => path));
  const present = folders.length > 0 ? await clone.list(revision, ...folders) : [];
  const texts = await clone.readBlobs(files.map(({ path }) => `${revision}:${path}`));
  const text = (path: string) => texts.get(`${revision}:${path}`);
  return {
    branch,
    exists,
    added: files.filter(({ path }) => text(path) === undefined).map(({ path }) => path),
    changed: files.filter((file) => ![undefined, file.text].includes(text(file.path))).map(({ path }) => path),
    unknown: present.filter((path) => !wanted.has(path)),
  };
}

/** Whether a pull request would change anything. */
export function differs({ exists, added, changed }: Difference): boolean {
  return !exists || added.length + changed.length > 0;
}

/** The difference as lists of files, in Markdown. Empty lists are left out. */
export function describeDifference({ branch, exists, added, changed, unknown }: Difference): string {
  if (!exists) return `${branch} does not exist: \`pulumi up\` makes it.`;
  const list = (title: string, paths: readonly string[]) =>
    paths.length === 0 ? [] : [`${title}\n${paths.map((path) => `- \`${path}\``).join("\n")}`];
  return [
    ...list("Added:", added),
    ...list("Changed:", changed),
    ...list("Not of this version, left as they are. Delete those that an earlier version brought:", unknown),
  ].join("\n\n");
}
