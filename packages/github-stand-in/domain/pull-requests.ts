import { changedFiles, lineCounts } from "../git/diff";
import type { Git } from "../git/git";
import { mergeTree } from "../git/merge";
import type { RefChange } from "../git/push-hooks";
import { ZERO } from "../git/ref-names";
import { moveRef, readRef } from "../git/refs";
import type { GitRepositories } from "../git/repositories";
import { pullFull, type PullRequestFigures, pullSimple } from "../shapes/pulls";
import type { ShapeContext } from "../shapes/repositories";
import { reviewShape } from "../shapes/reviews";
import { now } from "../store/database";
import type { PullRequestRecord, RepositoryRecord, ReviewRecord } from "../store/records";
import type { Actor } from "./access/roles";
import type { Protection } from "./protection";
import type { AcceptedUpdate } from "./ref-updates";
import { checkState } from "./required-checks";
import { type DiffState, diffState, mergeBaseOf } from "./reviews";
import { commonPayload } from "./webhooks/payloads";
import type { Webhooks } from "./webhooks/webhooks";

/** Updates pull requests when their branches move, and emits their webhook events. */
export class PullRequests {
  private readonly work = new Map<number, Promise<void>>();
  /** Pull request id → the commits that were compared last. */
  private readonly compared = new Map<number, { head: string; mergeBase: string }>();

  constructor(
    private readonly shapes: ShapeContext,
    private readonly repositories: GitRepositories,
    private readonly webhooks: Webhooks,
    private readonly protection: Protection,
  ) {}

  /**
   * Handles moved refs: a new head updates its pull request, a deleted head closes it, and a moved base may contain it.
   */
  refsMoved({ actor, repository, changes }: AcceptedUpdate): void {
    for (const { ref } of changes) repository.pushers[ref] = actor.account.login;
    for (const pull of repository.pullRequests.filter(({ state }) => state === "open")) {
      const head = changes.find(({ ref }) => ref === `refs/heads/${pull.head.ref}`);
      const base = changes.find(({ ref }) => ref === `refs/heads/${pull.base.ref}`);
      if (head) {
        pull.updatedAt = now();
        if (head.after === ZERO) Object.assign(pull, { state: "closed", closedAt: now() });
        else pull.head.sha = head.after;
        this.changed(actor, repository, pull, head.after === ZERO ? "closed" : "synchronize");
      }
      if (head ?? base) {
        this.track(repository, async () => {
          // Two concurrent pushes may be reported in another order than Git accepted them.
          await this.catchUp(repository, pull);
          await this.compare(actor, repository, pull, head);
        });
      }
    }
  }

  /** Sets the head of an open pull request to the tip of its branch. */
  async catchUp(repository: RepositoryRecord, pull: PullRequestRecord): Promise<void> {
    const { sha } = pull.head;
    const ref = `refs/heads/${pull.head.ref}`;
    const tip = (await readRef(this.repositories.open(repository.id), ref))?.sha ?? sha;
    if (pull.state !== "open" || pull.head.sha !== sha || tip === sha) return;
    pull.head.sha = tip;
    pull.lastPush = { by: repository.pushers[ref] ?? pull.author, sha: tip };
  }

  /** Resolves when the effects of all pushes so far are complete. */
  async settled(repository: RepositoryRecord): Promise<void> {
    await this.work.get(repository.id);
  }

  /** Resolves when the work for all repositories is complete. */
  async close(): Promise<void> {
    await Promise.all(this.work.values());
  }

  /** The difference that a pull request currently makes. */
  async diff(repository: RepositoryRecord, pull: PullRequestRecord, head = pull.head.sha): Promise<DiffState> {
    const git = this.repositories.open(repository.id);
    const base = (await readRef(git, `refs/heads/${pull.base.ref}`))?.sha ?? pull.base.sha;
    return diffState(git, base, head);
  }

  /** A pull request with all its computed fields. */
  async shape(repository: RepositoryRecord, pull: PullRequestRecord) {
    const git = this.repositories.open(repository.id);
    return pullFull(this.shapes, repository, pull, await figuresOf(this.protection, git, repository, pull));
  }

  /** Handles a change of a pull request: updates refs/pull/<number>/head and emits an event. */
  changed(actor: Actor, repository: RepositoryRecord, pull: PullRequestRecord, action: string, more = {}): void {
    const { sha } = pull.head;
    this.track(repository, async () => {
      await this.point(repository, pull, sha);
      if (!this.webhooks.isWanted(repository, "pull_request")) return;
      const payload = {
        action,
        number: pull.number,
        pull_request: await this.shape(repository, pull),
        ...more,
        ...commonPayload(this.shapes, repository, actor),
      };
      this.webhooks.emit(repository, { name: "pull_request", payload });
    });
  }

  /** Handles a new base of a pull request: approvals for the former base are dismissed. */
  rebased(actor: Actor, repository: RepositoryRecord, pull: PullRequestRecord, changes: object): void {
    for (const review of pull.reviews.filter(({ state }) => state === "APPROVED")) {
      this.dismiss(actor, repository, pull, review);
    }
    this.track(repository, () => this.compare(actor, repository, pull, undefined));
    this.changed(actor, repository, pull, "edited", { changes });
  }

  /** Handles a reopened pull request: its branch may have moved while it was closed. */
  reopened(actor: Actor, repository: RepositoryRecord, pull: PullRequestRecord, head: string): void {
    if (pull.head.sha === head) return;
    pull.head.sha = head;
    pull.lastPush = { by: repository.pushers[`refs/heads/${pull.head.ref}`] ?? pull.author, sha: head };
    this.track(repository, () => this.compare(actor, repository, pull, undefined));
  }

