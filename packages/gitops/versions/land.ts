import { bumpBranch } from "@gitops-platform/contract/branches";
import { decidingRule, parseCodeOwners } from "@gitops-platform/contract/code-owners";
import { Failure } from "@gitops-platform/contract/failure";
import { CODE_OWNERS_PATH } from "@gitops-platform/contract/paths";
import { sameVersion, versionName } from "@gitops-platform/contract/values/image";
import { formatMessage } from "@gitops-platform/contract/trailers";
import { type Alert, alertOnPull, sendAlert } from "../alerts";
import { mapAtOnce } from "../at-once";
import { isAncestor } from "../git/commits";
import { MAIN, remoteBranch } from "../git/refs";
import { GitFailure } from "../git/run-git";
import { changeMain, type MainChange } from "../github/change-main";
import { type MergeResult, UnsignedCommit } from "../github/merging";
import { CheckFailed, findOpenPullRequest, newestPullRequest, PullRequestClosed } from "../github/pulls";
import { newestPushedOnlyBy } from "../github/pushers";
import { TimedOut, type Waiting } from "../polling";
import type { Session } from "../session";
import { pageOf } from "../target";
import { imageAt, imageOn, namesAt, pathAt, textOn, withVersion } from "../values/at";
import { BumpQueue, type QueueBranch, type QueuedBump, outcomeOf, subjectOf } from "./bump-queue";
import { landedOutcome, type Outcome } from "./outcome";

/**
 * Merges every bump in the queue into `main`: all of them by one pull request, so that any number takes only a few of
 * GitHub's limited writes. If that fails, each half gets one, and so on, until the bumps at fault are found. Each step
 * starts from the current state, so the next run completes an interrupted one. Only one run acts at a time: the
 * workflow Land ensures that, and every push has a lease.
 * @returns the outcome of each bump.
 * @throws {Failure} if no bump can be merged for a reason that does not pass by itself, of which people are alerted.
 */
export async function land(session: Session, waiting: Waiting): Promise<Outcome[]> {
  const { bot, graph } = session;
  const environment = graph.entry;
  if (bot === undefined) {
    const fix = "Start the workflow: gh workflow run land.yaml, or Actions, Land.";
    throw new Failure(`GITOPS_BOT: got nothing; expected the App that queues bumps. ${fix}`);
  }
  const landing = new Landing(session, environment, bot, waiting);
  try {
    return await landing.run();
  } catch (error) {
    // The next run goes on after a timeout.
    const passes = error instanceof GitFailure || error instanceof TimedOut;
    const isFinal = error instanceof Failure && !passes;
    if (isFinal) {
      const news = { headline: "Bumps cannot be merged.", reason: error.message, service: "bumps", environment };
      await tell(session, bumpBranch(environment), { event: "bumps-blocked", ...news });
    }
    throw error;
  }
}

class Landing {
  private readonly queue: BumpQueue;
  /** The branch of the pull request that bumps share. */
  private readonly shared: string;
  private readonly outcomes: Outcome[] = [];
  /** The commits of bumps that wait for a review. */
  private readonly inReview = new Set<string>();

  constructor(
    private readonly session: Session,
    private readonly environment: string,
    private readonly bot: string,
    private readonly waiting: Waiting,
  ) {
    this.queue = new BumpQueue(session, environment, bot);
    this.shared = bumpBranch(environment);
  }

  /** Reads the queue, drops what `main` has overtaken, lands the rest and refuses what fails, until nothing is left. */
  async run(): Promise<Outcome[]> {
    for (;;) {
      const { bumps, unrecorded } = await this.readQueue();
      const owned = await this.owned(bumps);
      await this.landTogether(bumps.filter((bump) => !owned.has(bump)));
      for (const bump of owned) await this.landAlone(bump);
      if (bumps.length > 0) continue;
      if (unrecorded === undefined) return this.outcomes;
      await this.waiting.for(`GitHub to record who pushed ${unrecorded.branch}`);
    }
  }

