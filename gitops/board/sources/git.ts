import type { Clone } from "../../git/clone";
import { lookUpApprovals } from "../../history/approvals";
import { readEnvironments } from "../../history/branch";
import type { Deployment } from "../../history/deployment";
import { DifferencesByBlob } from "../../history/differences";
import { findDeployments } from "../../history/deployments";
import { withRecords } from "../../release/find-record";
import { type GitStatus, readDeclared } from "../../status/declared";
import { remembering } from "./records";

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
