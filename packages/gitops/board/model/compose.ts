import { type DriftReading, NOTHING_FOUND } from "../../drift/finding";
import type { Deployment } from "../../history/deployment";
import { alarmsOf, catalogueProblem, describeAlarm } from "../../status/alarms";
import type { GitStatus } from "../../status/declared";
import {
  type Alarm,
  type CatalogueProblem,
  type Reading,
  type Running,
  type WaitingPull,
  waitReasonOf,
} from "../../status/model";
import { CATALOGUE } from "@gitops-platform/contract/catalogue";
import type { Ahead } from "../../versions/ahead";
import type { EnvironmentGraph } from "@gitops-platform/contract/environment-graph";
import type { ValuesFile } from "@gitops-platform/contract/paths";
import { cellState, type LiveState } from "./application";
import {
  type Board,
  type BoardEvent,
  type Cell,
  type CellState,
  flagsOf,
  type Lane,
  type Pull,
  type Row,
  type Source,
  type Stage,
  urgency,
  type Pipeline,
} from "./board";
import { latest, transition } from "./events";

/** The data of all sources. */
export interface BoardInputs {
  readonly repository: string;
  readonly url: string;
  readonly sources: readonly Source[];
  readonly graph: EnvironmentGraph;
  /** In the order of promotion. */
  readonly environments: readonly GitStatus[];
  /** Of all environments, newest first. */
  readonly deployments: readonly Deployment[];
  readonly pulls: readonly PullWithContent[];
  /**
   * The live states by environment and service, or the reason why a cluster cannot be reached. Contains only the
   * clusters that are asked.
   */
  readonly clusters: ReadonlyMap<string, ReadonlyMap<string, LiveState> | { readonly reason: string }>;
  /** The undeclared changes in each cluster, by environment. */
  readonly drift: ReadonlyMap<string, DriftReading>;
  /** What clusters reported to GitHub, for environments whose cluster is not asked. */
  readonly reported: (environment: string, service: string) => Reading<Running>;
  /** The versions that an environment is to get without a person's request. */
  readonly automatic: readonly Ahead[];
  readonly events: readonly BoardEvent[];
  /** Since when an alarm of `<environment>/<service>` is confirmed; null: a fetch may still resolve it. */
  readonly since: (about: string, alarm: Alarm) => string | null;
}

const EVENTS = 40;

/** Combines the sources' data into what the board shows. */
export function compose(inputs: BoardInputs): Board {
  const { environments, deployments, repository, url, sources } = inputs;
  const names = [...new Set(environments.flatMap(({ services }) => [...services.keys()]))].sort();
  const byService = Map.groupBy(deployments, ({ service }) => service);
  const rows = names.map((service) => row(service, inputs, byService.get(service) ?? []));
  const pressing = new Map(rows.map((each) => [each, urgency(each.flags)]));
  return {
    repository,
    url,
    sources,
    lanes: environments.map((environment, index) =>
      lane(
        environment,
        inputs,
        rows.map(({ cells }) => cells[index]),
      ),
    ),
    rows: rows.sort((a, b) => (pressing.get(b) ?? 0) - (pressing.get(a) ?? 0)),
    others: inputs.pulls.filter(({ changes }) => changes.length === 0).map(({ pull }) => toPull(pull, null)),
    events: latest(EVENTS, inputs.events, rows.flatMap(alarmEvents)),
  };
}

function row(service: string, inputs: BoardInputs, deployments: readonly Deployment[]): Row {
  const { environments, graph } = inputs;
  const statusOf = (name: string | undefined) => environments.find((other) => other.name === name);
  const previousOf = ({ name }: GitStatus): GitStatus | undefined => {
    const previous = statusOf(graph.previous(name));
    return previous && isSkipped(service, previous) ? previousOf(previous) : previous;
  };
  const cells = environments.map((environment) => cell(service, environment, previousOf(environment), inputs));
  const present = cells.map(({ environment, state, declared, waits, transition: { pulls } }) => ({
    environment,
    isSkipped: state === "skipped",
    image: declared?.image ?? null,
    coming: [...pulls.map(({ image }) => image), waits?.image ?? null].filter((image) => image !== declared?.image),
  }));
  return { service, cells, pipelines: pipelinesOf(deployments, present), flags: flagsOf(cells) };
}

