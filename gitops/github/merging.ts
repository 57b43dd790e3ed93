import { RequestError } from "@octokit/request-error";
import { Failure } from "../errors";
import { remoteBranch } from "../git/refs";
import type { Waiting } from "../polling";
import type { Session } from "../session";
import { type ListedRun, readStanding, type RequiredCheck, requiredChecks } from "./checks";
import { finalHindrances, Forbidden, hindrancesOfRefused } from "./hindrances";
import { CheckFailed, Closed, type NewPullRequest, openPullRequest, type PullRequest, Rebuild } from "./pulls";

/** What is merged, and with which words. */
export interface LandingRequest {
  readonly branch: string;
  readonly base: string;
  /** The commit that is merged; no other is. */
  readonly head: string;
  /** The title of the merge's commit; the pull request's number is put behind it. */
  readonly title: string;
  /** What stands below it. */
  readonly message: string;
}

/** Where a pull request ended, as far as a command can bring it. */
export type Landed = PullRequest &
  (
    | { readonly state: "merged"; /** The merge's commit. */ readonly commit: string }
    | { readonly state: "waits"; /** Whose review is missing: `review by @my-org/platform`. */ readonly for: string }
  );

/** One look at a pull request: it is done, or something is still waited for. */
export type Step = { readonly done: Landed } | { readonly wait: string };

/**
 * A merge that GitHub refused shows what is missing; it is a write, so it is not tried all the time. In milliseconds.
 */
const BETWEEN_TRIES = 15_000;
/** So much of what a check says is shown. */
const SUMMARY_LENGTH = 4000;

/** One pull request on its way into its base branch. */
export class Landing {
  private required: readonly RequiredCheck[] | undefined;
  private refused: { at: number; step: Step } | undefined;
  private isAllowed = false;

  constructor(
    private readonly session: Session,
    private readonly pull: PullRequest,
    private readonly request: LandingRequest,
  ) {}

  /**
   * Looks once, and merges where GitHub would let it. Throws {@link Rebuild}, {@link CheckFailed}, {@link Closed},
   * {@link Forbidden}, and {@link Failure} where GitHub refuses the merge for a reason that does not pass by waiting.
   */
  async step(): Promise<Step> {
    const { github, repository } = this.session;
    const { number: pull_number, url } = this.pull;
    const { data } = await github.rest.pulls.get({ ...repository, pull_number });
    if (data.merged) return this.merged(data.merge_commit_sha ?? "");
    if (data.state === "closed") throw new Closed(url);
    if (data.head.sha !== this.request.head) return this.moved();
    const owners = [
      ...(data.requested_teams ?? []).map(({ slug }) => `@${repository.owner}/${slug}`),
      ...(data.requested_reviewers ?? []).map(({ login }) => `@${login}`),
    ];
    switch (data.mergeable_state) {
      case "clean":
      case "unstable":
      case "has_hooks":
        return this.merge(owners);
      case "dirty":
      case "behind":
        throw new Rebuild(`${url}: conflicts with ${this.request.base}.`);
      case "blocked":
        return this.blocked(owners);
      case "draft":
        return { done: { ...this.pull, state: "waits", for: "somebody to mark it as ready" } };
      default:
        return { wait: "GitHub to work out whether it can be merged" };
    }
  }

  private merged(commit: string): Step {
    return { done: { ...this.pull, state: "merged", commit } };
  }

  private async moved(): Promise<Step> {
    const { clone } = this.session;
    await clone.fetch();
    const tip = await clone.resolve(remoteBranch(this.request.branch));
    if (tip === this.request.head) return { wait: "GitHub to see the push" };
    throw new Rebuild(`${this.pull.url}: ${this.request.branch} was changed by somebody else meanwhile.`);
  }

  /** Before anything is waited for that can never come. Asked until it is known. */
  private async requireAllowed(read: typeof hindrancesOfRefused = finalHindrances): Promise<void> {
    if (this.isAllowed) return;
    const found = await read(this.session, this.request.base);
    if (found === undefined) return;
    if (found.length > 0) throw new Forbidden(this.pull.url, found);
    this.isAllowed = true;
  }

  private async blocked(owners: readonly string[]): Promise<Step> {
    await this.requireAllowed();
    this.required ??= await requiredChecks(this.session, this.request.base);
    const { failed, missing } = await readStanding(this.session, this.required, this.request.head);
    if (failed.length > 0) throw new CheckFailed(...failed.map((run) => this.describe(run)));
    if (missing.length > 0) return { wait: `the check ${missing.join(" and ")}` };
    return this.merge(owners);
  }

