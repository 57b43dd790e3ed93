import { existsSync } from "node:fs";
import { stat, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { ToolsError } from "./go";

/** Twice the size of the finished programs: they are linked in a temporary folder, then moved. */
const programBytes = 1.6e9;

/** Measured: Go's build cache grew to 5 GB over 3,950 packages. */
const packageBytes = 5e9 / 3950;

/**
 * Throws if the disk cannot hold the build: better now than after ten minutes.
 * @param folder where the programs go
 * @param buildCache Go's GOCACHE
 * @param packages how many packages are to be compiled
 */
export async function requireSpace(folder: string, buildCache: string, packages: number): Promise<void> {
  const needs = new Map<number, { place: string; bytes: number; free: number }>();
  const add = async (wanted: string, bytes: number) => {
    const place = existingParent(wanted);
    const { dev } = await stat(place);
    const { bavail, bsize } = await statfs(place);
    const known = needs.get(dev) ?? { place, bytes: 0, free: bavail * bsize };
    needs.set(dev, { ...known, bytes: known.bytes + bytes });
  };
  await add(folder, programBytes);
  await add(buildCache, packages * packageBytes);
  const short = [...needs.values()].find(({ bytes, free }) => free < bytes);
  if (short === undefined) return;
  const gb = (bytes: number) => (bytes / 1e9).toFixed(1);
  throw new ToolsError(
    `disk of ${short.place}: got ${gb(short.free)} GB free; expected ${gb(short.bytes)} GB for building the tools. ` +
      "Free some space, or set XDG_CACHE_HOME and GOCACHE to a larger disk.",
  );
}

function existingParent(path: string): string {
  return existsSync(path) ? path : existingParent(dirname(path));
}
