import { isDeepStrictEqual } from "node:util";
import { parse } from "yaml";
import { MANIFESTS } from "../../environments/manifests";
import { changesBetween } from "../git/changes";
import type { Clone } from "../git/clone";
import { parseValuesPath } from "../values/files";
import { leaves } from "../values/leaves";
import { MAIN } from "../git/refs";

/** What a commit changed beside a service's image, and `main` still has after the image went back. */
export interface Kept {
  readonly commit: string;
  /** Git's command that undoes all of it, to be brought in by a pull request. */
  readonly undo: string;
  /** Keys of the service's values file: `resources.limits.cpu`. */
  readonly values: readonly string[];
  /** Other files. */
  readonly files: readonly string[];
}

/**
 * What stays of the commits whose image a rollback undoes, newest first. A commit that beside the service's values
 * changed those of other services alone, as bumps do that came together, leaves nothing of this one.
 */
export async function keptOf(clone: Clone, commits: readonly string[], path: string): Promise<Kept[]> {
  const found: Kept[] = [];
  await clone.prefetch(commits.flatMap((commit) => [`${commit}^1:${path}`, `${commit}:${path}`]));
  for (const commit of commits) {
    const [id, before, ...more] = (await clone.git("rev-list", "--parents", "--max-count=1", commit)).split(" ");
    if (id === undefined || before === undefined) continue;
    const values = await keptValues(clone, { before, commit, path });
    const files = (await keptFiles(clone, before, commit)).filter((file) => file !== path);
    if (values.length === 0 && files.every(parseValuesPath)) continue;
    found.push({ commit, undo: `git revert${more.length > 0 ? " -m 1" : ""} ${commit.slice(0, 12)}`, values, files });
  }
  return found;
}

/** In one sentence for each commit. */
export function describeKept(kept: readonly Kept[]): string[] {
  return kept.map(({ commit, undo, values, files }) => {
    const what = [...shorten(values), ...shorten(files)].join(", ");
    return `Only the image went back: what else ${commit.slice(0, 12)} changed stays (${what}). To undo all of that commit, bring this in by a pull request: ${undo}`;
  });
}

/** So many names are read; programs get all. */
const SHOWN = 5;

function shorten(names: readonly string[]): string[] {
  return names.length <= SHOWN ? [...names] : [...names.slice(0, SHOWN), `${names.length - SHOWN} more`];
}

/** What a rollback restores. */
const RESTORED = ["image.tag", "image.digest"];

async function keptValues(
  clone: Clone,
  { before, commit, path }: { readonly before: string; readonly commit: string; readonly path: string },
): Promise<string[]> {
  const texts = [before, commit, MAIN].map((revision) => clone.read(revision, path));
  const [was, made, is] = (await Promise.all(texts)).map(valuesOf);
  if (!was || !made || !is) return [];
  const changed = [...new Set([...was.keys(), ...made.keys()])].filter((key) => !RESTORED.includes(key));
  return changed.filter(
    (key) => !isDeepStrictEqual(was.get(key), made.get(key)) && !isDeepStrictEqual(was.get(key), is.get(key)),
  );
}

/** Undefined where there is no file, or none that can be read. */
function valuesOf(text: string | undefined): Map<string, unknown> | undefined {
  try {
    return text === undefined ? undefined : leaves(parse(text, { logLevel: "error" }));
  } catch {
    return undefined;
  }
}

async function keptFiles(clone: Clone, before: string, commit: string): Promise<string[]> {
  const changes = await changesBetween(clone, before, commit);
  const now = await changesBetween(clone, before, MAIN);
  const differ = new Set(now.map(({ path }) => path));
  // Manifests are no change of their own: they follow from the rest.
  return changes.map(({ path }) => path).filter((path) => differ.has(path) && !path.startsWith(`${MANIFESTS}/`));
}
