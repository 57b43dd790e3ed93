import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { imageFolders, inRoot, type ProcessLocation } from "./components";
import type { Volumes } from "./volumes";

/**
 * Makes the mount paths below a process's folder contain exactly these files. Like the kubelet, it updates files for a
 * running process too, without a restart. Other folders (emptyDir) keep what the process wrote.
 */
export async function writeVolumes(location: ProcessLocation, volumes: Volumes): Promise<void> {
  for (const folder of [...imageFolders, ...volumes.folders]) {
    await mkdir(inRoot(location, folder), { recursive: true, mode: 0o700 });
  }
  for (const { path, content } of volumes.files) await writeChanged(inRoot(location, path), content);
  const wanted = new Set(volumes.files.map(({ path }) => inRoot(location, path)));
  for (const folder of volumes.exact) await removeOthers(inRoot(location, folder), wanted);
}

async function writeChanged(file: string, content: Buffer): Promise<void> {
  const current = await readFile(file).catch(() => undefined);
  if (current?.equals(content)) return;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  // A reader sees the old file or the new one, never a partly written one.
  await writeFile(`${file}.new`, content, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

async function removeOthers(folder: string, wanted: ReadonlySet<string>): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const file = join(folder, entry.name);
    if (entry.isFile() && !wanted.has(file)) await rm(file, { force: true });
  }
}