  /** The bumps to land, the oldest first, and a branch whose pushes GitHub has not recorded yet. */
  private async readQueue(): Promise<{ bumps: QueuedBump[]; unrecorded: QueueBranch | undefined }> {
    const { queue, session } = this;
    await session.clone.fetch();
    const branches = await queue.branches();
    await session.clone.prefetch(branches.flatMap((at) => [...namesAt(MAIN, at), ...namesAt(at.tip, at)]));
    const judge = async (at: QueueBranch) => ({ at, entry: await queue.judge(at) });
    const bumps: QueuedBump[] = [];
    const gone: QueueBranch[] = [];
    let unrecorded: QueueBranch | undefined;
    for (const { at, entry } of await mapAtOnce(branches, AT_ONCE, judge)) {
      if (entry.state === "waits") bumps.push(entry.bump);
      else if (entry.state === "unrecorded") unrecorded ??= at;
      else if (entry.state === "refused") await this.refuseEntry(at, unreadable(at, entry.reason));
      else gone.push(at);
      // Any writer can push such a branch, so it must not alert people or fail the run.
      if (entry.state === "foreign") session.log(`${entry.reason} Removed.`);
      if (entry.state === "overtaken") this.outcomes.push(await this.overtaken(entry.bump));
    }
    await queue.remove(gone);
    return { bumps: bumps.filter(({ commit }) => !this.inReview.has(commit)), unrecorded };
  }

  /** The bumps of files that have an owner. The others must not wait for that owner's review. */
  private async owned(bumps: readonly QueuedBump[]): Promise<ReadonlySet<QueuedBump>> {
    const { clone } = this.session;
    const rules = parseCodeOwners((await clone.read(MAIN, CODE_OWNERS_PATH)) ?? "");
    const paths = await Promise.all(bumps.map((bump) => pathAt(clone, MAIN, bump)));
    return new Set(bumps.filter((_, index) => (decidingRule(rules, paths[index] ?? "")?.owners ?? []).length > 0));
  }

  /** Lands bumps by one pull request, or if that fails, each half of them. */
  private async landTogether(bumps: readonly QueuedBump[]): Promise<void> {
    const [first, ...others] = bumps;
    if (first === undefined) return;
    const problem = await this.tryTogether(bumps);
    if (problem === undefined) return;
    if (others.length > 0) {
      const half = Math.ceil(bumps.length / 2);
      await this.landTogether(bumps.slice(0, half));
      await this.landTogether(bumps.slice(half));
    } else if (problem === "review") {
      await this.removeBranch(this.shared);
      await this.landAlone(first);
    } else await this.refuse(first, problem.message, this.shared);
  }

  /** Returns why the bumps cannot be merged together; undefined if they have left the queue. */
  private async tryTogether(bumps: readonly QueuedBump[]): Promise<Failure | "review" | undefined> {
    try {
      const landed = await changeMain(this.session, this.shared, () => this.planTogether(bumps), this.waiting);
      if (landed?.state === "waits") return "review";
      await this.landed(bumps, landed);
      return undefined;
    } catch (error) {
      if (error instanceof PullRequestClosed) {
        if (await this.isBranchGone(this.shared, error)) return undefined;
        for (const bump of bumps) await this.refuse(bump, error.message, this.shared);
        return undefined;
      }
      if (error instanceof CheckFailed || error instanceof UnsignedCommit) return error;
      throw error;
    }
  }

