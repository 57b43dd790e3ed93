import { bumpBranch, queuedBumpBranch } from "@gitops-platform/contract/branches";
import { branchRules } from "../github/hindrances";
import { isPushedBy } from "../github/pushers";
import type { Session } from "../session";
import { fetchOf, MAIN, remoteBranch } from "../git/refs";
import type { RefMove } from "../git/clone";

/** A bump in the queue. */
export interface WaitingBump {
  readonly service: string;
  /** The newest commit of the service's branch. */
  readonly tip: string;
  /** Whether its run may still be waiting. */
  readonly isFresh: boolean;
}

/** A bump is ignored after this time, because its run has timed out (`--timeout`, 10 minutes by default). In ms. */
const FRESH = 15 * 60_000;

/** The waiting bumps of an environment. Each has its own branch, so that any number of concurrent pushes succeeds. */
export class BumpQueue {
  private readonly prefix: string;

  constructor(
    private readonly session: Session,
    private readonly environment: string,
  ) {
    this.prefix = queuedBumpBranch(environment, "");
  }

  /** The refspec to fetch before {@link waiting}. */
  get refspec(): string {
    return fetchOf(`${this.prefix}*`);
  }

  /** The bumps that were fetched last and are not on `main`, the oldest first. */
  async waiting(): Promise<WaitingBump[]> {
    return this.list(`--no-merged=${MAIN}`);
  }

  /** Whether a rule requires signed commits on a branch that the bump's commit is pushed to, or merged into. */
  async needsSignature(service: string): Promise<boolean> {
    const branches = ["main", `${this.prefix}${service}`, bumpBranch(this.environment)];
    const rules = await Promise.all(branches.map((branch) => branchRules(this.session, branch)));
    return rules.flat().some(({ type }) => type === "required_signatures");
  }

  /**
   * Adds a commit to the queue.
   * @param from The previous tip of the service's branch; undefined if it did not exist.
   * @returns false if the same service was bumped at the same time.
   */
  async put(service: string, commit: string, from: string | undefined): Promise<boolean> {
    return this.session.clone.push({ ref: this.refOf(service), to: commit, from: from ?? null });
  }

  /**
   * The bumps that only one account has pushed. Any writer may push to these branches, and a batch would hide that they
   * contributed.
   */
  async pushedBy(login: string, bumps: readonly WaitingBump[]): Promise<WaitingBump[]> {
    const isGood = await Promise.all(
      bumps.map(({ service, tip }) => isPushedBy(this.session, `${this.prefix}${service}`, tip, login)),
    );
    return bumps.filter((_, index) => isGood[index]);
  }

  /** Conditions for a push: it fails if one of these bumps is no longer in the queue. */
  hold(bumps: readonly WaitingBump[]): RefMove[] {
    return bumps.map(({ service, tip }) => ({ ref: this.refOf(service), to: tip, from: tip }));
  }

  /** Removes bumps from the queue, and a branch, by one push. Services that were bumped again in the meantime stay. */
  async remove(bumps: readonly WaitingBump[], branch?: { readonly ref: string; readonly at: string }): Promise<void> {
    const { clone } = this.session;
    let moves: RefMove[] = [
      ...bumps.map(({ service, tip }) => ({ ref: this.refOf(service), to: null, from: tip })),
      ...(branch ? [{ ref: branch.ref, to: null, from: branch.at }] : []),
    ];
    for (let tries = 0; tries < TRIES && moves.length > 0; tries++) {
      if (await clone.push(...moves)) return;
      // Other runs may have removed some of them already.
      await clone.fetch();
      const tips = await Promise.all(moves.map(({ ref }) => clone.resolve(remoteOf(ref))));
      moves = moves.filter(({ from }, index) => tips[index] === from);
    }
  }

  /** Removes the bumps that are on `main`. */
  async sweep(): Promise<void> {
    const { clone } = this.session;
    await clone.fetch(fetchOf("main"), this.refspec);
    await this.remove(await this.list(`--merged=${MAIN}`));
  }

  private async list(...filter: string[]): Promise<WaitingBump[]> {
    const format = "--format=%(objectname) %(committerdate:unix) %(refname:lstrip=5)";
    const folder = remoteBranch(this.prefix);
    const sort = ["--sort=refname", "--sort=committerdate"];
    const lines = await this.session.clone.git("for-each-ref", ...sort, ...filter, format, folder);
    return lines.split("\n").flatMap((line) => {
      const [tip, seconds, service] = line.split(" ");
      if (tip === undefined || service === undefined) return [];
      return { service, tip, isFresh: Date.now() - Number(seconds) * 1000 < FRESH };
    });
  }

  private refOf(service: string): string {
    return `refs/heads/${this.prefix}${service}`;
  }
}

/** The number of attempts. One fails only if a service is bumped at the same time. */
const TRIES = 5;

/** The clone's name of a branch, given its full name on the remote. */
function remoteOf(ref: string): string {
  return remoteBranch(ref.replace(/^refs\/heads\//, ""));
}
