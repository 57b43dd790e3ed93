import { Failure } from "@gitops-platform/contract/failure";
import type { ValuesFile } from "@gitops-platform/contract/paths";
import { describeError } from "../../errors";
import {
  type DeploymentStatus,
  type GitHubDeployment,
  readNewestStatus,
  reportedState,
  toDeployment,
} from "../../github/deployments";
import type { Session } from "../../session";
import type { Reading, Running } from "../../status/model";
import { summariesAt } from "../../values/at";
import type { ValuesSummary } from "../../values/differences";

/** The newest deployment of a service in an environment. */
interface Deployment extends GitHubDeployment {
  /** undefined: it was not requested yet. */
  status?: DeploymentStatus;
  /** The round in which its status was requested last. */
  asked: number;
}

/** How many pages of deployments a round reads at most. */
const PAGES = 10;
/** How many statuses a round requests at most; the next rounds request the others. */
const STATUSES = 40;

/** States that will be followed by another. */
const TRANSIENT = ["pending", "queued", "in_progress", undefined];

/** What clusters reported to GitHub about all services, read in rounds so that the number of requests is limited. */
export class DeploymentStatuses {
  private readonly newest = new Map<string, Deployment>();
  private readonly values = new Map<string, ValuesSummary>();
  private rounds = 0;
  private problem: string | null = null;

  constructor(private readonly session: Pick<Session, "github" | "repository" | "clone">) {}

  /** Reads one round. Never rejects: the rest of the board does not need the permission to read deployments. */
  async round(): Promise<void> {
    this.rounds += 1;
    try {
      await this.readDeployments();
      await this.readStatuses();
      await this.readValues();
      this.problem = null;
    } catch (error) {
      this.problem = describeError(error);
    }
  }

  /** What was reported last about a service. */
  reading(environment: string, service: string): Reading<Running> {
    if (this.problem !== null) return { state: "out of reach", reason: this.problem };
    const deployment = this.newest.get(`${environment}/${service}`);
    if (!deployment?.status) return { state: "nothing known" };
    const { commit, status } = deployment;
    const values = this.values.get(nameOf(commit, { environment, service }));
    return { state: "known", value: reportedState(status, values) };
  }

  /**
   * The newest status of a service; undefined: nothing was ever reported.
   * @throws {Failure} if it could not be read, or not yet.
   */
  status({ environment, service }: ValuesFile): DeploymentStatus | undefined {
    const about = `${environment}/${service}`;
    if (this.problem !== null) throw new Failure(`${about}: ${this.problem}`);
    const deployment = this.newest.get(about);
    if (deployment && !deployment.status) throw new Failure(`${about}: its status was not read yet.`);
    return deployment?.status;
  }

  private async readDeployments(): Promise<void> {
    const { github, repository } = this.session;
    for (let page = 1; page <= PAGES; page++) {
      const { data } = await github.rest.repos.listDeployments({ ...repository, per_page: 100, page });
      const fresh = data.filter(({ environment, id }) => (this.newest.get(environment)?.id ?? -1) < id);
      for (const deployment of fresh)
        this.newest.set(deployment.environment, { ...toDeployment(deployment), asked: 0 });
      // The newest come first, so if all of a page are known, the older ones are known too.
      if (data.length < 100 || fresh.length === 0) return;
    }
  }

  private async readStatuses(): Promise<void> {
    const urgent = ({ status }: Deployment) => (status === undefined || TRANSIENT.includes(status.state) ? 0 : 1);
    const order = [...this.newest.values()].sort((a, b) => urgent(a) - urgent(b) || a.asked - b.asked || b.id - a.id);
    for (const deployment of order.slice(0, STATUSES)) {
      deployment.status = await readNewestStatus(this.session, deployment);
      deployment.asked = this.rounds;
    }
  }

  /** Reads each file once, since commits do not change. A commit that is missing may come with a later fetch. */
  private async readValues(): Promise<void> {
    const places = [...this.newest].flatMap(([name, { commit }]) => {
      const [environment = "", service = ""] = name.split("/");
      const isKnown = this.values.has(nameOf(commit, { environment, service }));
      return isKnown || name.includes("\n") ? [] : [{ environment, service, revision: commit }];
    });
    const read = await summariesAt(this.session.clone, places);
    for (const [index, place] of places.entries()) {
      const values = read[index];
      if (values) this.values.set(nameOf(place.revision, place), values);
    }
  }
}

function nameOf(commit: string, { environment, service }: ValuesFile): string {
  return `${commit}:${environment}/${service}`;
}
