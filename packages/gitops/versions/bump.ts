import { bumpBranch } from "@gitops-platform/contract/branches";
import { sameVersion, versionName } from "@gitops-platform/contract/values/image";
import { firstWith, isAncestor, tipOf } from "../git/commits";
import { MAIN } from "../git/refs";
import { changeMain } from "../github/change-main";
import type { Waiting } from "../polling";
import { requireOneBuild } from "../rules";
import type { Session } from "../session";
import { pageOf } from "../target";
import { imageOfText, imageOn, rewritten, type ServiceText, textOn, withVersion } from "../values/at";
import { BumpQueue, type BumpOrder, messageOf, outcomeOf, subjectOf } from "./bump-queue";
import { landedOutcome, type Outcome } from "./outcome";

/** Options of {@link bump}. */
export interface BumpOptions {
  /** Whether to wait until the bump has left the queue. Default: no. */
  readonly wait?: boolean;
}

/**
 * Requests a version for an environment. A workflow's bump waits in the queue, and `gitops land` merges it together
 * with others. A person's bump is a pull request of that person, which this merges.
 *
 * It is not known which of two versions of a service is newer, so the last request wins.
 */
export async function bump(
  session: Session,
  order: BumpOrder,
  waiting: Waiting,
  { wait = false }: BumpOptions = {},
): Promise<Outcome> {
  await requireOneBuild(session.clone, order.version);
  // Fails for an unknown service before anything is written.
  await textOn(session.clone, await tipOf(session.clone, "main"), order);
  if (session.bot === undefined) return bumpAlone(session, order, waiting);
  const queue = new BumpQueue(session, order.environment, session.bot);
  const commit = await enter(session, queue, order, waiting);
  if (commit === undefined) return outcomeOf(order, { state: "already" });
  return wait ? follow(session, queue, { ...order, commit }, waiting) : outcomeOf(order, { state: "queued" });
}

/** Merges a person's bump by a pull request of that person. */
async function bumpAlone(session: Session, order: BumpOrder, waiting: Waiting): Promise<Outcome> {
  const { service, environment, version } = order;
  const words = {
    subject: subjectOf(order),
    message: messageOf(order, (await session.actor()).requestedBy),
    body: `Brings ${service} ${version.tag} to ${environment}.`,
  };
  const rewrite = (present: ServiceText) => withVersion(present, version);
  const plan = async (main: string) => ({ ...words, texts: await rewritten(session.clone, main, order, rewrite) });
  const landed = await changeMain(session, bumpBranch(environment, service), plan, waiting);
  return outcomeOf(order, landed ? landedOutcome(landed) : { state: "already" });
}

/** Queues a bump. Returns its commit, also that of an earlier run; undefined if the version is on `main`. */
async function enter(
  session: Session,
  queue: BumpQueue,
  order: BumpOrder,
  waiting: Waiting,
): Promise<string | undefined> {
  const { clone } = session;
  const message = messageOf(order, (await session.actor()).requestedBy);
  for (let races = 0; ;) {
    const place = await queue.branchOf(order.service);
    const entry = place && (await queue.judge(place));
    if (place && entry?.state === "unrecorded") {
      await waiting.for(`GitHub to record who pushed ${place.branch}`);
    } else {
      // On top of an earlier bump that waits: if that one is merged first, this one is still newer.
      const before = entry?.state === "waits" ? entry.bump.commit : undefined;
      const present = await textOn(clone, before ?? MAIN, order);
      if (sameVersion(imageOfText(present), order.version)) return before;
      const next = { path: present.path, text: withVersion(present, order.version), message };
      const commit = await queue.put(order, place, before, next);
      if (commit !== undefined) return commit;
      await waiting.afterRace(++races);
    }
    await queue.fetch();
  }
}

/** Waits until a bump has left the queue. Only Git is polled, because GitHub limits calls to its API. */
async function follow(
  session: Session,
  queue: BumpQueue,
  bump: BumpOrder & { readonly commit: string },
  waiting: Waiting,
): Promise<Outcome> {
  const { clone } = session;
  for (;;) {
    await queue.fetch();
    // GitHub made it, and it may have left the queue already.
    if ((await clone.resolve(bump.commit)) === undefined) await clone.fetch(bump.commit);
    if (await isAncestor(clone, bump.commit, MAIN)) return landed(session, bump);
    const place = await queue.branchOf(bump.service);
    if (!place || !(await isAncestor(clone, bump.commit, place.tip))) return left(session, queue, bump);
    await waiting.for("the workflow Land to merge it");
  }
}

/** Reads from Git how a bump's commit got into `main`. */
async function landed(session: Session, bump: BumpOrder & { readonly commit: string }): Promise<Outcome> {
  const { clone, target } = session;
  const commit = (await firstWith(clone, MAIN, bump.commit)) ?? bump.commit;
  const number = /\(#(\d+)\)$/.exec(await clone.git("log", "--max-count=1", "--format=%s", commit))?.[1];
  const present = await imageOn(clone, MAIN, bump);
  return outcomeOf(bump, {
    state: "merged",
    commit,
    ...(number !== undefined && { pullRequest: { number: Number(number), url: pageOf(target, `/pull/${number}`) } }),
    ...(!sameVersion(present, bump.version) && { replacedBy: versionName(present) }),
  });
}

/** The outcome of a bump that has left the queue although its commit is not on `main`. */
async function left(
  session: Session,
  queue: BumpQueue,
  bump: BumpOrder & { readonly commit: string },
): Promise<Outcome> {
  const present = await imageOn(session.clone, MAIN, bump);
  // A file with an owner is merged by a pull request of its own, with another commit.
  if (sameVersion(present, bump.version)) return outcomeOf(bump, { state: "merged" });
  if (await queue.isOvertaken(bump)) return outcomeOf(bump, { state: "overtaken", replacedBy: versionName(present) });
  const reason = `The run of the workflow Land says why: ${pageOf(session.target, "/actions/workflows/land.yaml")}`;
  return outcomeOf(bump, { state: "refused", reason });
}
