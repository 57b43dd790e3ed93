import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";

/** A folder's content in memory: the paths of its folders, and the bytes of its files by path. */
export interface FolderCopy {
  readonly folders: readonly string[];
  readonly files: ReadonlyMap<string, Buffer>;
}

/** Reads a folder with everything below it. */
export function copyOf(folder: string): FolderCopy {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const pathOf = (entry: (typeof entries)[number]) => relative(folder, join(entry.parentPath, entry.name));
  const files = entries.filter((entry) => entry.isFile()).map(pathOf);
  return {
    folders: entries.filter((entry) => entry.isDirectory()).map(pathOf),
    files: new Map(files.map((path) => [path, readFileSync(join(folder, path))])),
  };
}

/** Writes a copy into a folder, which its owner alone can read. */
export function writeCopy({ folders, files }: FolderCopy, folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const path of folders) mkdirSync(join(folder, path), { recursive: true });
  for (const [path, bytes] of files) writeFileSync(join(folder, path), bytes);
}
