import { ACTIONS_APP_SLUG } from "../../domain/access/actions-app";
import type { WebhookEvent } from "../../domain/webhooks/payloads";
import { changedFiles } from "../../git/diff";
import type { Git } from "../../git/git";
import { mergeCommit } from "../../git/merge";
import { branchOfRef, ZERO } from "../../git/ref-names";
import { moveRef, readRef } from "../../git/refs";
import type { GitRepositories } from "../../git/repositories";
import type { RunCause } from "../../store/history-records";
import type { RepositoryRecord } from "../../store/records";

/** An event of a repository for workflows: what happened, and the commit that they run on. */
export interface Occurrence extends RunCause {
  /** Login of the actor. */
  sender: string;
  payload: Record<string, unknown>;
  /** The changed files; computed only if a filter needs them. */
  files: () => Promise<string[]>;
}

interface PullPayload {
  number: number;
  state: string;
  head: { ref: string; sha: string };
  base: { ref: string; sha: string };
}

/** Converts webhook events to occurrences, before workflows are selected. */
export class Occurrences {
  constructor(private readonly repositories: GitRepositories) {}

  /**
   * The occurrences of an event. Empty if the event can start nothing, such as every event that a workflow's own token
   * causes.
   */
  async of(repository: RepositoryRecord, { name, payload }: WebhookEvent): Promise<Occurrence[]> {
    const sender = (payload.sender as { login?: string } | undefined)?.login ?? "";
    if (sender === `${ACTIONS_APP_SLUG}[bot]`) return [];
    const common = { sender, payload, ...(typeof payload.action === "string" ? { action: payload.action } : {}) };
    if (name === "push") return this.push(repository, common);
    if (name === "pull_request") {
      const [onTarget, onMerge] = await Promise.all([
        this.onDefault(repository, "pull_request_target", common),
        this.onMerge(repository, "pull_request", common),
      ]);
      return [...onTarget, ...onMerge];
    }
    if (name === "pull_request_review") return this.onMerge(repository, name, common);
    if (name === "workflow_run") return this.onDefault(repository, name, common);
    return [];
  }

  /** The occurrence of a schedule, on the default branch's newest commit; undefined if it has none. */
  async scheduled(repository: RepositoryRecord, cron: string, sender: string): Promise<Occurrence | undefined> {
    const branch = repository.settings.default_branch;
    const ref = `refs/heads/${branch}`;
    const sha = (await readRef(this.repositories.open(repository.id), ref))?.sha;
    if (sha === undefined) return undefined;
    const payload = { schedule: cron };
    return { ...NO_PULL, sender, payload, event: "schedule", ref, sha, headSha: sha, headBranch: branch };
  }

  private push(repository: RepositoryRecord, common: Common): Occurrence[] {
    const { ref, before, after } = common.payload as { ref: string; before: string; after: string };
    if (after === ZERO) return [];
    const git = this.repositories.open(repository.id);
    const files = async () => {
      const main = `refs/heads/${repository.settings.default_branch}`;
      // A new branch adds what the default branch lacks; the first push of the default branch adds everything.
      const known = ref === main ? undefined : git.query(["merge-base", main, after]);
      const from = before === ZERO ? await known : before;
      const changes = from === undefined ? await allFiles(git, after) : await changedFiles(git, from, after);
      return changes.map(({ path }) => path);
    };
    const headBranch = branchOfRef(ref) ?? null;
    const event = "push" as const;
    return [{ ...NO_PULL, ...common, event, ref, sha: after, headSha: after, headBranch, files }];
  }

  /** Runs the default branch's version of the workflow. */
  private async onDefault(
    repository: RepositoryRecord,
    event: "pull_request_target" | "workflow_run",
    common: Common,
  ): Promise<Occurrence[]> {
    const branch = repository.settings.default_branch;
    const ref = `refs/heads/${branch}`;
    const sha = (await readRef(this.repositories.open(repository.id), ref))?.sha;
    if (sha === undefined) return [];
    if (event === "workflow_run") {
      return [{ ...NO_PULL, ...common, event, ref, sha, headSha: sha, headBranch: branch }];
    }
    return [{ ...common, ...this.pull(repository, common), event, ref, sha }];
  }

  /** Runs on the merge that a pull request would make, or on its head once it is closed. A conflict starts nothing. */
  private async onMerge(
    repository: RepositoryRecord,
    event: "pull_request" | "pull_request_review",
    common: Common,
  ): Promise<Occurrence[]> {
    const pull = common.payload.pull_request as PullPayload;
    const ref = `refs/pull/${pull.number}/merge`;
    const sha = pull.state === "open" ? await this.testMerge(repository, pull, ref) : pull.head.sha;
    if (sha === undefined) return [];
    return [{ ...common, ...this.pull(repository, common), event, ref, sha }];
  }

  private pull(repository: RepositoryRecord, common: Common) {
    const { head, base } = common.payload.pull_request as PullPayload;
    const git = this.repositories.open(repository.id);
    const files = async () => {
      const from = (await git.query(["merge-base", base.sha, head.sha])) ?? base.sha;
      return (await changedFiles(git, from, head.sha)).map(({ path }) => path);
    };
    return { headSha: head.sha, headBranch: head.ref, baseRef: base.ref, headRef: head.ref, files, chain: 0 };
  }

  private async testMerge(repository: RepositoryRecord, pull: PullPayload, ref: string): Promise<string | undefined> {
    const git = this.repositories.open(repository.id);
    const base = (await readRef(git, `refs/heads/${pull.base.ref}`))?.sha ?? pull.base.sha;
    const person = { name: "GitHub", email: "noreply@localhost", date: new Date().toISOString() };
    const message = `Merge ${pull.head.sha} into ${base}`;
    const sha = await mergeCommit(git, base, pull.head.sha, { message, author: person, committer: person });
    if (sha === undefined) return undefined;
    await moveRef(git, ref, (await readRef(git, ref))?.sha ?? ZERO, sha);
    return sha;
  }
}

interface Common {
  sender: string;
  payload: Record<string, unknown>;
  action?: string;
}

const NO_PULL = { baseRef: "", headRef: "", files: () => Promise.resolve([]), chain: 0 };

async function allFiles(git: Git, commit: string): Promise<{ path: string }[]> {
  const output = await git.run(["ls-tree", "-r", "-z", "--name-only", commit]);
  return output
    .split("\0")
    .filter((path) => path !== "")
    .map((path) => ({ path }));
}
