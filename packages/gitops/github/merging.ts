import { RequestError } from "@octokit/request-error";
import { Failure } from "@gitops-platform/contract/failure";
import { remoteBranch } from "../git/refs";
import type { Waiting } from "../polling";
import type { Session } from "../session";
import { type CheckRun, checkStatus, latestRuns, type RequiredCheck, requiredChecks } from "./checks";
import { finalHindrances, MergeForbidden, hindrancesOfRefused } from "./hindrances";
import {
  CheckFailed,
  PullRequestClosed,
  type NewPullRequest,
  openPullRequest,
  type PullRequest,
  BranchOutdated,
} from "./pulls";

/** What a merge brings into a branch, and the message of its commit. */
export interface MergeRequest {
  /** The commit to merge. GitHub refuses if the pull request has another one by then. */
  readonly head: string;
  /** The commit's title, to which the pull request's number is added. */
  readonly title: string;
  /** The commit's message below the title. */
  readonly message: string;
}

/** A pushed branch that is to be merged. */
export interface BranchMerge extends MergeRequest {
  readonly branch: string;
  readonly base: string;
  /** Called directly before each attempt to merge. Throws if the branch must not be merged any more. */
  readonly recheck?: (() => Promise<void>) | undefined;
}

/** How far a command can bring a pull request. */
export type MergeResult = PullRequest &
  (
    | { readonly state: "merged"; /** The merge commit. */ readonly commit: string }
    | { readonly state: "waits"; /** The missing review: `review by @my-org/platform`. */ readonly for: string }
  );

/** The state of a pull request: finished, or waiting for something. */
export type MergeProgress = { readonly done: MergeResult } | { readonly wait: string };

/**
 * Merges a pushed branch by a pull request: opens it or takes the open one, waits for its checks, and merges it. A call
 * that was interrupted can be repeated.
 * @returns the merge; or, if only a review is missing, whose.
 * @throws {Failure} if a check failed, someone closed the pull request, or the poller's time is over.
 * @throws {BranchOutdated} if the branch conflicts or has another commit.
 */
export async function mergeWhenReady(
  session: Session,
  request: BranchMerge & NewPullRequest,
  waiting: Waiting,
): Promise<MergeResult> {
  const pull = await openPullRequest(session, request);
  const { title, body } = request;
  if (pull.title !== title) {
    await session.github.rest.pulls.update({ ...session.repository, pull_number: pull.number, title, body });
  }
  const attempt = new MergeAttempt(session, pull, request);
  for (;;) {
    const progress = await attempt.advance();
    if ("done" in progress) return progress.done;
    await waiting.for(`#${pull.number}: ${progress.wait}`);
  }
}

/** Milliseconds between two merge requests that GitHub refuses: they are writes, which GitHub limits. */
const RETRY_INTERVAL = 15_000;

/** How many characters of a failed check's report are shown. */
const SUMMARY_LIMIT = 4000;

/** One commit of a pull request on its way into the base branch. */
export class MergeAttempt {
  private required: readonly RequiredCheck[] | undefined;
  private refused: { at: number; progress: MergeProgress } | undefined;
  private isAllowed = false;

  constructor(
    private readonly session: Session,
    private readonly pull: PullRequest,
    private readonly request: BranchMerge,
  ) {}

  /**
   * Reads the pull request's state, and merges it if GitHub reports that it can be merged. Throws {@link
   * BranchOutdated}, {@link CheckFailed}, {@link PullRequestClosed} and {@link MergeForbidden}; and {@link Failure} if
   * GitHub refuses the merge for a reason that does not pass by waiting.
   */
  async advance(): Promise<MergeProgress> {
    const { github, repository } = this.session;
    const { number: pull_number, url } = this.pull;
    const { data } = await github.rest.pulls.get({ ...repository, pull_number });
    if (data.merged) return this.merged(data.merge_commit_sha ?? "");
    if (data.state === "closed") {
      // GitHub's list may still have named one whose branch was deleted, and made again since.
      if (data.head.sha !== this.request.head) throw new BranchOutdated(`${url}: closed with another commit.`);
      throw new PullRequestClosed(url, data.head.sha);
    }
    if (data.head.sha !== this.request.head) return this.otherHead();
    const reviewers = [
      ...(data.requested_teams ?? []).map(({ slug }) => `@${repository.owner}/${slug}`),
      ...(data.requested_reviewers ?? []).map(({ login }) => `@${login}`),
    ];
    switch (data.mergeable_state) {
      case "clean":
      case "unstable":
      case "has_hooks":
        return this.merge(reviewers);
      case "dirty":
      case "behind":
        throw new BranchOutdated(`${url}: conflicts with ${this.request.base}.`);
      case "blocked":
        return this.blocked(reviewers);
      case "draft":
        return this.waits("somebody to mark it as ready");
      default:
        return { wait: "GitHub to work out whether it can be merged" };
    }
  }

  private merged(commit: string): MergeProgress {
    return { done: { ...this.pull, state: "merged", commit } };
  }

  private waits(what: string): MergeProgress {
    return { done: { ...this.pull, state: "waits", for: what } };
  }

  private async otherHead(): Promise<MergeProgress> {
    const { clone } = this.session;
    await clone.fetch();
    const tip = await clone.resolve(remoteBranch(this.request.branch));
    if (tip === this.request.head) return { wait: "GitHub to see the push" };
    throw new BranchOutdated(`${this.pull.url}: ${this.request.branch} was changed by somebody else meanwhile.`);
  }

