import { queuedBumpBranch } from "@gitops-platform/contract/branches";
import { Failure } from "@gitops-platform/contract/failure";
import type { ValuesFile } from "@gitops-platform/contract/paths";
import {
  digestProblem,
  sameVersion,
  tagProblem,
  type Version,
  versionName,
} from "@gitops-platform/contract/values/image";
import type { Clone, RefMove } from "../git/clone";
import { isAncestor } from "../git/commits";
import { fetchOf, MAIN, remoteBranch } from "../git/refs";
import { GitFailure } from "../git/run-git";
import { commitFile } from "../github/make-commit";
import { newestPushedOnlyBy } from "../github/pushers";
import { readRules } from "../rules";
import { movingProblem, type TagRules } from "@gitops-platform/rules/tags";
import type { Session } from "../session";
import { imageAt, imageOn, namesAt, textOn, withVersion } from "../values/at";
import { nameProblems } from "../values/files";
import { formatMessage } from "@gitops-platform/contract/trailers";
import type { Outcome } from "./outcome";

/** A version for a service. */
export interface BumpOrder extends ValuesFile {
  readonly version: Version;
}

/** A branch of the queue. Each service has its own, so that any number of concurrent bumps succeeds. */
export interface QueueBranch extends ValuesFile {
  readonly branch: string;
  /** Its newest commit. */
  readonly tip: string;
}

/** A bump in the queue. */
export interface QueuedBump extends QueueBranch, BumpOrder {
  /** Its commit. Somebody else may have pushed others on top of it. */
  readonly commit: string;
}

/** What a branch of the queue holds. */
export type QueueEntry =
  | { readonly state: "waits"; readonly bump: QueuedBump }
  /** GitHub has not recorded yet who pushed it. */
  | { readonly state: "unrecorded" }
  /** Nothing that is not on `main`. */
  | { readonly state: "landed" }
  /** A version that `main` already has, or one that was requested before the version of `main`. */
  | { readonly state: "overtaken"; readonly bump: QueuedBump }
  /** A bump that cannot be merged. */
  | { readonly state: "refused"; readonly reason: string }
  /** Nothing that the App queued, so nobody waits for it. */
  | { readonly state: "foreign"; readonly reason: string };

/**
 * The queue of an environment's bumps. Any writer can push to its branches, so an entry counts only as far as the App
 * that runs `gitops bump` has pushed it, and everything that `gitops bump` checks is checked again.
 */
export class BumpQueue {
  private readonly prefix: string;
  private readonly pushed = new Map<string, string | undefined>();

  /** @param bot The login of the App that queues bumps. */
  constructor(
    private readonly session: Session,
    private readonly environment: string,
    private readonly bot: string,
  ) {
    this.prefix = queuedBumpBranch(environment, "");
  }

  /** Fetches `main` and the queue, without calls to GitHub's API. */
  async fetch(): Promise<void> {
    await this.session.clone.fetch(fetchOf("main"), fetchOf(`${this.prefix}*`));
  }

  /** Its branches as of the last fetch, the one with the oldest commit first. */
  async branches(): Promise<QueueBranch[]> {
    const format = "--format=%(objectname) %(refname:lstrip=5)";
    const sort = ["--sort=refname", "--sort=committerdate"];
    const lines = await this.session.clone.git("for-each-ref", ...sort, format, remoteBranch(this.prefix));
    return lines.split("\n").flatMap((line) => {
      const [tip = "", service = ""] = line.split(" ");
      const { environment } = this;
      return service === "" ? [] : [{ environment, service, branch: `${this.prefix}${service}`, tip }];
    });
  }

  /** A service's branch as of the last fetch; undefined if there is none. */
  async branchOf(service: string): Promise<QueueBranch | undefined> {
    return (await this.branches()).find((branch) => branch.service === service);
  }

  /** Judges what a branch holds, by the `main` that was fetched last. */
  async judge(place: QueueBranch): Promise<QueueEntry> {
    const { clone } = this.session;
    if (await isAncestor(clone, place.tip, MAIN)) return { state: "landed" };
    const [name] = nameProblems({ service: place.service });
    if (name !== undefined) return { state: "foreign", reason: `${place.branch}: ${name}` };
    const pushed = await this.pushedBy(place);
    if (pushed === undefined) return { state: "unrecorded" };
    const { commit } = pushed;
    if (commit === undefined || !(await this.isQueued(commit, place))) {
      const problem = `got a push by somebody else; expected ${this.bot} alone`;
      const reason = `${place.branch}: ${problem}. Run the workflow Bump again.`;
      return { state: commit === undefined ? "foreign" : "refused", reason };
    }
    // Rules that cannot be read are not the bump's fault, nor is a fetch that fails.
    const { tags } = await readRules(clone);
    try {
      const bump = { ...place, commit, version: await this.versionOf(place, commit, tags) };
      return { state: (await this.isOvertaken(bump)) ? "overtaken" : "waits", bump };
    } catch (error) {
      if (error instanceof GitFailure || !(error instanceof Failure)) throw error;
      return { state: "refused", reason: error.message };
    }
  }

