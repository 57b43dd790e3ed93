import { rollbackBranch } from "@gitops-platform/contract/branches";
import { Failure } from "@gitops-platform/contract/failure";
import type { Clone } from "../git/clone";
import { formatMessage } from "@gitops-platform/contract/trailers";
import { tipOf } from "../git/commits";
import { remoteBranch } from "../git/refs";
import { GitFailure } from "../git/run-git";
import { changeMain } from "../github/change-main";
import type { Waiting } from "../polling";
import { requireOneBuild } from "../rules";
import type { Session } from "../session";
import { imageOfText, imageOn, namesAt, pathAt, rewritten, type ServiceText, textAt } from "../values/at";
import { restoreImage } from "../values/edit";
import { type ValuesFile, valuesPaths } from "@gitops-platform/contract/paths";
import { type Image, otherPlace, sameVersion, versionName } from "@gitops-platform/contract/values/image";
import { branchOf, describeKept, keptOf, landedOutcome, type Outcome, releaseOf } from "./outcome";

/** A requested rollback. */
export interface RollbackOrder extends ValuesFile {
  readonly reason: string;
  /** The tag to return to, optionally with `@` and its digest; undefined for the previous version. */
  readonly to: string | undefined;
}

/**
 * Restores an environment's earlier version on `main`: only tag and digest. Other changes by the undone commits are
 * kept, and listed with the Git command that undoes them. For an environment with an approval branch, the current
 * version is the one on that branch, which runs, so an unreleased promotion on `main` is undone as well.
 * @throws {Failure} if there is no such version, or its tag does not identify one build according to today's rules.
 */
export async function rollback(session: Session, order: RollbackOrder, waiting: Waiting): Promise<Outcome> {
  const { clone } = session;
  const { service, environment, reason } = order;
  const main = await tipOf(clone, "main");
  const onMain = await imageOn(clone, main, order);
  const path = await pathAt(clone, main, order);
  const followed = await branchOf(session, environment);
  const versions = await pastVersions(clone, remoteBranch(followed ?? "main"), order);
  const { present, target, isBack } = rollbackTarget(versions, { path, to: order.to });
  const undone = versions.slice(0, versions.indexOf(target)).map(({ commit }) => commit);
  const kept = await keptOf(clone, undone, order);
  const outcome = {
    service,
    environment,
    image: versionName(target),
    summary: `Roll back ${service} in ${environment} to ${target.tag}`,
    ...(await releaseOf(session, order, target)),
    ...(kept.length > 0 && { kept }),
  };
  if (isBack && order.to === undefined) {
    // The version on main is newer than that rollback.
    session.log(
      `${service} in ${environment} went back to ${target.tag} already, by ${present.commit.slice(0, 12)}, and main ` +
        `says ${onMain.tag}. For another version, name its tag: --to <tag>.`,
    );
    return { ...outcome, state: "already" };
  }
  if (sameVersion(onMain, target)) return { ...outcome, state: "already" };
  await requireOneBuild(clone, target);
  if (!sameVersion(onMain, present))
    session.log(`${versionName(onMain)} on main, not released yet, is rolled back too.`);
  const { requestedBy } = await session.actor();
  const trailers = {
    Service: service,
    Environment: environment,
    Image: versionName(target),
    Reverts: present.commit,
    "Requested-By": requestedBy.map((login) => `@${login}`),
  };
  const change = `${service} in ${environment}: \`${versionName(onMain)}\` → \`${versionName(target)}\`.`;
  const elsewhere = otherPlace(target, onMain);
  if (elsewhere !== undefined) session.log(elsewhere.replaceAll("**", ""));
  const words = {
    subject: outcome.summary,
    message: formatMessage(outcome.summary, trailers, reason.replaceAll(/\s+/g, " ").trim()),
    body: [change, ...(elsewhere === undefined ? [] : [elsewhere]), ...describeKept(kept), `Why: ${reason}`].join(
      "\n\n",
    ),
  };
  const rewrite = ({ path: own, text, source }: ServiceText) =>
    restoreImage(text, target.text, own, { now: source, earlier: target.source });
  const plan = async (on: string) => ({ ...words, texts: await rewritten(clone, on, order, rewrite) });
  const landed = await changeMain(session, rollbackBranch(service, environment), plan, waiting);
  return { ...outcome, ...(landed ? landedOutcome(landed) : { state: "already" }) };
}

