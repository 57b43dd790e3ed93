import { type Actor, atLeast, denied, permissionOf } from "./auth";
import { type Database, now } from "./database";
import { HttpError, unprocessable } from "./errors";
import { type Git, GitError } from "./git/git";
import type { PushHandler, RefChange } from "./git/push-hooks";
import { ZERO } from "./git/ref-names";
import { moveRef, RefConflict } from "./git/refs";
import type { GitRepositories } from "./git/repositories";
import type { RepositoryRecord } from "./records";

/** Refs of one repository that moved, and who moved them. */
export interface AcceptedUpdate {
  actor: Actor;
  repository: RepositoryRecord;
  changes: RefChange[];
}

/** A change of a ref that is not decided yet. */
export interface ProposedChange extends RefChange {
  /** The repository with the objects of the change, also those of a push that is not accepted yet. */
  git: Git;
}

/** Why a ref may not move. */
export interface Refusal {
  /** The answer to an API call. */
  error: HttpError;
  /** What a `git push` prints; one or more lines. */
  text: string;
}

/**
 * The one way by which refs change, whether by a push, a contents write or a merge: ask authorizeRefUpdate, move, tell
 * the listeners.
 */
export class RefUpdates {
  private readonly listeners: ((update: AcceptedUpdate) => void)[] = [];

  constructor(
    private readonly database: Database,
    private readonly repositories: GitRepositories,
  ) {}

  /** Call something after every accepted update, in the same turn. */
  onAccepted(listener: (update: AcceptedUpdate) => void): void {
    this.listeners.push(listener);
  }

  /**
   * Whether somebody may move a ref: undefined, or why not. Asks for the right to write, that the repository is not
   * archived, and that the default branch stays. Rulesets do not take part: they are stored, not enforced.
   */
  authorizeRefUpdate(actor: Actor, repository: RepositoryRecord, change: ProposedChange): Promise<Refusal | undefined> {
    const has = permissionOf(this.database, actor, repository);
    const name = `${repository.owner}/${repository.name}`;
    if (!atLeast(has, "write")) {
      const text = `Permission to ${name}.git denied to ${actor.account.login}.`;
      return Promise.resolve({ error: denied(actor, has, "write"), text });
    }
    if (repository.settings.archived) {
      const text = "Repository was archived so is read-only.";
      return Promise.resolve({
        error: new HttpError(403, text),
        text: `This repository was archived so it is read-only.`,
      });
    }
    if (change.after === ZERO && change.ref === `refs/heads/${repository.settings.default_branch}`) {
      const text = `refusing to delete the current branch: ${change.ref}`;
      return Promise.resolve({ error: unprocessable("Cannot delete the default branch"), text });
    }
    return Promise.resolve(undefined);
  }

  /**
   * Move one ref for an API call. Throws GitHub's error where a rule refuses it, 409 where the ref is no longer at
   * `before`, 422 where git does not want such a ref.
   */
  async apply(actor: Actor, repository: RepositoryRecord, change: RefChange): Promise<void> {
    const git = this.repositories.open(repository.id);
    const refusal = await this.authorizeRefUpdate(actor, repository, { ...change, git });
    if (refusal) throw refusal.error;
    try {
      await moveRef(git, change.ref, change.before, change.after);
    } catch (error) {
      if (error instanceof RefConflict) throw new HttpError(409, error.message);
      if (error instanceof GitError) throw unprocessable("Reference update failed");
      throw error;
    }
    this.tell({ actor, repository, changes: [change] });
  }

  /** What the hooks of one push ask. */
  pushHandler(actor: Actor, repository: RepositoryRecord): PushHandler {
    const git = this.repositories.open(repository.id);
    return {
      judge: async (changes, quarantine) => {
        const received = git.with(quarantine);
        const asked = changes.map((change) => this.authorizeRefUpdate(actor, repository, { ...change, git: received }));
        const refusals = (await Promise.all(asked)).filter((refusal) => refusal !== undefined);
        return refusals.length === 0 ? undefined : refusals.map((refusal) => refusal.text).join("\n");
      },
      accepted: (changes) => {
        this.tell({ actor, repository, changes });
      },
    };
  }

  private tell(update: AcceptedUpdate): void {
    for (const listener of this.listeners) listener(update);
    update.repository.pushedAt = now();
    update.repository.updatedAt = now();
    this.database.saveSoon();
  }
}
