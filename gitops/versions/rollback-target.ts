import { Failure } from "../failure";
import { sameVersion, versionName } from "../values/image";
import { valuesPath, type ValuesFile } from "../values/files";
import type { PastVersion } from "./past-versions";

/** What a rollback leaves, and where it goes. */
export interface RollbackTarget {
  readonly present: PastVersion;
  readonly target: PastVersion;
  /** Whether the environment is at the target: asking twice does not go back twice. */
  readonly isBack: boolean;
}

/**
 * Chooses the version to go back to. Without a tag that is the one before the present one; but where the present one is
 * older than the one that it replaced, it is itself the result of a rollback, and stays: the same command again must
 * neither toggle nor go on. One that was rolled back, and then was brought again, is the newer one all the same.
 * @param versions Newest first.
 * @throws {Failure} where there is no such version, or more than one.
 */
export function rollbackTarget(
  versions: readonly PastVersion[],
  order: ValuesFile & { readonly to: string | undefined },
): RollbackTarget {
  const path = valuesPath(order);
  const [present, ...before] = versions;
  if (!present)
    throw new Failure(`${path}: has no version that could be read; expected two. Correct the file by hand.`);
  if (order.to === undefined) {
    const [previous] = before;
    if (previous && firstCame(versions, present) > firstCame(versions, previous)) {
      return { present, target: present, isBack: true };
    }
    if (previous) return { present, target: previous, isBack: false };
    throw new Failure(
      `${path}: ${present.tag} is its first version; expected one before it. There is nothing to go back to.`,
    );
  }
  // The full name comes first: of a build without a digest it is the tag, which other builds may have as well.
  const exact = versions.filter((version) => versionName(version) === order.to);
  const named = exact.length > 0 ? exact : versions.filter(({ tag }) => tag === order.to);
  const [target] = named;
  const names = [...new Set(named.map(versionName))];
  // Pinned by digests, one tag may have been many builds.
  if (names.length > 1) {
    const rule = `one of ${names.slice(0, 10).join(", ")}`;
    throw new Failure(`to: got ${JSON.stringify(order.to)}, which was several builds; expected ${rule}. Name it.`);
  }
  if (target) return { present, target, isBack: sameVersion(target, present) };
  const known = [...new Set(before.map(({ tag }) => tag))].slice(0, 10);
  const rule = known.length > 0 ? `a version that it had: ${known.join(", ")}` : "a version that it had; there is none";
  throw new Failure(`to: got ${JSON.stringify(order.to)}; expected ${rule}.`);
}

/** How long ago a version first came, in places from the newest: versions come newest first. */
function firstCame(versions: readonly PastVersion[], version: PastVersion): number {
  return versions.findLastIndex((past) => sameVersion(past, version));
}