function isSkipped(service: string, { services }: GitStatus): boolean {
  return services.get(service)?.skipped === true;
}

function alarmEvents({ service, cells }: Row): BoardEvent[] {
  return cells.flatMap(({ environment, alarms }) =>
    alarms.map((alarm) => {
      const text = describeAlarm(alarm);
      return { at: alarm.since, kind: "foreign", environment, about: service, text, by: null, url: null };
    }),
  );
}

const NOTHING = { declared: null, waits: null };

function cell(service: string, environment: GitStatus, previous: GitStatus | undefined, inputs: BoardInputs): Cell {
  const { name, services } = environment;
  const { declared, waits } = services.get(service) ?? NOTHING;
  const before = previous?.services.get(service)?.declared ?? null;
  const pulls = inputs.pulls.flatMap(({ pull, changes }) => {
    const found = changes.find((each) => each.service === service && each.environment === name);
    return found ? [toPull(pull, found.image)] : [];
  });
  const live = liveOf(service, name, inputs);
  const alarms = alarmsOf(declared, live.runs, environment).flatMap((alarm) => {
    const since = inputs.since(`${name}/${service}`, alarm);
    return since === null ? [] : [{ ...alarm, since }];
  });
  const findings = inputs.drift.get(name)?.services.get(service) ?? [];
  const facts = { declared, ...live, alarms, findings };
  const ahead = inputs.automatic.find((each) => each.to === name && each.service === service);
  const automatic = ahead?.state === "ahead" ? ahead.waitsFor : undefined;
  return {
    environment: name,
    state: cellState({ ...facts, isSkipped: isSkipped(service, environment) }),
    ...facts,
    waits,
    transition: transition({ before, here: declared, waits, pulls, automatic }),
  };
}

function liveOf(service: string, environment: string, { clusters, reported }: BoardInputs) {
  const nothing = { differences: [], problems: [] };
  const cluster = clusters.get(environment);
  if (!cluster) return { runs: reported(environment, service), ...nothing };
  if ("reason" in cluster) return { runs: { state: "out of reach" as const, reason: cluster.reason }, ...nothing };
  const live = cluster.get(service);
  if (!live) return { runs: { state: "nothing known" as const }, ...nothing };
  const { running, differences, problems } = live;
  return { runs: { state: "known" as const, value: running }, differences, problems };
}

function lane(environment: GitStatus, inputs: BoardInputs, cells: readonly (Cell | undefined)[]): Lane {
  const { graph, clusters, drift } = inputs;
  const { name, branch, chartsWait } = environment;
  const counts: Partial<Record<CellState, number>> = {};
  for (const each of cells) if (each) counts[each.state] = (counts[each.state] ?? 0) + 1;
  const cluster = clusters.get(name);
  const { platform: findings, unread } = drift.get(name) ?? NOTHING_FOUND;
  return {
    name,
    promotesFrom: graph.previous(name) ?? null,
    branch,
    chartsWait,
    source: cluster ? "cluster" : "GitHub deployments",
    catalogue: catalogueOf(environment, inputs),
    findings,
    unread,
    outOfReach: cluster && "reason" in cluster ? cluster.reason : null,
    counts,
  };
}

function catalogueOf(environment: GitStatus, inputs: BoardInputs): CatalogueProblem | null {
  // Argo CD reports services to GitHub, and nothing about the catalogue.
  if (!inputs.clusters.has(environment.name)) return null;
  const { runs, problems } = liveOf(CATALOGUE, environment.name, inputs);
  const about = `${environment.name}/${CATALOGUE}`;
  const alarms = alarmsOf(null, runs, environment).filter((alarm) => inputs.since(about, alarm) !== null);
  return catalogueProblem(runs, alarms, problems);
}

