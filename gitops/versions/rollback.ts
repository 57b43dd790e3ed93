import { rollbackBranch } from "../../contract/branches";
import { Failure } from "../errors";
import type { Clone } from "../git/clone";
import { formatMessage } from "../../contract/trailers";
import { remoteBranch } from "../git/refs";
import { GitFailure } from "../git/run-git";
import type { Waiting } from "../polling";
import { requireOneBuild } from "../rules/rules";
import type { Session } from "../session";
import { restoreImage } from "../values/edit";
import { type ValuesFile, valuesPath } from "../../contract/paths";
import { type Image, otherPlace, readImage, sameVersion, versionName } from "../values/image";
import { deliver, tipOf, valuesOn } from "./deliver";
import { branchOf, describeKept, keptOf, landedOutcome, type Outcome, releaseOf } from "./outcome";

/** What a rollback is asked for. */
export interface RollbackOrder extends ValuesFile {
  readonly reason: string;
  /** The tag to go back to, alone or with `@` and its digest; undefined: the one before the present one. */
  readonly to: string | undefined;
}

/**
 * Puts an environment's earlier version back on `main`: tag and digest, and nothing else. What it is pulled from stays.
 * What else the commits changed whose image goes is told, with Git's command for it. Where the environment follows a
 * branch of its own, the version that counts as present is that branch's, the one that runs: an unreleased promotion on
 * `main` goes too.
 * @throws {Failure} where there is no such version, or it is not one build by today's rules.
 */
export async function rollback(session: Session, order: RollbackOrder, waiting: Waiting): Promise<Outcome> {
  const { clone } = session;
  const { service, environment, reason } = order;
  const path = valuesPath(order);
  const main = await tipOf(clone, "main");
  const onMain = readImage(await valuesOn(clone, main, order), path);
  const followed = await branchOf(session, environment);
  const versions = await pastVersions(clone, remoteBranch(followed ?? "main"), path);
  const { present, target, isBack } = rollbackTarget(versions, order);
  const undone = versions.slice(0, versions.indexOf(target)).map(({ commit }) => commit);
  const kept = await keptOf(clone, undone, path);
  const outcome = {
    service,
    environment,
    image: versionName(target),
    summary: `Roll back ${service} in ${environment} to ${target.tag}`,
    ...(await releaseOf(session, order, target)),
    ...(kept.length > 0 && { kept }),
  };
  if (isBack && order.to === undefined) {
    // Whatever main says by now came after that rollback.
    session.say(
      `${service} in ${environment} went back to ${target.tag} already, by ${present.commit.slice(0, 12)}, and main ` +
        `says ${onMain.tag}. For another version, name its tag: --to <tag>.`,
    );
    return { ...outcome, state: "already" };
  }
  if (sameVersion(onMain, target)) return { ...outcome, state: "already" };
  await requireOneBuild(clone, target);
  if (!sameVersion(onMain, present)) session.say(`${versionName(onMain)} on main, not released yet, goes too.`);
  const { requestedBy } = await session.who();
  const trailers = {
    Service: service,
    Environment: environment,
    Image: versionName(target),
    Reverts: present.commit,
    "Requested-By": requestedBy.map((login) => `@${login}`),
  };
  const change = `${service} in ${environment}: \`${versionName(onMain)}\` → \`${versionName(target)}\`.`;
  const elsewhere = otherPlace(target, onMain);
  if (elsewhere !== undefined) session.say(elsewhere.replaceAll("**", ""));
  const delivery = {
    branch: rollbackBranch(service, environment),
    path,
    rewrite: (text: string) => restoreImage(text, target.text, path),
    subject: outcome.summary,
    message: formatMessage(outcome.summary, trailers, reason.replaceAll(/\s+/g, " ").trim()),
    body: [change, ...(elsewhere === undefined ? [] : [elsewhere]), ...describeKept(kept), `Why: ${reason}`].join(
      "\n\n",
    ),
  };
  const landed = await deliver(session, delivery, waiting);
  return { ...outcome, ...(landed ? landedOutcome(landed) : { state: "already" }) };
}

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

/** A version that an environment had, and how it came. */
interface PastVersion extends Image {
  /** The first-parent commit that brought it. */
  readonly commit: string;
  /** The values file's text in that commit. */
  readonly text: string;
}

/** So many changes of a values file are looked back upon. */
const MEMORY = 100;

/**
 * The versions that a values file had on a branch, newest first, by the branch's first parents: one merged pull request
 * is one step. Changes that leave the version as it is are passed over, and so are texts of former times that nobody
 * could read today.
 */
export async function pastVersions(clone: Clone, branch: string, path: string): Promise<PastVersion[]> {
  const log = ["log", "--first-parent", `--max-count=${MEMORY}`, "--format=%H", branch, "--", path];
  const commits = (await clone.git(...log)).split("\n").filter((commit) => commit !== "");
  await clone.prefetch(commits.map((commit) => `${commit}:${path}`));
  const versions: PastVersion[] = [];
  for (const commit of commits) {
    const past = await versionOf(clone, commit, path);
    if (!past) continue;
    // The same version, and older: this commit brought it.
    if (versions.length > 0 && sameVersion(versions[versions.length - 1] ?? past, past)) versions.pop();
    versions.push(past);
  }
  return versions;
}

async function versionOf(clone: Clone, commit: string, path: string): Promise<PastVersion | undefined> {
  try {
    const text = await clone.read(commit, path);
    return text === undefined ? undefined : { ...readImage(text, path), commit, text };
  } catch (error) {
    // A file that cannot be read is no version to go back to. A fetch that failed says nothing of the file.
    if (error instanceof GitFailure || !(error instanceof Failure)) throw error;
    return undefined;
  }
}