  /** The change that some bumps make, as far as they are still in the queue and not overtaken. */
  private async planTogether(bumps: readonly QueuedBump[]): Promise<MainChange> {
    const { clone } = this.session;
    await this.removeForeign();
    const isLeft = async (bump: QueuedBump) => {
      const tip = await clone.resolve(remoteBranch(bump.branch));
      const isQueued = tip !== undefined && (tip === bump.tip || (await isAncestor(clone, bump.commit, tip)));
      return isQueued && !(await this.queue.isOvertaken(bump));
    };
    const isIn = await mapAtOnce(bumps, AT_ONCE, isLeft);
    const left = bumps.filter((_, index) => isIn[index]);
    const texts = new Map(await Promise.all(left.map((bump) => this.newText(bump))));
    const messages = await Promise.all(left.map(({ commit }) => messageOf(this.session, commit)));
    const [only, ...others] = messages;
    const commits = left.map(({ commit }) => commit);
    if (only !== undefined && others.length === 0) return { texts, commits, ...words(only), body: BODY };
    const title = `Deploy ${left.length} services to ${this.environment}`;
    const message = formatMessage(title, { Environment: this.environment }, left.map(subjectOf).join("\n"));
    return { texts, commits, ...words(message), body: BODY };
  }

  /** Lands a bump whose file has an owner by a pull request of its own, which waits for the owner's review. */
  private async landAlone(bump: QueuedBump): Promise<void> {
    const { session } = this;
    const branch = bumpBranch(this.environment, bump.service);
    try {
      await this.requireNotClosed(branch, bump);
      const message = await messageOf(session, bump.commit);
      const body = `Brings ${bump.service} ${bump.version.tag} to ${bump.environment}.`;
      const plan = async () => ({ ...words(message), body, texts: new Map([await this.newText(bump)]) });
      const landed = await changeMain(session, branch, plan, this.waiting);
      if (landed?.state === "waits") {
        this.inReview.add(bump.commit);
        this.outcomes.push(outcomeOf(bump, landedOutcome(landed)));
      } else await this.landed([bump], landed);
    } catch (error) {
      const isAtFault = [CheckFailed, UnsignedCommit, PullRequestClosed].some((kind) => error instanceof kind);
      if (!(error instanceof Failure) || !isAtFault) throw error;
      if (error instanceof PullRequestClosed && (await this.isBranchGone(branch, error))) return;
      await this.refuse(bump, error.message, branch);
    }
  }

  /** Throws if somebody closed the pull request that would bring this version, between two runs. */
  private async requireNotClosed(branch: string, bump: QueuedBump): Promise<void> {
    const { clone } = this.session;
    const pull = await newestPullRequest(this.session, { branch, base: "main" });
    const tip = await clone.resolve(remoteBranch(branch));
    if (pull?.state !== "closed" || pull.head !== tip) return;
    const closed = await imageAt(clone, pull.head, bump);
    if (closed && sameVersion(closed, bump.version)) {
      throw new PullRequestClosed(pull.url, pull.head);
    }
  }

  /**
   * Whether a pull request was closed because its branch was deleted or moved. GitHub closes it then, so nobody has
   * refused its bumps. They stay in the queue, which is read again after a pause.
   */
  private async isBranchGone(branch: string, { message, head }: PullRequestClosed): Promise<boolean> {
    const { clone, log } = this.session;
    await clone.fetch();
    if ((await clone.resolve(remoteBranch(branch))) === head) return false;
    log(`${message} Its branch is gone, so its bumps are tried again.`);
    await this.waiting.afterRace(1);
    return true;
  }

  /** @param merge Undefined if `main` had everything already. The queue is read again then. */
  private async landed(bumps: readonly QueuedBump[], merge: MergeResult | undefined): Promise<void> {
    if (merge === undefined) return;
    await this.session.clone.fetch();
    const isIn = await Promise.all(bumps.map((bump) => this.hasLanded(bump)));
    const landed = bumps.filter((_, index) => isIn[index]);
    await this.queue.remove(landed);
    for (const bump of landed) this.outcomes.push(outcomeOf(bump, landedOutcome(merge)));
  }

  private async hasLanded(bump: QueuedBump): Promise<boolean> {
    const { clone } = this.session;
    const present = await imageOn(clone, MAIN, bump);
    return sameVersion(present, bump.version) || (await isAncestor(clone, bump.commit, MAIN));
  }

  private async refuse(bump: QueuedBump, reason: string, branch: string): Promise<void> {
    await this.refuseEntry(bump, outcomeOf(bump, { state: "refused", reason }), branch);
  }