  /** Emits the event of a review. */
  reviewed(
    actor: Actor,
    repository: RepositoryRecord,
    pull: PullRequestRecord,
    review: ReviewRecord,
    action: "submitted" | "edited" | "dismissed",
  ): void {
    const shape = reviewShape(this.shapes, repository, pull, review);
    const payload = {
      action,
      // Unlike the API, events have the state in lower case.
      review: { ...shape, state: shape.state.toLowerCase() },
      pull_request: pullSimple(this.shapes, repository, pull),
      ...commonPayload(this.shapes, repository, actor),
    };
    this.webhooks.emit(repository, { name: "pull_request_review", payload });
  }

  private async compare(
    actor: Actor,
    repository: RepositoryRecord,
    pull: PullRequestRecord,
    head: RefChange | undefined,
  ): Promise<void> {
    if (pull.state !== "open") return;
    const git = this.repositories.open(repository.id);
    const base = (await readRef(git, `refs/heads/${pull.base.ref}`))?.sha;
    if (base === undefined) return;
    const seen = { head: pull.head.sha, mergeBase: await mergeBaseOf(git, base, pull.head.sha) };
    if (seen.mergeBase === seen.head) {
      this.mergedByPush(actor, repository, pull);
      return;
    }
    // The same two commits make the same difference: most moves of a base end here.
    const known = this.compared.get(pull.id);
    if (known?.head === seen.head && known.mergeBase === seen.mergeBase) return;
    const { id } = await diffState(git, base, seen.head);
    this.compared.set(pull.id, seen);
    if (head && (await diffState(git, base, head.before)).id !== id) {
      pull.lastPush = { by: actor.account.login, sha: head.after };
    }
    if (!this.protection.dismissesStale(repository, pull.base.ref)) return;
    for (const review of pull.reviews.filter(({ state, diff }) => state === "APPROVED" && diff !== id)) {
      this.dismiss(actor, repository, pull, review);
    }
    await this.shapes.database.save();
  }

  private dismiss(actor: Actor, repository: RepositoryRecord, pull: PullRequestRecord, review: ReviewRecord): void {
    review.state = "DISMISSED";
    this.reviewed(actor, repository, pull, review, "dismissed");
  }

  private mergedByPush(actor: Actor, repository: RepositoryRecord, pull: PullRequestRecord): void {
    // A merge of this pull request through the API may have finished in the meantime.
    if (pull.state !== "open") return;
    const time = now();
    const merged = { at: time, by: actor.account.login, sha: pull.head.sha };
    Object.assign(pull, { state: "closed", closedAt: time, updatedAt: time, merged });
    this.shapes.database.saveSoon();
    this.changed(actor, repository, pull, "closed");
  }

  private async point(repository: RepositoryRecord, pull: PullRequestRecord, sha: string): Promise<void> {
    const git = this.repositories.open(repository.id);
    const name = `refs/pull/${pull.number}/head`;
    const before = (await readRef(git, name))?.sha ?? ZERO;
    if (before !== sha) await moveRef(git, name, before, sha);
  }

  private track(repository: RepositoryRecord, job: () => Promise<void>): void {
    const earlier = this.work.get(repository.id) ?? Promise.resolve();
    const done = earlier.then(job).catch((error: unknown) => {
      process.stderr.write(`pull requests of ${repository.name}: ${String(error)}\n`);
    });
    this.work.set(repository.id, done);
  }
}

/** The fields of a pull request that are computed from the Git data, the rules and the checks. */
async function figuresOf(
  protection: Protection,
  git: Git,
  repository: RepositoryRecord,
  pull: PullRequestRecord,
): Promise<PullRequestFigures> {
  const { head } = pull;
  const isOpen = pull.state === "open";
  const current = isOpen ? (await readRef(git, `refs/heads/${pull.base.ref}`))?.sha : undefined;
  const base = current ?? pull.base.sha;
  const mergeBase = (await git.query(["merge-base", base, head.sha])) ?? base;
  const [tree, commits, files, lines] = await Promise.all([
    isOpen ? mergeTree(git, base, head.sha) : undefined,
    git.run(["rev-list", "--count", head.sha, "--not", base]),
    changedFiles(git, mergeBase, head.sha),
    lineCounts(git, mergeBase, head.sha),
  ]);
  const sum = (key: "additions" | "deletions") => [...lines.values()].reduce((total, line) => total + line[key], 0);
  const mergeable = isOpen ? tree !== undefined : undefined;
  return {
    mergeable,
    mergeableState: await stateOf(protection, git, repository, pull, mergeable),
    commits: Number(commits),
    additions: sum("additions"),
    deletions: sum("deletions"),
    changedFiles: files.length,
  };
}

async function stateOf(
  protection: Protection,
  git: Git,
  repository: RepositoryRecord,
  pull: PullRequestRecord,
  mergeable: boolean | undefined,
): Promise<PullRequestFigures["mergeableState"]> {
  if (mergeable === undefined) return "unknown";
  if (!mergeable) return "dirty";
  if (pull.draft) return "draft";
  const { isBehind, others } = await protection.missing(repository, git, pull);
  if (others.length > 0) return "blocked";
  if (isBehind) return "behind";
  return allSucceeded(repository, pull.head.sha) ? "clean" : "unstable";
}

function allSucceeded(repository: RepositoryRecord, sha: string): boolean {
  const statuses = repository.statuses.filter((status) => status.sha === sha);
  const runs = repository.checkRuns.filter((run) => run.sha === sha);
  const names = new Set([...statuses.map(({ context }) => context), ...runs.map(({ name }) => name)]);
  return [...names].every((context) => checkState({ context }, { statuses, runs }) === "success");
}
