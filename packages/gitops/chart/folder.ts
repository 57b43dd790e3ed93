import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Failure } from "@gitops-platform/contract/failure";
import type { Clone } from "../git/clone";

/** Git's modes of regular files. */
export const FILE_MODES: readonly string[] = ["100644", "100755"];

/**
 * Writes the charts and values of a revision to a temporary folder for Helm, and removes it after use. Symbolic links
 * and submodules are refused before anything is written, because Helm would follow a link to this machine's files.
 * @throws {Failure} naming the first link or submodule.
 */
export async function withChartFolder<T>(
  clone: Clone,
  revision: string,
  paths: readonly string[],
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const files = await regularFiles(clone, revision, paths);
  const folder = await mkdtemp(join(tmpdir(), "gitops-charts-"));
  try {
    const contents = await clone.readBytes(files.map(({ blob }) => blob));
    for (const { path, blob } of files) {
      const file = join(folder, path);
      await mkdir(dirname(file), { recursive: true });
      const content = contents.get(blob);
      if (content === undefined)
        throw new Failure(`${path}: got no content from the remote; expected it. Run it again.`);
      await writeFile(file, content);
    }
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function regularFiles(clone: Clone, revision: string, paths: readonly string[]) {
  const entries = await treeEntries(clone, revision, paths);
  const link = entries.find(({ mode }) => !FILE_MODES.includes(mode));
  if (link === undefined) return entries;
  throw new Failure(`${link.path}: got a symbolic link or submodule; expected a file. Put the content itself there.`);
}

/** What a revision has at a path: a file, a symbolic link or a submodule. */
export interface TreeEntry {
  readonly path: string;
  /** Git's mode, such as those in {@link FILE_MODES}. */
  readonly mode: string;
  /** The blob's id, or the commit of a submodule. */
  readonly blob: string;
}

/** Everything at or below some paths of a revision. */
export async function treeEntries(clone: Clone, revision: string, paths: readonly string[]): Promise<TreeEntry[]> {
  const listing = await clone.git("ls-tree", "-r", "-z", "--full-tree", revision, "--", ...paths);
  const entries = listing.split("\0").filter((entry) => entry !== "");
  return entries.map((entry) => {
    // A path may contain a tab.
    const end = entry.indexOf("\t");
    const [mode = "", , blob = ""] = entry.slice(0, end).split(" ");
    return { path: entry.slice(end + 1), mode, blob };
  });
}