interface Seen {
  readonly at: string;
  /** The number of fetches until then. */
  readonly fetches: number;
}

/**
 * Confirms alarms. A cluster may apply a merge before this clone has fetched it, so an unknown commit is an alarm only
 * after two more fetches: the first may have started before the merge.
 */
export class AlarmTracker {
  private readonly seen = new Map<string, Seen>();
  private fetches = 0;

  /** Counts a fetch. Returns whether it confirmed an alarm. */
  fetched(): boolean {
    this.fetches += 1;
    return [...this.seen.values()].some(({ fetches }) => fetches + 2 === this.fetches);
  }

  /** Whether an alarm is neither confirmed nor resolved. */
  get arePending(): boolean {
    return [...this.seen.values()].some(({ fetches }) => this.fetches < fetches + 2);
  }

  /** Since when an alarm is confirmed, ISO 8601; null: it is not. */
  since(about: string, alarm: Alarm): string | null {
    const key = JSON.stringify([about, alarm]);
    // A fetch cannot resolve the other alarms.
    const fetches = alarm.kind === "off-branch" ? this.fetches : -Infinity;
    const seen = this.seen.get(key) ?? { at: new Date().toISOString(), fetches };
    this.seen.set(key, seen);
    return this.fetches >= seen.fetches + 2 ? seen.at : null;
  }
}

/** The image that an environment is to run, and the images that wait for it. */
export interface Present {
  readonly environment: string;
  readonly image: string | null;
  readonly coming: readonly (string | null)[];
  /** Whether the service skips the environment. */
  readonly isSkipped: boolean;
}

/**
 * The pipelines of a service's latest versions, newest first: all that an environment has or waits for, and older ones
 * up to a limit.
 * @param deployments the service's deployments in all environments, newest first
 */
export function pipelinesOf(deployments: readonly Deployment[], present: readonly Present[], most = 5): Pipeline[] {
  const images = deployments.filter(({ from, to }) => to !== null && from !== to);
  const coming = present.flatMap((each) => each.coming.filter((image) => image !== null));
  const arrived = new Set(images.flatMap(({ to }) => to ?? []));
  const known = [...new Set([...coming.filter((image) => !arrived.has(image)), ...arrived])];
  const isPresent = (image: string) => coming.includes(image) || present.some((each) => each.image === image);
  const others = known
    .filter((image) => !isPresent(image))
    .slice(0, Math.max(0, most - known.filter(isPresent).length));
  return known
    .filter((image) => isPresent(image) || others.includes(image))
    .map((image) => ({ image, stages: present.map((each) => stageOf(image, each, images)) }));
}

function stageOf(
  image: string,
  { environment, image: here, coming, isSkipped }: Present,
  images: readonly Deployment[],
): Stage {
  const own = images.filter((deployment) => deployment.environment === environment);
  const came = own.find(({ to }) => to === image);
  const left = came && own[own.indexOf(came) - 1];
  const state =
    here === image ? "here" : coming.includes(image) ? "waits" : came ? "passed" : isSkipped ? "skipped" : "not yet";
  return {
    environment,
    state: state === "passed" && left?.kind === "rollback" ? "rolled back" : state,
    at: came?.at ?? null,
    commit: came?.commit ?? null,
    by: came?.by ?? [],
    pullRequest: came?.pullRequest ?? null,
  };
}

/** A pull request's change of a service in an environment. */
export interface IncludedChange extends ValuesFile {
  /** The new version; null where there is none, or the service is removed. */
  readonly image: string | null;
}

export interface PullWithContent {
  readonly pull: WaitingPull;
  readonly changes: readonly IncludedChange[];
}

/** @param image the version that the pull request brings */
function toPull(pull: WaitingPull, image: string | null): Pull {
  const { number, url, title, base, since } = pull;
  return { number, url, title, base, since, waitsFor: waitReasonOf(pull), image };
}
