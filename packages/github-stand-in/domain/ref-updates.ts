import { type Git, GitError } from "../git/git";
import type { PushHandler, RefChange } from "../git/push-hooks";
import { ZERO } from "../git/ref-names";
import { moveRef, RefConflict } from "../git/refs";
import type { GitRepositories } from "../git/repositories";
import type { Urls } from "../shapes/urls";
import { type Database, now } from "../store/database";
import { atLeast } from "../store/permissions";
import type { RepositoryRecord } from "../store/records";
import { type Actor, denied, permissionOf } from "./access/roles";
import { HttpError, unprocessable } from "./errors";
import type { PullSnapshot } from "./merge-requirements";
import type { Protection } from "./protection";
import { changedWorkflow } from "./update-violations";

/** Refs of one repository that moved, and the actor that moved them. */
export interface AcceptedUpdate {
  actor: Actor;
  repository: RepositoryRecord;
  changes: RefChange[];
  /** The pull request that the update merges. */
  merging?: PullSnapshot | undefined;
}

/** A change of a ref that is not decided yet. */
export interface ProposedChange extends RefChange {
  /** The repository with the objects of the change, including those of a push that is not accepted yet. */
  git: Git;
  /** The pull request that the change merges. */
  merging?: PullSnapshot | undefined;
}

/** Options of an API call that moves a ref. */
export interface ApplyOptions {
  /** Status of the response if a rule rejects the change: GitHub's differs between kinds of calls. Default: 422. */
  refusedAs?: 405 | 409 | 422;
  /** The pull request that the change merges. */
  merging?: PullSnapshot;
}

/** Why a ref may not move. */
export interface Refusal {
  /** The response to an API call. */
  error: HttpError;
  /** The output of `git push`: one or more lines. */
  text: string;
  /** Whether it was rejected by rulesets. */
  isRule?: boolean;
}

/**
 * Makes every change of a ref, whether by a push, a contents write or a merge: authorizes it, moves the ref and
 * notifies the listeners.
 */
export class RefUpdates {
  private readonly listeners: ((update: AcceptedUpdate) => void)[] = [];

  constructor(
    private readonly database: Database,
    private readonly repositories: GitRepositories,
    private readonly protection: Protection,
    private readonly urls: Urls,
  ) {}

  /** Registers a listener, which is called synchronously after every accepted update. */
  onAccepted(listener: (update: AcceptedUpdate) => void): void {
    this.listeners.push(listener);
  }

  /**
   * Decides whether an actor may move a ref: undefined, or why not. Checks write permission, that the repository is not
   * archived, that the default branch is not deleted, that a limited token which changes workflows has the permission
   * to, and the rulesets.
   */
  async authorizeRefUpdate(
    actor: Actor,
    repository: RepositoryRecord,
    change: ProposedChange,
  ): Promise<Refusal | undefined> {
    const has = permissionOf(this.database, actor, repository);
    const name = `${repository.owner}/${repository.name}`;
    if (!atLeast(has, "write")) {
      const text = `Permission to ${name}.git denied to ${actor.account.login}.`;
      return { error: denied(actor, has, "write"), text };
    }
    if (repository.settings.archived) {
      const text = "Repository was archived so is read-only.";
      return { error: new HttpError(403, text), text: `This repository was archived so it is read-only.` };
    }
    if (change.after === ZERO && change.ref === `refs/heads/${repository.settings.default_branch}`) {
      const text = `refusing to delete the current branch: ${change.ref}`;
      return { error: unprocessable("Cannot delete the default branch"), text };
    }
    if (actor.scopes && actor.scopes.permissions.workflows !== "write") {
      const path = await changedWorkflow(change.git, change);
      if (path !== undefined) {
        const who = actor.app ? "a GitHub App" : "a Personal Access Token";
        const what = `create or update workflow \`${path}\` without \`workflows\` permission`;
        const text = `refusing to allow ${who} to ${what}`;
        return { error: new HttpError(403, text), text };
      }
    }
    const violations = await this.protection.violations(actor, repository, change.git, change, change.merging);
    if (violations.length === 0) return undefined;
    return {
      error: unprocessable(violationMessage(violations)),
      text: violationText(change.ref, this.urls.html(repository, "/rules"), violations),
      isRule: true,
    };
  }

  /**
   * Moves one ref for an API call. Throws GitHub's error if a rule rejects it, 409 if the ref is no longer at `before`,
   * and 422 if git rejects the ref.
   */
  async apply(
    actor: Actor,
    repository: RepositoryRecord,
    change: RefChange,
    { refusedAs = 422, merging }: ApplyOptions = {},
  ): Promise<void> {
    const git = this.repositories.open(repository.id);
    const refusal = await this.authorizeRefUpdate(actor, repository, { ...change, git, merging });
    if (refusal) throw refusal.isRule === true ? new HttpError(refusedAs, refusal.error.message) : refusal.error;
    try {
      await moveRef(git, change.ref, change.before, change.after);
    } catch (error) {
      if (error instanceof RefConflict) throw new HttpError(409, error.message);
      if (error instanceof GitError) throw unprocessable("Reference update failed");
      throw error;
    }
    this.notify({ actor, repository, changes: [change], merging });
  }

  /** Handles what the hooks of one push ask. */
  pushHandler(actor: Actor, repository: RepositoryRecord): PushHandler {
    const git = this.repositories.open(repository.id);
    return {
      authorize: async (changes, quarantine) => {
        const received = git.with(quarantine);
        const asked = changes.map((change) => this.authorizeRefUpdate(actor, repository, { ...change, git: received }));
        const refusals = (await Promise.all(asked)).filter((refusal) => refusal !== undefined);
        return refusals.length === 0 ? undefined : refusals.map((refusal) => refusal.text).join("\n");
      },
      accepted: (changes) => {
        this.notify({ actor, repository, changes });
      },
    };
  }

  private notify(update: AcceptedUpdate): void {
    for (const listener of this.listeners) listener(update);
    update.repository.pushedAt = now();
    update.repository.updatedAt = now();
    this.database.saveSoon();
  }
}

/** The message with which an API call is rejected: GitHub's heading and one paragraph per rule. */
export function violationMessage(violations: readonly string[]): string {
  return `Repository rule violations found\n\n${violations.map((violation) => `${violation}\n\n`).join("")}`;
}

/** The output of a rejected push: git puts `remote: ` before each line. `rules` is the URL of the rules page. */
export function violationText(ref: string, rules: string, violations: readonly string[]): string {
  return [
    `error: GH013: Repository rule violations found for ${ref}.`,
    `Review all repository rules at ${rules}?ref=${encodeURIComponent(ref)}`,
    "",
    ...violations.flatMap((violation) => [`- ${violation}`, ""]),
  ].join("\n");
}