  /**
   * Whether the version on `main` is newer than a bump, or the same. The last request wins: if `main` has none of the
   * versions that the bump, or an earlier one below it in the queue, was to replace, a later change has been merged.
   */
  async isOvertaken(bump: Pick<QueuedBump, "environment" | "service" | "version" | "commit">): Promise<boolean> {
    const { clone } = this.session;
    const present = await imageOn(clone, MAIN, bump);
    if (sameVersion(present, bump.version)) return true;
    const history = await clone.git("rev-list", "--parents", bump.commit, "--not", MAIN);
    const replaced = new Set(history.split(/\s/).filter((commit) => commit !== "" && commit !== bump.commit));
    await clone.prefetch([...replaced].flatMap((commit) => namesAt(commit, bump)));
    const versions = await Promise.all([...replaced].map((commit) => readableAt(clone, commit, bump)));
    return !versions.some((version) => version && sameVersion(version, present));
  }

  /**
   * Queues a bump: creates the service's branch at a commit by Git, which GitHub does not limit, and adds one commit.
   * @param place The service's branch; undefined if there is none.
   * @param parent The bump on this branch, which the new one replaces; undefined: the new one begins at `main`.
   * @returns the commit; undefined if the branch was changed at the same time.
   */
  async put(
    file: ValuesFile,
    place: QueueBranch | undefined,
    parent: string | undefined,
    { path, text, message }: { readonly path: string; readonly text: string; readonly message: string },
  ): Promise<string | undefined> {
    const { clone } = this.session;
    const branch = `${this.prefix}${file.service}`;
    const from = parent ?? (await clone.git("rev-parse", MAIN));
    if (parent === undefined || place?.tip !== parent) {
      const ref = `refs/heads/${branch}`;
      // Deleted first, because every push since the branch's creation counts.
      if (place && !(await clone.push({ ref, to: null, from: place.tip }))) return undefined;
      if (!(await clone.push({ ref, to: from, from: null }))) return undefined;
    }
    return commitFile(this.session, { branch, parent: from, path, text, message });
  }

  /** Removes branches by one push. Those to which a bump was added in the meantime stay. */
  async remove(branches: readonly Pick<QueueBranch, "branch" | "tip">[]): Promise<void> {
    const { clone } = this.session;
    const move = ({ branch, tip }: Pick<QueueBranch, "branch" | "tip">): RefMove => {
      return { ref: `refs/heads/${branch}`, to: null, from: tip };
    };
    let left = branches;
    while (left.length > 0 && !(await clone.push(...left.map(move)))) {
      await clone.fetch();
      const tips = await Promise.all(left.map(({ branch }) => clone.resolve(remoteBranch(branch))));
      left = left.filter(({ tip }, index) => tips[index] === tip);
    }
  }

  /** What the App pushed; undefined if GitHub has not recorded it yet. It cannot change, so it is requested once. */
  private async pushedBy({ branch, tip }: QueueBranch): Promise<{ readonly commit: string | undefined } | undefined> {
    const key = `${branch} ${tip}`;
    if (this.pushed.has(key)) return { commit: this.pushed.get(key) };
    const found = await newestPushedOnlyBy(this.session, branch, tip, this.bot);
    if (found) this.pushed.set(key, found.commit);
    return found;
  }

  /** Whether a commit is on a branch of the queue and not on `main`. Somebody may have force-pushed it away. */
  private async isQueued(commit: string, { tip }: QueueBranch): Promise<boolean> {
    const { clone } = this.session;
    if (commit === tip) return true;
    if ((await clone.resolve(commit)) === undefined) return false;
    return (await isAncestor(clone, commit, tip)) && !(await isAncestor(clone, commit, MAIN));
  }

  /** The version that a bump's commit asks for. Throws {@link Failure} with what is wrong with it. */
  private async versionOf(place: QueueBranch, commit: string, tags: TagRules): Promise<Version> {
    const { clone } = this.session;
    const present = await textOn(clone, MAIN, place);
    const { tag, digest } = await imageOn(clone, commit, place);
    const version = { tag, digest };
    const form = [tagProblem(tag), digest === undefined ? undefined : digestProblem(digest)];
    const problems = [...form, movingProblem(version, tags)].filter((problem) => problem !== undefined);
    if (problems.length > 0) throw new Failure(...problems);
    withVersion(present, version);
    return version;
  }
}

/** The version of a service at a commit; undefined if it has none that can be read. */
async function readableAt(clone: Clone, commit: string, file: ValuesFile): Promise<Version | undefined> {
  try {
    return await imageAt(clone, commit, file);
  } catch (error) {
    // After a failed fetch it is unknown whether the file is readable.
    if (error instanceof GitFailure || !(error instanceof Failure)) throw error;
    return undefined;
  }
}

/** A bump in one line: its commit's subject, and what its outcome is about. */
export function subjectOf({ service, environment, version }: BumpOrder): string {
  return `Deploy ${service} ${version.tag} to ${environment}`;
}

/**
 * The message of a bump's commit.
 * @param requestedBy Logins of those who started the workflow that runs it.
 */
export function messageOf(order: BumpOrder, requestedBy: readonly string[]): string {
  const { service, environment, version } = order;
  return formatMessage(subjectOf(order), {
    Service: service,
    Environment: environment,
    Image: versionName(version),
    "Requested-By": requestedBy.map((login) => `@${login}`),
  });
}

/** The outcome of a bump. */
export function outcomeOf(order: BumpOrder, more: Pick<Outcome, "state"> & Partial<Outcome>): Outcome {
  const { service, environment, version } = order;
  return { service, environment, image: versionName(version), summary: subjectOf(order), ...more };
}
