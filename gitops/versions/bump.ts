import { makeCommit } from "../git/commits";
import { formatMessage } from "../git/message";
import { countCommits, firstWith, isAncestor } from "../git/queries";
import type { PullRequest } from "../github/pulls";
import { CheckFailed, Closed, Rebuild } from "../github/obstacles";
import type { Session } from "../session";
import { setImage } from "../values/edit";
import { valuesPath, type ValuesFile } from "../values/files";
import { readImage, sameVersion, type Version, versionName } from "../values/image";
import type { Waiting } from "../waiting";
import { deliver } from "./deliver";
import { landedOutcome, type Outcome } from "./outcome";
import { SharedBranch, type Sharing } from "./shared-branch";
import { valuesOn } from "./values-on";

/** A version for a service. */
export interface BumpOrder extends ValuesFile {
  readonly version: Version;
}

/** Who put the newest commit on the shared branch leads: merges it. The others take over one after the other, so long apart, in milliseconds. */
const TAKEOVER = 15_000;
/** So many others at most are waited for. */
const FARTHEST = 4;

/**
 * Writes a version into an environment's values on `main`. Bumps that wait at the same time share a branch and its pull request, so that many land within
 * GitHub's limits: they race by pushes of Git, and one of them at a time asks GitHub's API.
 *
 * Which of two versions of a service is the newer one nobody can know here: the last to ask wins.
 */
export async function bump(session: Session, order: BumpOrder, waiting: Waiting): Promise<Outcome> {
  return new Bump(session, order, waiting).run();
}

class Bump {
  private readonly shared: SharedBranch;
  private readonly path: string;
  private readonly subject: string;
  /** The newest commit of this bump. */
  private own: string | undefined;
  private seen: { tip: string; at: number } | undefined;
  private races = 0;

  constructor(
    private readonly session: Session,
    private readonly order: BumpOrder,
    private readonly waiting: Waiting,
  ) {
    const { service, environment, version } = order;
    this.shared = new SharedBranch(session, environment);
    this.path = valuesPath(order);
    this.subject = `Deploy ${service} ${version.tag} to ${environment}`;
  }

  async run(): Promise<Outcome> {
    const { clone } = this.session;
    for (;;) {
      const sharing = await this.shared.look();
      const { main, pending } = sharing;
      if (this.own !== undefined && (await isAncestor(clone, this.own, main))) return this.landed(main, this.own);
      const isThere = await this.isAt(sharing.result);
      if (pending === undefined && isThere) {
        return this.outcome({ state: this.own === undefined ? "already" : "merged" });
      }
      const isIn = pending !== undefined && (await this.isMember(pending));
      if (pending !== undefined && isThere && !isIn) {
        this.own = await this.bringer(main, pending);
        // The pending ones leave this service as it is on main.
        if (this.own === undefined) return this.outcome({ state: "already" });
        // Asked for again, so it was closed by mistake.
        if ((await this.shared.takes(pending)) === "closed") this.shared.discard(pending);
        continue;
      }
      // Another's later version may be over ours: ours has still to land, and is not asked for again.
      const ended = isIn ? await this.attend(main, pending) : await this.bring(sharing);
      if (ended) return ended;
    }
  }

  private async isAt(revision: string): Promise<boolean> {
    const text = await this.session.clone.read(revision, this.path);
    return text !== undefined && sameVersion(readImage(text, this.path), this.order.version);
  }

  /** The commit on the shared branch that another run of the same command made. */
  private async bringer(main: string, pending: string): Promise<string | undefined> {
    const log = ["log", "--max-count=1", "--no-merges", "--format=%H", pending, "--not", main, "--", this.path];
    return (await this.session.clone.git(...log)) || undefined;
  }

  private async isMember(tip: string): Promise<boolean> {
    return this.own !== undefined && (await isAncestor(this.session.clone, this.own, tip));
  }

  /** Puts the version on the shared branch, or waits where that takes none. */
  private async bring({ main, tip, pending, result }: Sharing): Promise<Outcome | undefined> {
    const { clone } = this.session;
    // Refused before anything is asked of others.
    const onMain = setImage(await this.valuesAt(main), this.order.version, this.path);
    const state = pending === undefined ? "closed" : await this.takes(pending, result);
    if (pending !== undefined && state === "full") return this.attend(main, pending);
    const base = pending !== undefined && state === "more" ? pending : main;
    const text = base === main ? onMain : setImage(await this.valuesAt(base), this.order.version, this.path);
    const { identity: author, requestedBy } = await this.session.who();
    const message = this.message(requestedBy);
    const commit = await makeCommit(clone, { parents: [base], changes: new Map([[this.path, text]]), message, author });
    if (!(await this.shared.push(commit, tip))) {
      await this.waiting.afterRace(++this.races);
      return undefined;
    }
    this.own = commit;
    // Who begins the branch opens its pull request at once: its age counts from then on.
    return base === main ? this.attend(main, commit) : undefined;
  }