  private async merge(owners: readonly string[]): Promise<Step> {
    if (this.refused && performance.now() - this.refused.at < BETWEEN_TRIES) return this.refused.step;
    const { github, repository } = this.session;
    const { head, title, message } = this.request;
    const { number: pull_number } = this.pull;
    try {
      const { data } = await github.rest.pulls.merge({
        ...repository,
        pull_number,
        sha: head,
        merge_method: "merge",
        commit_title: `${title} (#${pull_number})`,
        commit_message: message.trim(),
      });
      return this.merged(data.sha);
    } catch (error) {
      if (!(error instanceof RequestError) || (error.status !== 405 && error.status !== 409)) throw error;
      // Two merges at once, or a push: the next try is at once. GitHub says so in words only.
      if (/was modified|already in progress/.test(error.message))
        return { wait: "others, who changed a branch at the same moment" };
      await this.requireAllowed(hindrancesOfRefused);
      if (/verified signature/i.test(refusalOf(error))) throw this.unsigned();
      const step = this.judge(error, owners);
      this.refused = { at: performance.now(), step };
      return step;
    }
  }

  private unsigned(): Failure {
    const problem = "got a commit without a verified signature; expected signed commits only";
    const fix = "and run it again where your Git signs: git config commit.gpgSign true";
    return new Failure(`${this.pull.url}: ${problem}. Delete ${this.request.branch}, ${fix}.`);
  }

  /** GitHub says in words only what a merge lacks. */
  private judge(error: RequestError, owners: readonly string[]): Step {
    const reason = refusalOf(error);
    if (passesByItself(reason) || CHECK.test(reason)) return { wait: reason };
    if (!/review|approv/i.test(reason)) {
      throw new Failure(
        `${this.pull.url}: GitHub refuses to merge it: ${reason}`,
        "Waiting does not help. Run the same command again when that is solved.",
      );
    }
    const missing = owners.length > 0 ? `review by ${owners.join(" or ")}` : `review: ${reason}`;
    return { done: { ...this.pull, state: "waits", for: missing } };
  }

  private describe({ name, output }: ListedRun): string {
    const said = [output.title, output.summary].filter((text) => text).join("\n");
    return `${this.pull.url}: the check ${name} failed.\n${said.slice(0, SUMMARY_LENGTH)}`.trim();
  }
}

/** Why GitHub refuses a merge, on one line and without what it says around that. */
export function refusalOf({ message }: RequestError): string {
  return message
    .trim()
    .replace(/\s*- https:\/\/docs\.github\.com\S*$/, "")
    .replace(/^Repository rule violations found/, "")
    .trim()
    .replaceAll(/\s*\n\s*/g, " ");
}

/** What GitHub says of a merge where a branch moved at the same moment, or it does not know its state yet. */
const MOVING = /was modified|already in progress|is not mergeable|has merge conflicts|is still a draft/i;
/** What it says of checks: those of others, which may still begin, among them. */
const CHECK = /status check|required workflow|scanning/i;
const RUNNING_CHECK = /status checks? .*(is|are) (pending|queued|in progress)/i;

/** Whether GitHub refuses a merge for a reason that passes without anybody's doing, or that the next look names. */
export function passesByItself(reason: string): boolean {
  return MOVING.test(reason) || RUNNING_CHECK.test(reason);
}

/** A pushed branch that is to be merged. */
export interface Request extends NewPullRequest {
  /** The branch's commit: nothing else is merged. */
  readonly head: string;
  /** What the merge's commit says below its title. */
  readonly message: string;
}

/**
 * Brings a pushed branch in by pull request: opens it or takes the open one, waits until GitHub lets it in, and merges
 * it. Stopped in between, the same call goes on where it was.
 * @returns what was merged; or, where all but a review is there, whose review it waits for.
 * @throws {Failure} where a check failed, somebody closed the pull request, or the time is over.
 * @throws {Rebuild} where the branch conflicts, or another commit is on it: make it again.
 */
export async function land(session: Session, request: Request, waiting: Waiting): Promise<Landed> {
  const pull = await openPullRequest(session, request);
  const { title, body } = request;
  if (pull.title !== title) {
    await session.github.rest.pulls.update({ ...session.repository, pull_number: pull.number, title, body });
  }
  const landing = new Landing(session, pull, request);
  for (;;) {
    const step = await landing.step();
    if ("done" in step) return step.done;
    await waiting.for(`#${pull.number}: ${step.wait}`);
  }
}

/** GitHub's answers that are about what was asked for: not about the token, limits or GitHub itself. */
const ABOUT_ONE = [404, 409, 422];

/** Whether an error says that one of many things cannot go on, so that the others can. */
export function isAboutOne(error: unknown): boolean {
  return error instanceof Failure || (error instanceof RequestError && ABOUT_ONE.includes(error.status));
}
