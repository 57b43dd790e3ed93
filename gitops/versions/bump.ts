import { decidingRule, parseCodeOwners } from "../../contract/code-owners";
import { firstWith, isAncestor, withFiles } from "../git/commits";
import { makeCommit } from "../github/make-commit";
import { UnsignedCommit } from "../github/merging";
import { CheckFailed, PullRequestClosed, type PullRequest, BranchOutdated } from "../github/pulls";
import { requireOneBuild } from "../rules";
import type { Session } from "../session";
import { setImage } from "../values/edit";
import { CODE_OWNERS_PATH, valuesPath } from "../../contract/paths";
import { readImage, sameVersion, versionName } from "../../contract/values/image";
import type { Waiting } from "../polling";
import { bumpAlone } from "./bump-alone";
import { BumpBatch, loadOf, type Pending } from "./bump-batch";
import { type BumpOrder, messageOf, outcomeOf } from "./bump-order";
import { BumpQueue, type WaitingBump } from "./bump-queue";
import type { Outcome } from "./outcome";
import { tipOf, valuesOn } from "./deliver";
import { fetchOf } from "../git/refs";
import { pageOf } from "../target";

/** How long nothing moves before the next in line does the work of the one before, in milliseconds. */
const TAKEOVER = 15_000;
/** So many others at most are waited for. */
const FARTHEST = 4;
/** Who only looks on does so less often: fifty of them would keep the host busy. */
const LOOKING_ON = 4;

/**
 * Writes a version into an environment's values on `main`. A workflow's bumps that wait at the same time land together,
 * so that many keep within GitHub's limits: each waits as a commit on a branch of its own, and one of them at a time
 * carries all to `main` by one pull request. The others look on by Git alone. A person's bump, and one of a file that
 * has an owner, has a pull request of its own.
 *
 * Which of two versions of a service is the newer one nobody can know here: the last to ask wins.
 * @param takeover How long nothing moves before the next in line takes over, in milliseconds.
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

/** What the remote looks like at one moment. */
interface Sight {
  readonly main: string;
  /** The batch that is under way. */
  readonly pending: Pending | undefined;
  /** What the batch's branch is at, whatever it is worth. */
  readonly batchTip: string | undefined;
  readonly waiting: readonly WaitingBump[];
}

class Bump {
  private readonly queue: BumpQueue;
  private readonly batch: BumpBatch;
  private readonly path: string;
  /** The commit that this bump waits for: its own, or that of an earlier run of the same command. */
  private own: string | undefined;
  /** A batch's commit that leads nowhere. */
  private spoiled: string | undefined;
  private readonly known = new Map<string, boolean>();
  private looked: { key: string; pending: Pending | undefined } | undefined;
  private seen: { key: string; at: number } | undefined;
  private races = 0;

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

