import { bumpBranch, queuedBumpBranch } from "../../contract/branches";
import { branchRules } from "../github/hindrances";
import { isPushedBy } from "../github/pushers";
import type { Session } from "../session";
import { fetchOf, MAIN, remoteBranch } from "../git/refs";
import type { RefMove } from "../git/clone";

/** A bump that waits to be carried to `main`. */
export interface WaitingBump {
  readonly service: string;
  /** The newest commit that asks for the service. */
  readonly tip: string;
  /** Whether its command can still be there. */
  readonly isFresh: boolean;
}

/**
 * After this time its command has given up (`--timeout`, 10 minutes by default), and nobody carries it any more. In
 * milliseconds.
 */
const FRESH = 15 * 60_000;

/**
 * The bumps of an environment that wait, each as a commit on a branch of its own: pushes to branches of their own do
 * not race, however many come at once.
 */
export class BumpQueue {
  private readonly prefix: string;

  constructor(
    private readonly session: Session,
    private readonly environment: string,
  ) {
    this.prefix = queuedBumpBranch(environment, "");
  }

  /** What a fetch must bring for {@link waiting}. */
  get refspec(): string {
    return fetchOf(`${this.prefix}*`);
  }

  /** What waits, as it was fetched last and without what `main` has: the longest waiting first. */
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
   * Puts a commit in line.
   * @param from What the service's branch was at; undefined: there was none.
   * @returns false where the same service was bumped at the same moment.
   */
  async put(service: string, commit: string, from: string | undefined): Promise<boolean> {
    return this.session.clone.push({ ref: this.refOf(service), to: commit, from: from ?? null });
  }

  /**
   * Those that nobody but one account pushed. Who may write may push to these branches too; what is carried goes under
   * the name of the account that carries it, so another's part in it would be hidden.
   */
  async pushedBy(login: string, bumps: readonly WaitingBump[]): Promise<WaitingBump[]> {
    const isGood = await Promise.all(
      bumps.map(({ service, tip }) => isPushedBy(this.session, `${this.prefix}${service}`, tip, login)),
    );
    return bumps.filter((_, index) => isGood[index]);
  }

  /** What refuses a push where one of these bumps is not, or no longer, in line as it was seen. */
  hold(bumps: readonly WaitingBump[]): RefMove[] {
    return bumps.map(({ service, tip }) => ({ ref: this.refOf(service), to: tip, from: tip }));
  }

  /** Takes bumps off the line, and a branch with them, by one push. Those that were bumped again meanwhile stay. */
  async remove(bumps: readonly WaitingBump[], branch?: { readonly ref: string; readonly at: string }): Promise<void> {
    const { clone } = this.session;
    let moves: RefMove[] = [
      ...bumps.map(({ service, tip }) => ({ ref: this.refOf(service), to: null, from: tip })),
      ...(branch ? [{ ref: branch.ref, to: null, from: branch.at }] : []),
    ];
    for (let tries = 0; tries < TRIES && moves.length > 0; tries++) {
      if (await clone.push(...moves)) return;
      // Others may have removed some of them already.
      await clone.fetch();
      const tips = await Promise.all(moves.map(({ ref }) => clone.resolve(remoteOf(ref))));
      moves = moves.filter(({ from }, index) => tips[index] === from);
    }
  }

  /** Removes what `main` has. */
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

/** Each try loses to somebody who bumped one of the services at that moment. */
const TRIES = 5;

/** Where a clone keeps a branch, given its full name on the remote. */
function remoteOf(ref: string): string {
  return remoteBranch(ref.replace(/^refs\/heads\//, ""));
}
