import { SIGNERS_PATH } from "@gitops-platform/components/repository/signers";
import type { Clone } from "../../git/clone";
import { MAIN } from "../../git/refs";
import { DifferencesByBlob, readEnvironments } from "../../history/commits";
import { type Deployment, lookUpApprovals } from "../../history/deployment";
import { findDeployments } from "../../history/deployments";
import { type ApprovalRecord, type FindRecord, withRecords } from "../../release/record";
import { type GitStatus, readDeclared } from "../../status/declared";

export interface GitState {
  readonly environments: readonly GitStatus[];
  /** Of all environments, newest first. Only the {@link RECENT} newest have their approvals. */
  readonly deployments: readonly Deployment[];
}

/** The number of deployments whose approvals are looked up. */
const RECENT = 40;

/** Reads a clone, and reads it again only if its branches or tags changed. */
export class GitSource {
  private refs = "";
  private state: GitState = { environments: [], deployments: [] };
  private readonly records = cacheRecords();
  private readonly differences: ReadonlyMap<string, DifferencesByBlob>;

  constructor(
    private readonly clone: Clone,
    private readonly environments: readonly string[],
  ) {
    this.differences = new Map(environments.map((name) => [name, new DifferencesByBlob(clone)]));
  }

  /** Returns the same object as before if nothing changed. */
  async read(): Promise<GitState> {
    const refs = await this.clone.git("for-each-ref", "--format=%(refname) %(objectname)");
    if (refs === this.refs) return this.state;
    this.state = await this.readAll();
    this.refs = refs;
    return this.state;
  }

  private async readAll(): Promise<GitState> {
    const { clone } = this;
    const histories = await readEnvironments(clone, this.environments);
    return withRecords(clone, async (search) => {
      const find = await this.records(clone, search);
      const all = await Promise.all(
        histories.map(async (history) => {
          const differences = this.differences.get(history.environment);
          const deployments = await findDeployments(clone, history, { ...(differences && { differences }) });
          return { status: await readDeclared(clone, history, deployments, find), deployments };
        }),
      );
      const deployments = all
        .flatMap((each) => each.deployments)
        .sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0));
      const recent = await lookUpApprovals(deployments.slice(0, RECENT), find);
      return {
        environments: all.map(({ status }) => status),
        deployments: [...recent, ...deployments.slice(RECENT)],
      };
    });
  }
}

/**
 * Caches verified records while the trusted keys stay the same, so that a thousand services are not verified again at
 * every commit. Missing and invalid records are not cached: a record is written a moment after its merge.
 */
function cacheRecords(): (clone: Clone, find: FindRecord) => Promise<FindRecord> {
  let signers = "";
  const verified = new Map<string, ApprovalRecord>();
  return async (clone, find) => {
    const now = (await clone.read(MAIN, SIGNERS_PATH)) ?? "";
    if (now !== signers) verified.clear();
    signers = now;
    return async (environment, commit) => {
      const name = `${environment} ${commit}`;
      const found = verified.get(name) ?? (await find(environment, commit));
      if (!("reason" in found)) verified.set(name, found);
      return found;
    };
  };
}
