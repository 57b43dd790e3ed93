import type { KubernetesClient } from "@gitops-platform/clients/kubernetes";
import { type Alert, sendAlert } from "../alerts";
import { describeError } from "../errors";
import type { DriftClient } from "../drift/cluster-objects";
import { declaredIn } from "../drift/declared";
import { describeFinding, type Finding } from "../drift/finding";
import { DriftReader } from "../drift/reader";
import type { Session } from "../session";
import { readPending } from "../status/status";
import type { WaitingPull } from "../status/model";
import { type ValuesFile, valuesPath } from "@gitops-platform/contract/paths";
import { SERVICE_SOURCE } from "@gitops-platform/contract/source";
import { remoteBranch } from "../git/refs";
import { pathAt } from "../values/at";
import { withoutPasswords } from "./model/application";
import type { Board, BoardEvent, Source } from "./model/board";
import { AlarmTracker, compose, type PullWithContent } from "./model/compose";
import { eventOf } from "./model/events";
import { ClusterSource, repeat } from "./sources/cluster";
import { cacheResponses } from "../github/client";
import { DriftSource, PLATFORM } from "./sources/drift";
import { type GitState, GitSource } from "./sources/git";
import { PullContents, readRefusals } from "./sources/pulls";
import { DeploymentStatuses } from "./sources/deployment-statuses";
import { pageOf } from "../target";
import { type Ahead, readAheadIfAny } from "../versions/ahead";

export interface FollowOptions {
  readonly session: Session;
  /** The clusters to ask, by environment. For the other environments, their reports to GitHub are read. */
  readonly clusters: ReadonlyMap<string, Pick<KubernetesClient, "watch" | "getMetadata"> & DriftClient>;
  readonly signal: AbortSignal;
  /** How often Git is fetched, in milliseconds. Default: 5000. */
  readonly gitInterval?: number;
  /** How often GitHub's API is read, in milliseconds. Default: 10000. */
  readonly githubInterval?: number;
  /** How often the clusters' availability is checked, in milliseconds. Default: 5000. */
  readonly clusterInterval?: number;
  /**
   * The pause between two searches for undeclared changes, in milliseconds. A change is shown once two searches found
   * it. Default: 8000.
   */
  readonly driftInterval?: number;
}

/**
 * Keeps everything that the board shows up to date. If a source cannot be reached, its last data stays, with the time
 * of that data.
 */
export class Follower {
  private readonly git: GitSource;
  private readonly reports: DeploymentStatuses;
  private readonly contents: PullContents;
  private readonly clusters: ReadonlyMap<string, ClusterSource>;
  private readonly drift: ReadonlyMap<string, DriftSource>;
  private gitState: GitState = { environments: [], deployments: [] };
  private waiting: readonly WaitingPull[] = [];
  private pulls: readonly PullWithContent[] = [];
  private refusals: readonly BoardEvent[] = [];
  private automatic: readonly Ahead[] = [];
  private readonly alarms = new AlarmTracker();
  private readonly hosts = { Git: unread("Git"), GitHub: unread("GitHub") };
  private readonly listeners = new Set<() => void>();
  private lastRead = Promise.resolve();

  constructor(private readonly options: FollowOptions) {
    const { session, clusters, signal, clusterInterval: interval = 5000 } = options;
    cacheResponses(session.github);
    this.git = new GitSource(session.clone, session.graph.names);
    this.reports = new DeploymentStatuses(session);
    this.contents = new PullContents(session.clone);
    const changed = () => {
      this.notify();
    };
    this.clusters = new Map(
      [...clusters].map(([environment, client]) => [
        environment,
        new ClusterSource({ environment, client, changed, signal, interval }),
      ]),
    );
    const declares = declaredIn(session.clone);
    this.drift = new Map(
      [...clusters].map(([environment, client]) => {
        const reader = new DriftReader(client, environment, declares);
        const found = async (finding: Finding, service: string) =>
          sendAlert(await this.alertOf(finding, environment, service), session);
        const { driftInterval = 8000 } = options;
        return [environment, new DriftSource({ environment, reader, changed, found, signal, interval: driftInterval })];
      }),
    );
  }

  get board(): Board {
    const { owner, name } = this.options.session.target;
    const { url } = this;
    const clusters = [...this.clusters.values()];
    return compose({
      repository: `${owner}/${name}`,
      url,
      sources: this.sources,
      graph: this.options.session.graph,
      environments: this.gitState.environments,
      deployments: this.gitState.deployments,
      pulls: this.pulls,
      clusters: new Map([...this.clusters].map(([environment, { state }]) => [environment, state])),
      drift: new Map([...this.drift].map(([environment, { state }]) => [environment, state])),
      reported: (environment, service) => this.reports.reading(environment, service),
      automatic: this.automatic,
      since: (about, alarm) => this.alarms.since(about, alarm),
      events: [
        ...this.gitState.deployments.slice(0, 40).map((deployment) => eventOf(deployment, url)),
        ...this.refusals,
        ...clusters.flatMap(({ events }) => events),
        ...[...this.drift.values()].flatMap(({ events }) => events),
      ],
    });
  }

