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
  const listing = await clone.git("ls-tree", "-r", "-z", "--full-tree", revision, "--", ...paths);
  const entries = listing.split("\0").filter((entry) => entry !== "");
  return entries.map((entry) => {
    const [attributes = "", path = ""] = entry.split("\t", 2);
    const [mode = "", , blob = ""] = attributes.split(" ");
    if (!FILE_MODES.includes(mode)) {
      throw new Failure(`${path}: got a symbolic link or submodule; expected a file. Put the content itself there.`);
    }
    return { path, blob };
  });
}
