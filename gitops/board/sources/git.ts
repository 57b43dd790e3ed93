import { SIGNERS_PATH } from "../../../components/repository/signers";
import type { Clone } from "../../git/clone";
import { MAIN } from "../../git/refs";
import { DifferencesByBlob, readEnvironments } from "../../history/commits";
import { type Deployment, lookUpApprovals } from "../../history/deployment";
import { findDeployments } from "../../history/deployments";
import { type ApprovalRecord, type FindRecord, withRecords } from "../../release/record";
import { type GitStatus, readDeclared } from "../../status/declared";

/** What Git says. */
export interface GitSays {
  readonly environments: readonly GitStatus[];
  /** Of all environments, newest first; approvals are looked up for the {@link RECENT} newest. */
  readonly deployments: readonly Deployment[];
}

/** So many deployments are told about with who approved them. */
const RECENT = 40;

/** Reads a clone, and reads it again only where its branches or tags moved. */
export class GitSource {
  private refs = "";
  private said: GitSays = { environments: [], deployments: [] };
  private readonly records = remembering();
  private readonly differences: ReadonlyMap<string, DifferencesByBlob>;

  constructor(
    private readonly clone: Clone,
    private readonly environments: readonly string[],
  ) {
    this.differences = new Map(environments.map((name) => [name, new DifferencesByBlob(clone)]));
  }

  /** What Git says by now; the very same object where nothing moved. */
  async read(): Promise<GitSays> {
    const refs = await this.clone.git("for-each-ref", "--format=%(refname) %(objectname)");
    if (refs === this.refs) return this.said;
    this.said = await this.readAll();
    this.refs = refs;
    return this.said;
  }

  private async readAll(): Promise<GitSays> {
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
 * Remembers records that were verified, as long as the same keys vouch for them: a thousand services are verified once
 * and not at every commit. Those that are missing or wrong are looked for again each time: a record comes a moment
 * after its merge.
 */
function remembering(): (clone: Clone, find: FindRecord) => Promise<FindRecord> {
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