  /**
   * Removes an entry from the queue for good, and its pull request's branch. This is reported first, so that an
   * interrupted run repeats it.
   * @param branch The branch of its pull request; undefined if it has none.
   */
  private async refuseEntry(at: QueueBranch, outcome: Outcome, branch?: string): Promise<void> {
    const { service, environment, summary, reason = "" } = outcome;
    const headline = `${summary}: refused, and no longer in the queue.`;
    await tell(this.session, branch, { event: "bump-refused", headline, reason, service, environment });
    await this.queue.remove([at, ...(await this.branchNow(branch))]);
    this.outcomes.push(outcome);
  }

  /** Removes the shared branch if somebody else pushed to it: its pull request would never be valid. */
  private async removeForeign(): Promise<void> {
    for (;;) {
      const [now] = await this.branchNow(this.shared);
      if (now === undefined) return;
      const pushed = await newestPushedOnlyBy(this.session, this.shared, now.tip, this.bot);
      if (pushed?.commit === now.tip) return;
      if (pushed !== undefined) return this.removeBranch(this.shared);
      // It may be the own push of a moment ago.
      await this.waiting.for(`GitHub to record who pushed ${this.shared}`);
      await this.session.clone.fetch();
    }
  }

  private async removeBranch(branch: string): Promise<void> {
    await this.queue.remove(await this.branchNow(branch));
    await this.session.clone.fetch();
  }

  private async branchNow(branch: string | undefined): Promise<{ branch: string; tip: string }[]> {
    const tip = branch === undefined ? undefined : await this.session.clone.resolve(remoteBranch(branch));
    return branch === undefined || tip === undefined ? [] : [{ branch, tip }];
  }

  private async overtaken(bump: QueuedBump): Promise<Outcome> {
    const present = await imageOn(this.session.clone, MAIN, bump);
    if (sameVersion(present, bump.version)) return outcomeOf(bump, { state: "already" });
    return outcomeOf(bump, { state: "overtaken", replacedBy: versionName(present) });
  }

  /** A bump's file on `main` with its version. Nothing else that the commit may contain is used. */
  private async newText(bump: QueuedBump): Promise<[path: string, text: string]> {
    const present = await textOn(this.session.clone, MAIN, bump);
    return [present.path, withVersion(present, bump.version)];
  }
}

/** Branches that are judged at the same time. Each takes a call of GitHub's API and some processes of Git. */
const AT_ONCE = 10;

const BODY =
  "Versions that wait at the same time share this pull request. It is merged automatically when its checks succeed; " +
  "each commit says what it brings.";

/** A message, and its first line. */
function words(message: string): Pick<MainChange, "subject" | "message"> {
  return { subject: message.split("\n", 1)[0] ?? "", message };
}

async function messageOf({ clone }: Session, commit: string): Promise<string> {
  return clone.git("log", "--max-count=1", "--format=%B", commit);
}

/** The outcome of an entry whose version does not count. */
function unreadable({ service, environment }: QueueBranch, reason: string): Outcome {
  return { service, environment, image: "", state: "refused", reason, summary: `Deploy ${service} to ${environment}` };
}

/** A problem that people have to solve. */
interface News extends Pick<Alert, "event" | "service" | "environment"> {
  readonly headline: string;
  readonly reason: string;
}

/**
 * Sends an alert, and says the same on the page of a branch's open pull request. There, each reason is reported once.
 * @param branch Undefined: there is no pull request.
 */
async function tell(session: Session, branch: string | undefined, news: News): Promise<void> {
  const { event, headline, reason, service, environment } = news;
  const pull = branch === undefined ? undefined : await findOpenPullRequest(session, { branch, base: "main" });
  const url = pull?.url ?? pageOf(session.target, "/actions/workflows/land.yaml");
  const what = `${headline} ${reason.split("\n", 1)[0] ?? ""}`;
  const alert: Alert = { event, what, service, environment, url };
  if (pull) await alertOnPull(session, pull.number, { mark: event, headline, reason, alert });
  else await sendAlert(alert, session);
}
