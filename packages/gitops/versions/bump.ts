import { decidingRule, parseCodeOwners } from "@gitops-platform/contract/code-owners";
import { firstWith, isAncestor, withFiles } from "../git/commits";
import { makeCommit } from "../github/make-commit";
import { UnsignedCommit } from "../github/merging";
import { CheckFailed, PullRequestClosed, type PullRequest, BranchOutdated } from "../github/pulls";
import { requireOneBuild } from "../rules";
import type { Session } from "../session";
import { setImage } from "../values/edit";
import { CODE_OWNERS_PATH, valuesPath } from "@gitops-platform/contract/paths";
import { readImage, sameVersion, versionName } from "@gitops-platform/contract/values/image";
import type { Waiting } from "../polling";
import { bumpAlone } from "./bump-alone";
import { BumpBatch, loadOf, type Pending } from "./bump-batch";
import { type BumpOrder, messageOf, outcomeOf } from "./bump-order";
import { BumpQueue, type WaitingBump } from "./bump-queue";
import type { Outcome } from "./outcome";
import { tipOf, valuesOn } from "./deliver";
import { fetchOf } from "../git/refs";
import { pageOf } from "../target";

/** The time without progress after which the next bump in the queue takes over, in milliseconds. */
const TAKEOVER = 15_000;
/** The maximum number of earlier bumps to wait for. */
const FARTHEST = 4;
/** A factor for the pauses of runs that only observe, because fifty of them would keep the host busy. */
const LOOKING_ON = 4;

/**
 * Writes a version into an environment's values on `main`. Bumps of workflows that wait at the same time are merged
 * together, so that many of them stay within GitHub's limits: each waits as a commit on its own branch, and one run at
 * a time merges them all by one pull request, while the others only poll Git. A person's bump, and a bump of a file
 * with an owner, has its own pull request.
 *
 * Nobody can know here which of two versions of a service is newer, so the last request wins.
 * @param takeover The time without progress after which the next bump in the queue takes over, in milliseconds.
 */
export async function bump(
  session: Session,
  order: BumpOrder,
  waiting: Waiting,
  takeover = TAKEOVER,
): Promise<Outcome> {
  await requireOneBuild(session.clone, order.version);
  return new Bump(session, order, waiting, takeover).run();
}

/** The state of the remote at one moment. */
interface Sight {
  readonly main: string;
  /** The batch in progress. */
  readonly pending: Pending | undefined;
  /** The tip of the batch's branch, also if it is no usable batch. */
  readonly batchTip: string | undefined;
  readonly waiting: readonly WaitingBump[];
}

class Bump {
  private readonly queue: BumpQueue;
  private readonly batch: BumpBatch;
  private readonly path: string;
  /** The commit that this bump waits for: its own, or one from an earlier run of the same command. */
  private own: string | undefined;
  /** A batch's commit that cannot be merged. */
  private spoiled: string | undefined;
  private readonly known = new Map<string, boolean>();
  private looked: { key: string; pending: Pending | undefined } | undefined;
  private seen: { key: string; at: number } | undefined;
  private races = 0;
  /** Rules are read once, not again after each lost race. */
  private needsSignature: Promise<boolean> | undefined;

  constructor(
    private readonly session: Session,
    private readonly order: BumpOrder,
    private readonly waiting: Waiting,
    private readonly takeover: number,
  ) {
    this.queue = new BumpQueue(session, order.environment);
    this.batch = new BumpBatch(session, order.environment);
    this.path = valuesPath(order);
  }

  async run(): Promise<Outcome> {
    const { bot } = this.session;
    if (bot === undefined || (await this.isOwned())) return this.alone();
    for (;;) {
      const sight = await this.look();
      const ended = this.own === undefined ? await this.enter(sight, bot) : await this.follow(sight, this.own, bot);
      if (ended) return ended;
    }
  }

  /** Reads the remote's state by Git, without calls to GitHub's API. */
  private async look(): Promise<Sight> {
    const { clone } = this.session;
    // A pattern, because the branch may not exist. A fetch of the pattern removes it from the clone then.
    await clone.fetch(fetchOf("main"), fetchOf("bump/*"), this.queue.refspec);
    const main = await tipOf(clone, "main");
    const batchTip = await this.batch.tip();
    const isGood = batchTip !== undefined && batchTip !== this.spoiled;
    const key = `${main} ${isGood ? batchTip : ""}`;
    const known = this.looked?.key === key ? this.looked : undefined;
    const pending = known ? known.pending : isGood ? await this.batch.pending(batchTip, main) : undefined;
    this.looked = { key, pending };
    return { main, pending, batchTip, waiting: await this.queue.waiting() };
  }

