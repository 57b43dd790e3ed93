import { describeError } from "../../errors";
import type { Session } from "../../session";
import type { Reading, Running } from "../../status/model";
import { reportedRunning } from "../../github/deployments";
import { valuesPath } from "../../../contract/paths";

/** The newest deployment of a service in an environment. */
interface Deployment {
  readonly id: number;
  readonly sha: string;
  readonly at: string;
  /** What its newest status says; undefined: it was not asked for yet. */
  status?: { readonly state: string | undefined; readonly at: string };
  /** In which round it was asked for last. */
  asked: number;
}

/**
 * So many pages of deployments are read at first, and so many statuses are asked for in a round: what is left comes in
 * the next ones.
 */
const PAGES = 10;
const STATUSES = 40;

/** States that are not the last word about a deployment. */
const PASSING = ["pending", "queued", "in_progress", undefined];

/** What clusters tell GitHub of all services, read in rounds of few calls however many services there are. */
export class Reports {
  private readonly newest = new Map<string, Deployment>();
  private readonly values = new Map<string, string>();
  private rounds = 0;
  private problem: string | null = null;

  constructor(private readonly session: Pick<Session, "github" | "repository" | "clone">) {}

  /** Asks once. Never rejects: a token that may not see deployments may see everything else. */
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

  /** What was told about a service last. */
  reading(environment: string, service: string): Reading<Running> {
    if (this.problem !== null) return { state: "out of reach", reason: this.problem };
    const deployment = this.newest.get(`${environment}/${service}`);
    if (!deployment?.status) return { state: "nothing known" };
    const { sha, status } = deployment;
    const values = this.values.get(`${sha}:${valuesPath({ environment, service })}`);
    return { state: "known", value: reportedRunning({ values, commit: sha, ...status }) };
  }

  private async readDeployments(): Promise<void> {
    const { github, repository } = this.session;
    for (let page = 1; page <= PAGES; page++) {
      const { data } = await github.rest.repos.listDeployments({ ...repository, per_page: 100, page });
      const fresh = data.filter(({ environment, id }) => (this.newest.get(environment)?.id ?? -1) < id);
      for (const { environment, id, sha, created_at: at } of fresh)
        this.newest.set(environment, { id, sha, at, asked: 0 });
      // The newest come first: where all are known, so are those behind them.
      if (data.length < 100 || fresh.length === 0) return;
    }
  }

  private async readStatuses(): Promise<void> {
    const { github, repository } = this.session;
    const urgent = ({ status }: Deployment) => (status === undefined || PASSING.includes(status.state) ? 0 : 1);
    const order = [...this.newest.values()].sort((a, b) => urgent(a) - urgent(b) || a.asked - b.asked || b.id - a.id);
    for (const deployment of order.slice(0, STATUSES)) {
      const request = { ...repository, deployment_id: deployment.id, per_page: 1 };
      const [status] = (await github.rest.repos.listDeploymentStatuses(request)).data;
      deployment.status = { state: status?.state, at: status?.created_at ?? deployment.at };
      deployment.asked = this.rounds;
    }
  }

  /** Commits do not change: each file is read once. What is not there yet comes with a later fetch. */
  private async readValues(): Promise<void> {
    const names = [...this.newest].flatMap(([name, { sha }]) => {
      const [environment = "", service = ""] = name.split("/");
      const file = `${sha}:${valuesPath({ environment, service })}`;
      return this.values.has(file) || name.includes("\n") ? [] : [file];
    });
    for (const [name, text] of await this.session.clone.readBlobs(names)) this.values.set(name, text);
  }
}
