import type { KubernetesClient } from "../../clients/kubernetes";
import { type Alert, sendAlert } from "../alerts";
import { describeError } from "../errors";
import type { DriftClient } from "../drift/cluster-objects";
import { declaredIn } from "../drift/declared";
import { describeFinding, type Finding } from "../drift/finding";
import { DriftReader } from "../drift/reader";
import type { Session } from "../session";
import { readPending } from "../status/pending-pulls";
import type { WaitingPull } from "../status/model";
import { valuesPath } from "../../contract/paths";
import { withoutPasswords } from "./model/application";
import type { Board, BoardEvent, Source } from "./model/board";
import { compose, type PullWithContent, StandingAlarms } from "./model/compose";
import { eventOf } from "./model/events";
import { ClusterSource, repeat } from "./sources/cluster";
import { rememberAnswers } from "./sources/conditional";
import { DriftSource, PLATFORM } from "./sources/drift";
import { type GitSays, GitSource } from "./sources/git";
import { PullContents, readRefusals } from "./sources/pulls";
import { Reports } from "./sources/reports";
import { pageOf } from "../target";

/** What the board follows. */
export interface FollowOptions {
  readonly session: Session;
  /** The environments, in the order in which a change flows through them. */
  readonly environments: readonly string[];
  /** Clusters that are asked themselves, by environment. Of the others tells what they reported to GitHub. */
  readonly clusters: ReadonlyMap<string, Pick<KubernetesClient, "watch" | "getMetadata"> & DriftClient>;
  readonly signal: AbortSignal;
  /** How often Git is fetched, in milliseconds. Default: 5000. */
  readonly gitInterval?: number;
  /** How often GitHub is asked, in milliseconds. Default: 10000. */
  readonly githubInterval?: number;
  /** How often clusters are asked whether they are there, in milliseconds. Default: 5000. */
  readonly clusterInterval?: number;
  /**
   * The pause between two looks for undeclared changes, in milliseconds. One is shown after two looks. Default: 8000.
   */
  readonly driftInterval?: number;
}

/**
 * Everything that the board shows, kept up to date. A source that cannot be reached leaves what it said last, and says
 * since when.
 */
export class Follower {
  private readonly git: GitSource;
  private readonly reports: Reports;
  private readonly contents: PullContents;
  private readonly clusters: ReadonlyMap<string, ClusterSource>;
  private readonly drift: ReadonlyMap<string, DriftSource>;
  private said: GitSays = { environments: [], deployments: [] };
  private waiting: readonly WaitingPull[] = [];
  private pulls: readonly PullWithContent[] = [];
  private refusals: readonly BoardEvent[] = [];
  private readonly alarms = new StandingAlarms();
  private readonly looks = { Git: look("Git"), GitHub: look("GitHub") };
  private readonly listeners = new Set<() => void>();
  private asked = Promise.resolve();

  constructor(private readonly options: FollowOptions) {
    const { session, environments, clusters, signal, clusterInterval: interval = 5000 } = options;
    rememberAnswers(session.github);
    this.git = new GitSource(session.clone, environments);
    this.reports = new Reports(session);
    this.contents = new PullContents(session.clone);
    const changed = () => {
      this.tell();
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
        const found = (finding: Finding, service: string) =>
          sendAlert(this.alertOf(finding, environment, service), session);
        const { driftInterval = 8000 } = options;
        return [environment, new DriftSource({ environment, reader, changed, found, signal, interval: driftInterval })];
      }),
    );
  }

  /** What is known now. */
  get board(): Board {
    const { owner, name } = this.options.session.target;
    const { url } = this;
    const clusters = [...this.clusters.values()];
    return compose({
      repository: `${owner}/${name}`,
      url,
      sources: this.sources,
      environments: this.said.environments,
      deployments: this.said.deployments,
      pulls: this.pulls,
      clusters: new Map([...this.clusters].map(([environment, { says }]) => [environment, says])),
      drift: new Map([...this.drift].map(([environment, { says }]) => [environment, says])),
      reported: (environment, service) => this.reports.reading(environment, service),
      since: (about, alarm) => this.alarms.since(about, alarm),
      events: [
        ...this.said.deployments.slice(0, 40).map((deployment) => eventOf(deployment, url)),
        ...this.refusals,
        ...clusters.flatMap(({ events }) => events),
        ...[...this.drift.values()].flatMap(({ events }) => events),
      ],
    });
  }

  private get url(): string {
    return pageOf(this.options.session.target);
  }

  /** How old what each source says is. */
  get sources(): readonly Source[] {
    return [this.looks.Git, this.looks.GitHub, ...[...this.clusters.values()].map(({ source }) => source)];
  }

  /** Calls back whenever something else is known. Returns what ends that. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Asks every source once, for a board that nobody follows. */
  async once(): Promise<void> {
    await this.readGit();
    const clusters = [...this.clusters.values(), ...this.drift.values()];
    await Promise.all([this.readGitHub(), ...clusters.map((cluster) => cluster.once())]);
    // What clusters name may be newer than the clone.
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

  private alertOf(finding: Finding, environment: string, service: string): Alert {
    const notes = finding.notes.length > 0 ? ` (${finding.notes.join(" ")})` : "";
    const what = `${describeFinding(finding)}. Undo: ${finding.undo}${notes}`;
    const branch = this.said.environments.find(({ name }) => name === environment)?.branch ?? "main";
    const file = service === PLATFORM ? "" : `/blob/${branch}/${valuesPath({ environment, service })}`;
    return { event: "undeclared-change", what, service, environment, url: `${this.url}${file}` };
  }

  private hasOpenAlarm(): boolean {
    return this.board.rows.length > 0 && this.alarms.waits;
  }

  private async fetch(): Promise<void> {
    const before = this.said;
    await this.look("Git", async () => {
      await this.options.session.clone.fetch();
      await this.readGit();
      if (this.alarms.fetched()) this.tell();
    });
    // What moves in Git is often a pull request that came, or went: those that wait are not left to the next time.
    if (this.said !== before) void this.readGitHub();
  }

  private async readGit(): Promise<void> {
    const before = this.said;
    this.said = await this.git.read();
    this.looks.Git = { name: "Git", at: new Date().toISOString(), reason: null };
    if (this.said === before) return;
    this.pulls = await this.contents.read(this.waiting);
    this.tell();
  }

  /** One after the other: a slow answer must not take the place of a newer one. */
  private readGitHub(): Promise<void> {
    this.asked = this.asked.then(() => this.askGitHub());
    return this.asked;
  }

  private async askGitHub(): Promise<void> {
    const { session } = this.options;
    await this.look("GitHub", async () => {
      const waiting = await readPending(session);
      if (waiting.state === "out of reach") throw new Error(waiting.reason);
      this.waiting = waiting.state === "known" ? waiting.value : [];
      this.pulls = await this.contents.read(this.waiting);
      const isAsked = this.options.environments.some((environment) => !this.clusters.has(environment));
      if (isAsked) await this.reports.round();
      this.refusals = await readRefusals(session, this.pulls);
    });
    this.tell();
  }

  private async look(name: "Git" | "GitHub", work: () => Promise<void>): Promise<void> {
    const { at } = this.looks[name];
    try {
      await work();
      this.looks[name] = { name, at: new Date().toISOString(), reason: null };
    } catch (error) {
      if (this.options.signal.aborted) return;
      this.looks[name] = { name, at, reason: withoutPasswords(describeError(error)) };
      this.tell();
    }
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}

function look(name: string): Source {
  return { name, at: null, reason: null };
}
