import { bumpBranch } from "@gitops-platform/contract/branches";
import { Failure } from "@gitops-platform/contract/failure";
import type { Clone, RefMove } from "../git/clone";
import { formatMessage, readTrailer } from "@gitops-platform/contract/trailers";
import { isAncestor, mergedTree, withFiles } from "../git/commits";
import { remoteBranch } from "../git/refs";
import { makeCommit } from "../github/make-commit";
import { MergeAttempt, type MergeProgress } from "../github/merging";
import { PullRequestClosed, newestPullRequest, openPullRequest, type PullRequest } from "../github/pulls";
import type { Session } from "../session";
import { setImage } from "../values/edit";
import { valuesPath } from "@gitops-platform/contract/paths";
import { readImage } from "@gitops-platform/contract/values/image";
import type { WaitingBump } from "./bump-queue";
import { valuesOn } from "./deliver";

/** The batch in progress. */
export interface Pending {
  readonly tip: string;
  /** The commits of its bumps. The first one's run leads the batch. */
  readonly members: readonly string[];
}

/** The content of a batch. */
interface Load {
  /** The commits of the bumps, the leader's first. */
  readonly bumps: readonly string[];
  /** The new texts of values files by path. */
  readonly changes: ReadonlyMap<string, string>;
}

/**
 * The branch and pull request that merge the bumps of one moment into `main`. There is one at a time, and later bumps
 * join the next one. So any number of bumps takes only a few writes of GitHub's API, and cannot delay a merge forever.
 */
export class BumpBatch {
  readonly ref: string;
  private readonly branches: { readonly branch: string; readonly base: string };
  private attempt: { head: string; attempt: MergeAttempt; pull: PullRequest } | undefined;

  constructor(
    private readonly session: Session,
    private readonly environment: string,
  ) {
    this.branches = { branch: bumpBranch(environment), base: "main" };
    this.ref = `refs/heads/${this.branches.branch}`;
  }

  /** The branch's tip as of the last fetch, also if it is no usable batch; undefined if there is no branch. */
  async tip(): Promise<string | undefined> {
    return this.session.clone.resolve(remoteBranch(this.branches.branch));
  }

  /** The batch of a commit; undefined if `main` has the commit, or conflicts with it. */
  async pending(tip: string, main: string): Promise<Pending | undefined> {
    const { clone } = this.session;
    if ((await isAncestor(clone, tip, main)) || !(await mergedTree(clone, main, tip))) return undefined;
    const [, ...parents] = (await clone.git("rev-list", "--parents", "--max-count=1", tip)).split(" ");
    // The first parent is the commit of main. A single bump has no other parents and is the batch itself.
    return { tip, members: parents.length > 1 ? parents.slice(1) : [tip] };
  }

  /** The pull request of a commit if somebody closed it. */
  async closed(tip: string): Promise<PullRequest | undefined> {
    const pull = await newestPullRequest(this.session, this.branches);
    return pull?.state === "closed" && pull.head === tip ? pull : undefined;
  }

  /**
   * Begins a batch.
   * @param from The previous tip of the branch; undefined if it did not exist.
   * @param held Conditions for the push, such as that the bumps are still in the queue.
   * @returns false if another run was faster.
   */
  async begin(
    main: string,
    { bumps, changes }: Load,
    from: string | undefined,
    held: readonly RefMove[],
  ): Promise<boolean> {
    const [first] = bumps;
    const commit = bumps.length === 1 && first !== undefined && (await this.isOnTop(first, main)) ? first : undefined;
    const to = commit ?? (await this.merge(main, bumps, changes));
    return this.session.clone.push({ ref: this.ref, to, from: from ?? null }, ...held);
  }

  /**
   * One look at the pull request of a commit, merging it where GitHub would let it. Throws what {@link
   * MergeAttempt.advance} does.
   */
  async advance(main: string, head: string): Promise<{ pull: PullRequest; step: MergeProgress }> {
    if (this.attempt?.head !== head) {
      const closed = await this.closed(head);
      if (closed) throw new PullRequestClosed(closed.url);
      const words = await this.describe(main, head);
      const pull = await openPullRequest(this.session, { ...this.branches, title: words.title, body: BODY });
      const attempt = new MergeAttempt(this.session, pull, { ...this.branches, head, ...words });
      this.attempt = { head, pull, attempt };
    }
    const { pull, attempt } = this.attempt;
    return { pull, step: await attempt.advance() };
  }

  private async isOnTop(commit: string, main: string): Promise<boolean> {
    return (await this.session.clone.git("rev-list", "--parents", "--max-count=1", commit)) === `${commit} ${main}`;
  }

  private async merge(main: string, bumps: readonly string[], changes: ReadonlyMap<string, string>): Promise<string> {
    const tree = await withFiles(this.session.clone, main, changes);
    const message = formatMessage(`Merge ${bumps.length} bumps to ${this.environment}`, {});
    return makeCommit(this.session, { tree, parents: [main, ...bumps], message });
  }

  /** The message of the merge: that of a single bump, or a list of all bumps. */
  private async describe(main: string, head: string): Promise<{ title: string; message: string }> {
    const log = await this.session.clone.git("log", "--reverse", "--no-merges", "--format=%B%x00", head, "--not", main);
    const messages = log.split("\0").map((text) => text.trim());
    const bumps = messages.filter((text) => text !== "");
    const subjects = bumps.map((text) => text.split("\n")[0] ?? "");
    const [only, second] = bumps;
    if (only !== undefined && second === undefined) {
      return { title: subjects[0] ?? "", message: only.slice(only.indexOf("\n")).trim() };
    }
    const services = new Set(bumps.flatMap((text) => readTrailer(text, "Service")));
    const title = `Deploy ${services.size} ${services.size === 1 ? "service" : "services"} to ${this.environment}`;
    const whole = formatMessage(title, { Environment: this.environment }, subjects.join("\n"));
    return { title, message: whole.slice(title.length).trim() };
  }
}

const BODY =
  "Versions that wait at the same time share this pull request. It is merged by itself when its checks succeed; each commit says what it brings.";

/**
 * Computes a batch's content. Only the version of each commit is used, and nothing else that it may contain. Bumps that
 * do not fit `main` are left out, and their own runs report it.
 * @returns undefined if `main` already has the first bump's version.
 * @throws {Failure} if the first bump does not fit `main`.
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