  private async takes(pending: string, result: string): Promise<"more" | "full" | "closed"> {
    const { clone } = this.session;
    // The branch was begun before the file came to what main says: an edit there would be of an old text.
    if ((await clone.read(pending, this.path)) !== (await clone.read(result, this.path))) return "full";
    return this.shared.takes(pending);
  }

  /** One look at a commit of the shared branch; merges it, where that is this bump's part. */
  private async attend(main: string, tip: string): Promise<Outcome | undefined> {
    if (this.seen?.tip !== tip) this.seen = { tip, at: performance.now() };
    const behind = await this.placeBehind(tip);
    if (performance.now() - this.seen.at < behind * TAKEOVER) {
      await this.waiting.for(`the bumps that wait for ${this.order.environment} to be merged`, 2);
      return undefined;
    }
    try {
      const { pull, step } = await this.shared.advance(main, tip);
      if ("wait" in step) await this.waiting.for(`#${pull.number}: ${step.wait}`, 1 + behind);
      else if (step.done.state === "waits" && (await this.isMember(tip))) return this.outcome(landedOutcome(step.done));
      else if (step.done.state === "waits") await this.waiting.for(`#${pull.number}: ${step.done.for}`, 1 + behind);
    } catch (error) {
      return this.giveUp(error, main, tip);
    }
    return undefined;
  }

  private async placeBehind(tip: string): Promise<number> {
    if (this.own === undefined || !(await this.isMember(tip))) return FARTHEST;
    return Math.min(FARTHEST, await countCommits(this.session.clone, tip, this.own));
  }

  /** The shared pull request leads nowhere: begins anew, goes alone, or ends. */
  private async giveUp(error: unknown, main: string, tip: string): Promise<Outcome | undefined> {
    if (error instanceof Rebuild) {
      await this.waiting.afterRace(++this.races);
      return undefined;
    }
    const leadsNowhere = error instanceof CheckFailed || error instanceof Closed;
    if (leadsNowhere && !(await this.isMember(tip))) {
      this.shared.discard(tip);
      return undefined;
    }
    if (!(error instanceof CheckFailed) || (await this.shared.isAlone(main, tip))) throw error;
    // Which of them is at fault is not known; each for itself, the good ones land.
    this.session.say(`${error.message}\nTrying ${this.order.service} alone.`);
    return this.alone();
  }

  private async alone(): Promise<Outcome> {
    const { service, environment, version } = this.order;
    const { requestedBy } = await this.session.who();
    const delivery = {
      branch: `bump/${environment}-${service}`,
      path: this.path,
      rewrite: (text: string) => setImage(text, version, this.path),
      subject: this.subject,
      message: this.message(requestedBy),
      body: "Its shared pull request failed a check, so this version goes alone.",
    };
    const landed = await deliver(this.session, delivery, this.waiting);
    return this.outcome(landed ? landedOutcome(landed) : { state: "already" });
  }

  /** Reads from Git alone how our commit came to `main`: most bumps are merged by another's process. */
  private async landed(main: string, own: string): Promise<Outcome> {
    const { clone, target } = this.session;
    const commit = (await firstWith(clone, main, own)) ?? own;
    const number = /\(#(\d+)\)$/.exec(await clone.git("log", "--max-count=1", "--format=%s", commit))?.[1];
    const url = `${target.server}/${target.owner}/${target.name}/pull/${number ?? ""}`;
    const pullRequest: PullRequest | undefined = number === undefined ? undefined : { number: Number(number), url };
    const present = readImage(await this.valuesAt(main), this.path);
    return this.outcome({
      state: "merged",
      commit,
      ...(pullRequest && { pullRequest }),
      ...(!sameVersion(present, this.order.version) && { replacedBy: versionName(present) }),
    });
  }

  private outcome(more: Pick<Outcome, "state"> & Partial<Outcome>): Outcome {
    const { service, environment, version } = this.order;
    return { service, environment, image: versionName(version), summary: this.subject, ...more };
  }

  private message(requestedBy: string | undefined): string {
    const { service, environment, version } = this.order;
    return formatMessage(this.subject, {
      Service: service,
      Environment: environment,
      Image: versionName(version),
      ...(requestedBy !== undefined && { "Requested-By": `@${requestedBy}` }),
    });
  }

  private async valuesAt(revision: string): Promise<string> {
    return valuesOn(this.session.clone, revision, this.order);
  }
}
