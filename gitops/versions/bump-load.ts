import { Failure } from "../failure";
import type { Clone } from "../git/clone";
import { setImage } from "../values/edit";
import { valuesPath } from "../values/files";
import { readImage } from "../values/image";
import type { Load } from "./bump-batch";
import type { WaitingBump } from "./bump-queue";
import { valuesOn } from "./values-on";

/**
 * What waiting bumps make of `main`: of each commit its version counts, and nothing else that may be in it.
 * @param first Who leads. Throws {@link Failure} where `main` has no place for it; others stay behind then, and say so
 *   themselves.
 * @returns undefined where `main` says already what the first one asks for.
 */
export async function loadOf(
  clone: Clone,
  { environment, main }: { readonly environment: string; readonly main: string },
  [first, ...others]: readonly [WaitingBump, ...WaitingBump[]],
): Promise<Load | undefined> {
  const paths = [first, ...others].map(({ service, tip }) => ({ tip, path: valuesPath({ environment, service }) }));
  await clone.prefetch(paths.flatMap(({ tip, path }) => [`${main}:${path}`, `${tip}:${path}`]));
  const change = async ({ service, tip }: WaitingBump) => {
    const path = valuesPath({ environment, service });
    const before = await valuesOn(clone, main, { environment, service });
    const asked = readImage((await clone.read(tip, path)) ?? "", path);
    return { path, before, after: setImage(before, asked, path) };
  };
  const own = await change(first);
  if (own.after === own.before) return undefined;
  const changes = new Map([[own.path, own.after]]);
  const bumps = [first.tip];
  for (const other of others) {
    try {
      const { path, after } = await change(other);
      changes.set(path, after);
      bumps.push(other.tip);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
    }
  }
  return { bumps, changes };
}