  /** Whether the file has an owner, for whose review a batch would wait. */
  private async isOwned(): Promise<boolean> {
    const { clone } = this.session;
    const text = await clone.read(await tipOf(clone, "main"), CODE_OWNERS_PATH);
    const rule = decidingRule(parseCodeOwners(text ?? ""), this.path);
    return rule !== undefined && rule.owners.length > 0;
  }

  /** Puts the bump into the queue, unless the version is already on `main` or in the queue. */
  private async enter(sight: Sight, bot: string): Promise<Outcome | undefined> {
    const { clone } = this.session;
    const { main, pending, waiting } = sight;
    // Fails for an unknown service before anything is written.
    const text = setImage(await this.valuesAt(main), this.order.version, this.path);
    // The bump was requested again, so its pull request was closed by mistake.
    if (pending && (await this.batch.closed(pending.tip))) {
      this.spoiled = pending.tip;
      return undefined;
    }
    const place = waiting.find(({ service }) => service === this.order.service);
    const [before] = place?.isFresh === true ? await this.queue.pushedBy(bot, [place]) : [];
    if (await this.isAt(before?.tip ?? pending?.tip ?? main)) {
      this.own = before?.tip ?? (pending && (await this.bringer(main, pending.tip)));
      return this.own === undefined ? outcomeOf(this.order, { state: "already" }) : undefined;
    }
    const { requestedBy } = await this.session.actor();
    // Two writes for each of many bumps at once would go beyond GitHub's limits.
    this.needsSignature ??= this.queue.needsSignature(this.order.service);
    const isByApi = await this.needsSignature;
    // An earlier bump of the same service, which waits too, is not lost, unless a later rule refuses its commit.
    const parent = before && (!isByApi || (await this.isVerified(before.tip))) ? before.tip : main;
    const tree = await withFiles(clone, parent, new Map([[this.path, text]]));
    const message = messageOf(this.order, requestedBy);
    const commit = await makeCommit(this.session, { tree, parents: [parent], message }, { isByApi });
    if (await this.queue.put(this.order.service, commit, place?.tip)) this.own = commit;
    else await this.waiting.afterRace(++this.races);
    return undefined;
  }

  /** Determines once where this bump is: merged, in a batch, in the queue, or removed from it. */
  private async follow(sight: Sight, own: string, bot: string): Promise<Outcome | undefined> {
    const { main, pending, waiting } = sight;
    if (await this.has(main, own)) return this.landed(main, own);
    const at = waiting.findIndex(({ service }) => service === this.order.service);
    const place = waiting[at];
    const isInLine = place !== undefined && (await this.has(place.tip, own));
    if (pending) {
      const isMember = await this.has(pending.tip, own);
      // A member that is no longer in the queue belongs to a batch that is about to end.
      const behind = isMember ? (isInLine ? placeIn(pending, place.tip) : 0) : FARTHEST;
      if (this.isTurn(pending.tip, behind)) return this.advance(sight, pending, isMember);
      await this.waiting.for(`the bumps that wait for ${this.order.environment} to be merged`, LOOKING_ON);
      return undefined;
    }
    // Its batch failed, and it is not known which member caused it.
    if (!isInLine) return this.alone();
    const first = waiting[0] ?? place;
    if (this.isTurn(`${main} ${first.tip}`, Math.min(at, FARTHEST))) return this.lead(sight, { place, own }, bot);
    await this.waiting.for(`${first.service} to begin the bumps that wait for ${this.order.environment}`, LOOKING_ON);
    return undefined;
  }

  /** Whether a revision contains a commit. The answer never changes, so it is kept. */
  private async has(revision: string, commit: string): Promise<boolean> {
    const key = `${revision} ${commit}`;
    const known = this.known.get(key) ?? (await isAncestor(this.session.clone, commit, revision));
    this.known.set(key, known);
    return known;
  }

  /** Whether the bumps before this one had enough time since the state began. */
  private isTurn(key: string, behind: number): boolean {
    if (this.seen?.key !== key) this.seen = { key, at: performance.now() };
    return performance.now() - this.seen.at >= behind * this.takeover;
  }

  /** Begins a batch with all bumps in the queue. */
  private async lead(
    { main, waiting, batchTip }: Sight,
    { place, own }: { readonly place: WaitingBump; readonly own: string },
    bot: string,
  ): Promise<Outcome | undefined> {
    const { clone } = this.session;
    const { environment } = this.order;
    const others = waiting.filter((other) => other !== place && other.isFresh);
    // A later bump of the same service is on top of ours and is included. What somebody else pushed there is not.
    const isBots = place.tip === own || (await this.queue.pushedBy(bot, [place])).length > 0;
    const first = isBots ? place : { ...place, tip: own };
    const good = await this.queue.pushedBy(bot, others);
    const bumps = [first, ...good] as const;
    const load = await loadOf(clone, { environment, main }, bumps);
    if (load === undefined) {
      await this.queue.remove([place]);
      return outcomeOf(this.order, { state: "merged" });
    }
    // A bump that another batch has merged in the meantime is no longer in the queue, and must not be merged twice.
    const held = this.queue.hold([place, ...good]);
    if (!(await this.batch.begin(main, load, batchTip, held))) await this.waiting.afterRace(++this.races);
    return undefined;
  }

