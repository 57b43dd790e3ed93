import type { Actor } from "./auth";
import { now } from "./database";
import type { Git } from "./git/git";
import { changedFiles, lineCounts } from "./git/diff";
import { mergeTree } from "./git/merge";
import { ZERO } from "./git/ref-names";
import { moveRef, readRef } from "./git/refs";
import type { GitRepositories } from "./git/repositories";
import type { PullRequestRecord, RepositoryRecord } from "./records";
import type { AcceptedUpdate } from "./ref-updates";
import { pullFull, type PullRequestFigures } from "./shapes/pulls";
import type { ShapeContext } from "./shapes/repositories";
import { commonPayload } from "./webhooks/payloads";
import type { Webhooks } from "./webhooks/webhooks";

/** Keeps pull requests in step with their branches, and tells hooks about them. */
export class PullRequests {
  constructor(
    private readonly shapes: ShapeContext,
    private readonly repositories: GitRepositories,
    private readonly webhooks: Webhooks,
  ) {}

  /** After refs moved: a new head is a new state of its pull request, a deleted head closes it. */
  refsMoved({ actor, repository, changes }: AcceptedUpdate): void {
    for (const pull of repository.pullRequests.filter(({ state }) => state === "open")) {
      const change = changes.find(({ ref }) => ref === `refs/heads/${pull.head.ref}`);
      if (!change) continue;
      pull.updatedAt = now();
      if (change.after === ZERO) Object.assign(pull, { state: "closed", closedAt: now() });
      else pull.head.sha = change.after;
      this.changed(actor, repository, pull, change.after === ZERO ? "closed" : "synchronize");
    }
  }

  /** Something happened to a pull request: keep refs/pull/<number>/head at its head, and tell the hooks. */
  changed(actor: Actor, repository: RepositoryRecord, pull: PullRequestRecord, action: string): void {
    const git = this.repositories.open(repository.id);
    const { sha } = pull.head;
    const done = this.point(git, pull, sha).then(async () => {
      const shape = pullFull(this.shapes, repository, pull, await figuresOf(git, pull));
      const payload = {
        action,
        number: pull.number,
        pull_request: shape,
        ...commonPayload(this.shapes, repository, actor),
      };
      this.webhooks.emit(repository, { name: "pull_request", payload });
    });
    done.catch((error: unknown) => {
      process.stderr.write(`pull request ${pull.number}: ${String(error)}\n`);
    });
  }

  private async point(git: Git, pull: PullRequestRecord, sha: string): Promise<void> {
    const name = `refs/pull/${pull.number}/head`;
    const before = (await readRef(git, name))?.sha ?? ZERO;
    if (before !== sha) await moveRef(git, name, before, sha);
  }
}

/** What the Git data say about a pull request. */
export async function figuresOf(git: Git, pull: PullRequestRecord): Promise<PullRequestFigures> {
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
  return {
    mergeable: isOpen ? tree !== undefined : undefined,
    commits: Number(commits),
    additions: sum("additions"),
    deletions: sum("deletions"),
    changedFiles: files.length,
  };
}