  private get url(): string {
    return pageOf(this.options.session.target);
  }

  /** When each source responded last. */
  get sources(): readonly Source[] {
    return [this.hosts.Git, this.hosts.GitHub, ...[...this.clusters.values()].map(({ source }) => source)];
  }

  /** Calls the listener after each change. Returns a function that removes it. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Reads every source once, for a board that is written to a file. */
  async once(): Promise<void> {
    await this.readGit();
    const clusters = [...this.clusters.values(), ...this.drift.values()];
    await Promise.all([this.readGitHub(), ...clusters.map((cluster) => cluster.once())]);
    // A cluster may report a commit that is newer than the clone.
    for (let more = 2; more > 0 && this.hasOpenAlarm(); more -= 1) await this.fetch();
  }

  /** Follows every source until the signal is aborted. Never rejects. */
  async follow(): Promise<void> {
    const { signal, gitInterval = 5000, githubInterval = 10_000 } = this.options;
    await Promise.all([
      repeat(() => this.fetch(), gitInterval, signal),
      repeat(() => this.readGitHub(), githubInterval, signal),
      ...[...this.clusters.values(), ...this.drift.values()].map((cluster) => cluster.follow()),
    ]);
  }

  private async alertOf(finding: Finding, environment: string, service: string): Promise<Alert> {
    const notes = finding.notes.length > 0 ? ` (${finding.notes.join(" ")})` : "";
    const what = `${describeFinding(finding)}. Undo: ${finding.undo}${notes}`;
    const branch = this.gitState.environments.find(({ name }) => name === environment)?.branch ?? "main";
    const file = service === PLATFORM ? "" : `/blob/${branch}/${await this.pathOf(branch, { environment, service })}`;
    return { event: "undeclared-change", what, service, environment, url: `${this.url}${file}` };
  }

  /** An alert must not be lost because the declaration cannot be read, so it then links to the usual path. */
  private async pathOf(branch: string, file: ValuesFile): Promise<string> {
    return pathAt(this.options.session.clone, remoteBranch(branch), file).catch(() => valuesPath(file, SERVICE_SOURCE));
  }

  private hasOpenAlarm(): boolean {
    return this.board.rows.length > 0 && this.alarms.arePending;
  }

  private async fetch(): Promise<void> {
    const before = this.gitState;
    await this.track("Git", async () => {
      await this.options.session.clone.fetch();
      await this.readGit();
      if (this.alarms.fetched()) this.notify();
    });
    // A change in Git is often a pull request that was opened or merged, so the list is read again at once.
    if (this.gitState !== before) void this.readGitHub();
  }

  private async readGit(): Promise<void> {
    const before = this.gitState;
    this.gitState = await this.git.read();
    this.hosts.Git = { name: "Git", at: new Date().toISOString(), reason: null };
    if (this.gitState === before) return;
    this.pulls = await this.contents.read(this.waiting);
    this.notify();
  }

  /** Reads run one after the other, so that a slow response cannot replace a newer one. */
  private readGitHub(): Promise<void> {
    this.lastRead = this.lastRead.then(() => this.readGitHubNow());
    return this.lastRead;
  }

  private async readGitHubNow(): Promise<void> {
    const { session } = this.options;
    await this.track("GitHub", async () => {
      const waiting = await readPending(session);
      if (waiting.state === "out of reach") throw new Error(waiting.reason);
      this.waiting = waiting.state === "known" ? waiting.value : [];
      this.pulls = await this.contents.read(this.waiting);
      const isAsked = this.options.session.graph.names.some((environment) => !this.clusters.has(environment));
      if (isAsked) await this.reports.round();
      this.automatic = await this.readAutomatic();
      // Promotions act on what the clusters reported to GitHub, whatever the clusters say themselves.
      if (!isAsked && this.automatic.length > 0) {
        await this.reports.round();
        this.automatic = await this.readAutomatic();
      }
      this.refusals = await readRefusals(session, this.pulls);
    });
    this.notify();
  }

  private readAutomatic(): Promise<Ahead[]> {
    return readAheadIfAny(this.options.session, (file) => Promise.resolve().then(() => this.reports.status(file)));
  }

  private async track(name: "Git" | "GitHub", work: () => Promise<void>): Promise<void> {
    const { at } = this.hosts[name];
    try {
      await work();
      this.hosts[name] = { name, at: new Date().toISOString(), reason: null };
    } catch (error) {
      if (this.options.signal.aborted) return;
      this.hosts[name] = { name, at, reason: withoutPasswords(describeError(error)) };
      this.notify();
    }
  }

  private notify(): void {
    for (const listener of this.listeners) listener();
  }
}

function unread(name: string): Source {
  return { name, at: null, reason: null };
}