  private async blocked(reviewers: readonly string[]): Promise<MergeProgress> {
    await this.requireAllowed(finalHindrances);
    this.required ??= await requiredChecks(this.session, this.request.base);
    const runs = await latestRuns(this.session, this.request.head);
    const { failed, missing } = checkStatus(this.required, runs);
    if (failed.length > 0) throw new CheckFailed(...failed.map((run) => this.describe(run)));
    if (missing.length > 0) return { wait: `the check ${missing.join(" and ")}` };
    return this.merge(reviewers);
  }

  private async merge(reviewers: readonly string[]): Promise<MergeProgress> {
    if (this.refused && performance.now() - this.refused.at < RETRY_INTERVAL) return this.refused.progress;
    await this.request.recheck?.();
    const result = await mergePull(this.session, this.pull.number, this.request);
    if ("merged" in result) return this.merged(result.merged);
    if (result.cause === "head-moved" || result.cause === "base-moved") {
      return { wait: "others, who changed a branch at the same moment" };
    }
    await this.requireAllowed(hindrancesOfRefused);
    const progress = this.afterRefusal(result, reviewers);
    this.refused = { at: performance.now(), progress };
    return progress;
  }

  private afterRefusal({ cause, reason }: MergeRefusal, reviewers: readonly string[]): MergeProgress {
    switch (cause) {
      case "no-review":
        return this.waits(reviewers.length > 0 ? `review by ${reviewers.join(" or ")}` : `review: ${reason}`);
      case "unsigned":
        throw new UnsignedCommit(this.pull.url, this.request.branch, this.session.bot !== undefined);
      case "other":
        throw new Failure(
          `${this.pull.url}: GitHub refuses to merge it: ${reason}`,
          "Waiting does not help. Run the same command again when that is solved.",
        );
      default:
        return { wait: reason };
    }
  }

  /** Throws {@link MergeForbidden} if a rule or setting can never be met, because waiting would be useless then. */
  private async requireAllowed(read: typeof hindrancesOfRefused): Promise<void> {
    if (this.isAllowed) return;
    const found = await read(this.session, this.request.base);
    if (found === undefined) return;
    if (found.length > 0) throw new MergeForbidden(this.pull.url, found);
    this.isAllowed = true;
  }

  private describe({ name, title, summary }: CheckRun): string {
    const report = [title, summary].filter((text) => text).join("\n");
    return `${this.pull.url}: the check ${name} failed.\n${report.slice(0, SUMMARY_LIMIT)}`.trim();
  }
}

/** A rule requires signed commits, and the branch has another one, from before the rule or from another program. */
export class UnsignedCommit extends Failure {
  constructor(url: string, branch: string, isBot: boolean) {
    const again = isBot ? "run it again" : "run it again where your Git signs: git config commit.gpgSign true";
    const problem = "got a commit without a verified signature; expected signed commits only";
    super(`${url}: ${problem}. Delete ${branch}, and ${again}.`);
  }
}

/** Why GitHub refused a merge. */
export interface MergeRefusal {
  /**
   * - `head-moved`: the pull request has another commit. `base-moved`: another merge was faster.
   * - `pending`: GitHub does not know the pull request's state yet, or only a check is running.
   * - `outdated`: the pull request conflicts, or is a draft.
   * - `check`: a check is missing. `no-review`: a review is missing. `unsigned`: a rule requires signed commits.
   * - `other`: another rule, or anything else that waiting does not solve.
   */
  readonly cause: "head-moved" | "base-moved" | "pending" | "outdated" | "check" | "no-review" | "unsigned" | "other";
  /** GitHub's message on one line. */
  readonly reason: string;
}

/** Whether a later attempt can succeed although nobody does anything. */
export function passesByItself({ cause }: MergeRefusal): boolean {
  return cause === "base-moved" || cause === "pending";
}

/** Asks GitHub to merge a pull request. GitHub enforces the branch's rules. */
export async function mergePull(
  { github, repository }: Pick<Session, "github" | "repository">,
  number: number,
  { head, title, message }: MergeRequest,
): Promise<{ readonly merged: string } | MergeRefusal> {
  try {
    const { data } = await github.rest.pulls.merge({
      ...repository,
      pull_number: number,
      sha: head,
      merge_method: "merge",
      commit_title: `${title} (#${number})`,
      commit_message: message.trim(),
    });
    return { merged: data.sha };
  } catch (error) {
    if (!(error instanceof RequestError) || (error.status !== 405 && error.status !== 409)) throw error;
    return refusalOf(error);
  }
}

/** GitHub distinguishes the causes only by its messages. All of them are recognized here. */
function refusalOf({ status, message }: RequestError): MergeRefusal {
  const reason = message
    .trim()
    .replace(/\s*- https:\/\/docs\.github\.com\S*$/, "")
    .replace(/^Repository rule violations found/, "")
    .trim()
    .replaceAll(/\s*\n\s*/g, " ");
  if (status === 409) return { cause: "head-moved", reason };
  const [cause = "other"] = CAUSES.find(([, pattern]) => pattern.test(reason)) ?? [];
  return { cause, reason };
}

/** GitHub's messages by cause. The first match counts. */
const CAUSES: readonly (readonly [MergeRefusal["cause"], RegExp])[] = [
  ["base-moved", /was modified|already in progress/],
  ["unsigned", /verified signature/i],
  ["outdated", /has merge conflicts|is still a draft/i],
  ["pending", /is not mergeable/i],
  ["pending", /^(?!.*(review|approv)).*status checks? .*(is|are) (pending|queued|in progress)/i],
  ["check", /status check|required workflow|scanning/i],
  ["no-review", /review|approv/i],
];