  /** Looks at the remote. Costs no call of GitHub's API. */
  private async look(): Promise<Sight> {
    const { clone } = this.session;
    // A pattern: the branch itself may not be there, and then goes here too.
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

  /** Whether a batch with this file would wait for a review. */
  private async isOwned(): Promise<boolean> {
    const { clone } = this.session;
    const text = await clone.read(await tipOf(clone, "main"), CODE_OWNERS_PATH);
    const rule = decidingRule(parseCodeOwners(text ?? ""), this.path);
    return rule !== undefined && rule.owners.length > 0;
  }

  /** Takes its place in line, where the version is not there or on its way already. */
  private async enter(sight: Sight, bot: string): Promise<Outcome | undefined> {
    const { clone } = this.session;
    const { main, pending, waiting } = sight;
    // Refused before anything is asked of others.
    const text = setImage(await this.valuesAt(main), this.order.version, this.path);
    // Asked for again, so it was closed by mistake.
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
    const isByApi = await this.queue.needsSignature(this.order.service);
    // An earlier bump of the same service, which waits too, is not lost, unless a later rule refuses its commit.
    const parent = before && (!isByApi || (await this.isVerified(before.tip))) ? before.tip : main;
    const tree = await withFiles(clone, parent, new Map([[this.path, text]]));
    const message = messageOf(this.order, requestedBy);
    const commit = await makeCommit(this.session, { tree, parents: [parent], message }, { isByApi });
    if (await this.queue.put(this.order.service, commit, place?.tip)) this.own = commit;
    else await this.waiting.afterRace(++this.races);
    return undefined;
  }

  /** One look at where this bump is: landed, under way, in line, or thrown out of it. */
  private async follow(sight: Sight, own: string, bot: string): Promise<Outcome | undefined> {
    const { main, pending, waiting } = sight;
    if (await this.has(main, own)) return this.landed(main, own);
    const at = waiting.findIndex(({ service }) => service === this.order.service);
    const place = waiting[at];
    const isInLine = place !== undefined && (await this.has(place.tip, own));
    if (pending) {
      const isMember = await this.has(pending.tip, own);
      // Taken off the line, a batch is about to end, and says why.
      const behind = isMember ? (isInLine ? placeIn(pending, place.tip) : 0) : FARTHEST;
      if (this.isTurn(pending.tip, behind)) return this.advance(sight, pending, isMember);
      await this.waiting.for(`the bumps that wait for ${this.order.environment} to be merged`, LOOKING_ON);
      return undefined;
    }
    // Its batch failed, and whose fault that is nobody knows.
    if (!isInLine) return this.alone();
    const first = waiting[0] ?? place;
    if (this.isTurn(`${main} ${first.tip}`, Math.min(at, FARTHEST))) return this.lead(sight, { place, own }, bot);
    await this.waiting.for(`${first.service} to begin the bumps that wait for ${this.order.environment}`, LOOKING_ON);
    return undefined;
  }

  /** Whether a revision has a commit. Commits do not change, so it is asked once. */
  private async has(revision: string, commit: string): Promise<boolean> {
    const key = `${revision} ${commit}`;
    const known = this.known.get(key) ?? (await isAncestor(this.session.clone, commit, revision));
    this.known.set(key, known);
    return known;
  }

  /** Whether those before had their time, since what is looked at began. */
  private isTurn(key: string, behind: number): boolean {
    if (this.seen?.key !== key) this.seen = { key, at: performance.now() };
    return performance.now() - this.seen.at >= behind * this.takeover;
  }

  /** Carries all that wait to `main`. */
  private async lead(
    { main, waiting, batchTip }: Sight,
    { place, own }: { readonly place: WaitingBump; readonly own: string },
    bot: string,
  ): Promise<Outcome | undefined> {
    const { clone } = this.session;
    const { environment } = this.order;
    const others = waiting.filter((other) => other !== place && other.isFresh);
    // A later bump of the same service is on top of ours, and goes with it; what somebody else pushed there does not.
    const isBots = place.tip === own || (await this.queue.pushedBy(bot, [place])).length > 0;
    const first = isBots ? place : { ...place, tip: own };
    const good = await this.queue.pushedBy(bot, others);
    const bumps = [first, ...good] as const;
    const load = await loadOf(clone, { environment, main }, bumps);
    if (load === undefined) {
      await this.queue.remove([place]);
      return outcomeOf(this.order, { state: "merged" });
    }
    // One that another's batch carried meanwhile, and that is off the line since, must not be carried twice.
    const held = this.queue.hold([place, ...good]);
    if (!(await this.batch.begin(main, load, batchTip, held))) await this.waiting.afterRace(++this.races);
    return undefined;
  }

  /** One look at the batch's pull request, merging it where that can be. */
  private async advance(sight: Sight, pending: Pending, isMember: boolean): Promise<Outcome | undefined> {
    try {
      const { pull, step } = await this.batch.advance(sight.main, pending.tip);
      if ("wait" in step) await this.waiting.for(`#${pull.number}: ${step.wait}`);
      else if (step.done.state === "merged") await this.queue.sweep();
      // One of them has an owner after all; the others must not wait for that.
      else await this.disband(sight, pending);
    } catch (error) {
      await this.giveUp(error, sight, pending, isMember);
    }
    return undefined;
  }

  /** The batch leads nowhere: it begins again, each goes alone, or this bump ends. */
  private async giveUp(error: unknown, sight: Sight, pending: Pending, isMember: boolean): Promise<void> {
    if (error instanceof BranchOutdated) {
      await this.queue.remove([], { ref: this.batch.ref, at: pending.tip });
    } else if (error instanceof UnsignedCommit) {
      // Alone, each gets a signed commit.
      await this.disband(sight, pending);
      this.session.log(error.message);
    } else if (error instanceof CheckFailed) {
      await this.disband(sight, pending);
      // Which of them is at fault is not known; each for itself, the good ones land.
      if (!isMember || pending.members.length > 1) this.session.log(error.message);
      else throw error;
    } else if (error instanceof PullRequestClosed && (await this.look()).batchTip !== pending.tip) {
      // Another of them ended it: GitHub closes what has no branch any more. The next look tells how it goes on.
    } else if (error instanceof PullRequestClosed && !isMember) {
      this.spoiled = pending.tip;
    } else {
      if (error instanceof PullRequestClosed) await this.queue.remove(membersIn(sight, pending));
      throw error;
    }
  }

  /** Ends the batch, and takes its bumps off the line: they see that, and go alone. */
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

  /** The commit in a batch that another run of the same command made. */
  private async bringer(main: string, batch: string): Promise<string | undefined> {
    const log = ["log", "--max-count=1", "--no-merges", "--format=%H", batch, "--not", main, "--", this.path];
    return (await this.session.clone.git(...log)) || undefined;
  }

  /** Reads from Git alone how our commit came to `main`: most bumps are merged by another's process. */
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

/** How many members of a batch lead it before one does. */
function placeIn({ members }: Pending, tip: string): number {
  const place = members.indexOf(tip);
  return place < 0 ? FARTHEST : Math.min(FARTHEST, place);
}

/** The bumps of a batch that are still in line. */
function membersIn({ waiting }: Sight, { members }: Pending): WaitingBump[] {
  return waiting.filter(({ tip }) => members.includes(tip));
}