/** The current version, and the version that a rollback returns to. */
export interface RollbackTarget {
  readonly present: PastVersion;
  readonly target: PastVersion;
  /** Whether the environment already has the target, because the rollback is repeated. */
  readonly isBack: boolean;
}

/**
 * Chooses the version to return to: without a tag, the one before the current one. But if the current version first
 * appeared before the one that it replaced, it is itself the result of a rollback and stays, so that repeating the
 * command neither toggles nor goes back further. A version that returned after its rollback counts as the newer one.
 * @param versions Newest first.
 * @throws {Failure} if there is no such version, or several.
 */
export function rollbackTarget(
  versions: readonly PastVersion[],
  order: { readonly path: string; readonly to: string | undefined },
): RollbackTarget {
  const { path } = order;
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
  // An exact match comes first: without a digest it is only the tag, which other builds may have as well.
  const exact = versions.filter((version) => versionName(version) === order.to);
  const named = exact.length > 0 ? exact : versions.filter(({ tag }) => tag === order.to);
  const [target] = named;
  const names = [...new Set(named.map(versionName))];
  // With digests, one tag may have been used for several builds.
  if (names.length > 1) {
    const rule = `one of ${names.slice(0, 10).join(", ")}`;
    throw new Failure(`to: got ${JSON.stringify(order.to)}, which was several builds; expected ${rule}. Name it.`);
  }
  if (target) return { present, target, isBack: sameVersion(target, present) };
  const known = [...new Set(before.map(({ tag }) => tag))].slice(0, 10);
  const rule = known.length > 0 ? `a version that it had: ${known.join(", ")}` : "a version that it had; there is none";
  throw new Failure(`to: got ${JSON.stringify(order.to)}; expected ${rule}.`);
}

/** The index of a version's first appearance. A higher index is older. */
function firstCame(versions: readonly PastVersion[], version: PastVersion): number {
  return versions.findLastIndex((past) => sameVersion(past, version));
}

/** An earlier version of an environment. */
interface PastVersion extends Image, ServiceText {
  /** The first-parent commit that introduced it. */
  readonly commit: string;
}

/** The maximum number of changes of a service's file to look at. */
const MEMORY = 100;

/**
 * The versions of a service's file on a branch, newest first, by the branch's first-parent commits, such as merges of
 * pull requests. Changes without a new version, and files that cannot be read, are skipped.
 */
export async function pastVersions(clone: Clone, branch: string, file: ValuesFile): Promise<PastVersion[]> {
  const log = ["log", "--first-parent", `--max-count=${MEMORY}`, "--format=%H", branch, "--", ...valuesPaths(file)];
  const commits = (await clone.git(...log)).split("\n").filter((commit) => commit !== "");
  await clone.prefetch(commits.flatMap((commit) => namesAt(commit, file)));
  const versions: PastVersion[] = [];
  for (const commit of commits) {
    const past = await versionOf(clone, commit, file);
    if (!past) continue;
    // The same version in an older commit, which therefore introduced it.
    if (versions.length > 0 && sameVersion(versions[versions.length - 1] ?? past, past)) versions.pop();
    versions.push(past);
  }
  return versions;
}

async function versionOf(clone: Clone, commit: string, file: ValuesFile): Promise<PastVersion | undefined> {
  try {
    const found = await textAt(clone, commit, file);
    return found && { ...imageOfText(found), ...found, commit };
  } catch (error) {
    // A rollback cannot return to an unreadable file. After a failed fetch it is unknown whether the file is readable.
    if (error instanceof GitFailure || !(error instanceof Failure)) throw error;
    return undefined;
  }
}