  /** Reads the state of the batch's pull request once, and merges it if possible. */
  private async advance(sight: Sight, pending: Pending, isMember: boolean): Promise<Outcome | undefined> {
    try {
      const { pull, step } = await this.batch.advance(sight.main, pending.tip);
      if ("wait" in step) await this.waiting.for(`#${pull.number}: ${step.wait}`);
      else if (step.done.state === "merged") await this.queue.sweep();
      // One of the files has an owner after all, and the others must not wait for the review.
      else await this.disband(sight, pending);
    } catch (error) {
      await this.giveUp(error, sight, pending, isMember);
    }
    return undefined;
  }

  /** The batch cannot be merged: it begins again, each bump is merged separately, or this bump fails. */
  private async giveUp(error: unknown, sight: Sight, pending: Pending, isMember: boolean): Promise<void> {
    if (error instanceof BranchOutdated) {
      await this.queue.remove([], { ref: this.batch.ref, at: pending.tip });
    } else if (error instanceof UnsignedCommit) {
      // Alone, each gets a signed commit.
      await this.disband(sight, pending);
      this.session.log(error.message);
    } else if (error instanceof CheckFailed) {
      await this.disband(sight, pending);
      // It is not known which member caused it. Merged separately, the valid ones succeed.
      if (!isMember || pending.members.length > 1) this.session.log(error.message);
      else throw error;
    } else if (error instanceof PullRequestClosed && (await this.look()).batchTip !== pending.tip) {
      // Another run ended the batch: GitHub closes a pull request without a branch. The next round reads the new state.
    } else if (error instanceof PullRequestClosed && !isMember) {
      this.spoiled = pending.tip;
    } else {
      if (error instanceof PullRequestClosed) await this.queue.remove(membersIn(sight, pending));
      throw error;
    }
  }

  /** Ends the batch and removes its bumps from the queue. Their runs see that and merge them separately. */
  private async disband(sight: Sight, pending: Pending): Promise<void> {
    await this.queue.remove(membersIn(sight, pending), { ref: this.batch.ref, at: pending.tip });
  }

  private async alone(): Promise<Outcome> {
    return bumpAlone(this.session, this.order, this.waiting);
  }

  private async isVerified(commit: string): Promise<boolean> {
    const { github, repository } = this.session;
    return (
      (await github.rest.repos.getCommit({ ...repository, ref: commit })).data.commit.verification?.verified === true
    );
  }

  private async isAt(revision: string): Promise<boolean> {
    const text = await this.session.clone.read(revision, this.path);
    return text !== undefined && sameVersion(readImage(text, this.path), this.order.version);
  }

  /** The commit in a batch from another run of the same command. */
  private async bringer(main: string, batch: string): Promise<string | undefined> {
    const log = ["log", "--max-count=1", "--no-merges", "--format=%H", batch, "--not", main, "--", this.path];
    return (await this.session.clone.git(...log)) || undefined;
  }

  /** Reads by Git how our commit got into `main`, because another run usually merges it. */
  private async landed(main: string, own: string): Promise<Outcome> {
    const { clone, target } = this.session;
    const commit = (await firstWith(clone, main, own)) ?? own;
    const number = /\(#(\d+)\)$/.exec(await clone.git("log", "--max-count=1", "--format=%s", commit))?.[1];
    const url = pageOf(target, `/pull/${number ?? ""}`);
    const pullRequest: PullRequest | undefined = number === undefined ? undefined : { number: Number(number), url };
    const present = readImage(await this.valuesAt(main), this.path);
    return outcomeOf(this.order, {
      state: "merged",
      commit,
      ...(pullRequest && { pullRequest }),
      ...(!sameVersion(present, this.order.version) && { replacedBy: versionName(present) }),
    });
  }

  private async valuesAt(revision: string): Promise<string> {
    return valuesOn(this.session.clone, revision, this.order);
  }
}

/** The position of a bump in its batch. */
function placeIn({ members }: Pending, tip: string): number {
  const place = members.indexOf(tip);
  return place < 0 ? FARTHEST : Math.min(FARTHEST, place);
}

/** The bumps of a batch that are still in the queue. */
function membersIn({ waiting }: Sight, { members }: Pending): WaitingBump[] {
  return waiting.filter(({ tip }) => members.includes(tip));
}
