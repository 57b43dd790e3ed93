import { type DriftReading, NOTHING_FOUND } from "../../drift/finding";
import type { Deployment } from "../../history/deployment";
import { alarmsOf, describeAlarm } from "../../status/alarms";
import type { GitStatus } from "../../status/declared";
import type { Alarm, Reading, Running, WaitingPull } from "../../status/model";
import { nextStep, waitsFor } from "../../status/print";
import type { ValuesFile } from "../../../contract/paths";
import { cellState, type Live } from "./application";
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
  type Stop,
  urgency,
  type Way,
} from "./board";
import { latest, passage } from "./events";

/** All that the sources say. */
export interface Said {
  readonly repository: string;
  readonly url: string;
  readonly sources: readonly Source[];
  readonly environments: readonly GitStatus[];
  /** Of all environments, newest first. */
  readonly deployments: readonly Deployment[];
  readonly pulls: readonly PullWithContent[];
  /**
   * What each cluster says, by environment and service; the reason where it cannot be asked. Those that nobody asks are
   * not in it.
   */
  readonly clusters: ReadonlyMap<string, ReadonlyMap<string, Live> | { readonly reason: string }>;
  /** What was found in each cluster that nobody declared, by environment. */
  readonly drift: ReadonlyMap<string, DriftReading>;
  /** What clusters told GitHub: asked for environments whose cluster nobody asks. */
  readonly reported: (environment: string, service: string) => Reading<Running>;
  readonly events: readonly BoardEvent[];
  /** Since when an alarm about `<environment>/<service>` stands; null: a newer look at Git may still resolve it. */
  readonly since: (about: string, alarm: Alarm) => string | null;
}

const EVENTS = 40;

/** Puts together what the board shows. */
export function compose(said: Said): Board {
  const { environments, deployments, repository, url, sources } = said;
  const names = [...new Set(environments.flatMap(({ services }) => [...services.keys()]))].sort();
  const byService = Map.groupBy(deployments, ({ service }) => service);
  const rows = names.map((service) => row(service, said, byService.get(service) ?? []));
  const pressing = new Map(rows.map((each) => [each, urgency(each.flags)]));
  return {
    repository,
    url,
    sources,
    lanes: environments.map((environment, index) =>
      lane(
        environment,
        said,
        rows.map(({ cells }) => cells[index]),
      ),
    ),
    rows: rows.sort((a, b) => (pressing.get(b) ?? 0) - (pressing.get(a) ?? 0)),
    others: said.pulls.filter(({ brings }) => brings.length === 0).map(({ pull }) => toPull(pull, null)),
    events: latest(EVENTS, said.events, rows.flatMap(alarmEvents)),
  };
}

function row(service: string, said: Said, deployments: readonly Deployment[]): Row {
  const cells = said.environments.map((environment, index) =>
    cell(service, environment, said.environments[index - 1], said),
  );
  const present = cells.map(({ environment, declared, waits, passage: { pulls } }) => ({
    environment,
    image: declared?.image ?? null,
    coming: [...pulls.map(({ image }) => image), waits?.image ?? null].filter((image) => image !== declared?.image),
  }));
  return { service, cells, ways: waysOf(deployments, present), flags: flagsOf(cells) };
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

function cell(service: string, environment: GitStatus, previous: GitStatus | undefined, said: Said): Cell {
  const { name, services } = environment;
  const { declared, waits } = services.get(service) ?? NOTHING;
  const before = previous?.services.get(service)?.declared ?? null;
  const pulls = said.pulls.flatMap(({ pull, brings }) => {
    const found = brings.find((each) => each.service === service && each.environment === name);
    return found ? [toPull(pull, found.image)] : [];
  });
  const live = liveOf(service, name, said);
  const alarms = alarmsOf(declared, live.runs, environment).flatMap((alarm) => {
    const since = said.since(`${name}/${service}`, alarm);
    return since === null ? [] : [{ ...alarm, since }];
  });
  const findings = said.drift.get(name)?.services.get(service) ?? [];
  const facts = { declared, ...live, alarms, findings };
  return {
    environment: name,
    state: cellState(facts),
    ...facts,
    waits,
    passage: passage({ before, here: declared, waits, pulls }),
  };
}

function liveOf(service: string, environment: string, { clusters, reported }: Said) {
  const nothing = { differences: [], problems: [] };
  const cluster = clusters.get(environment);
  if (!cluster) return { runs: reported(environment, service), ...nothing };
  if ("reason" in cluster) return { runs: { state: "out of reach" as const, reason: cluster.reason }, ...nothing };
  const live = cluster.get(service);
  if (!live) return { runs: { state: "nothing known" as const }, ...nothing };
  const { running, differences, problems } = live;
  return { runs: { state: "known" as const, value: running }, differences, problems };
}

function lane(environment: GitStatus, { clusters, drift }: Said, cells: readonly (Cell | undefined)[]): Lane {
  const { name, branch, chartsWait } = environment;
  const counts: Partial<Record<CellState, number>> = {};
  for (const each of cells) if (each) counts[each.state] = (counts[each.state] ?? 0) + 1;
  const cluster = clusters.get(name);
  const { platform: findings, unread } = drift.get(name) ?? NOTHING_FOUND;
  return {
    name,
    branch,
    chartsWait,
    source: cluster ? "cluster" : "GitHub deployments",
    findings,
    unread,
    outOfReach: cluster && "reason" in cluster ? cluster.reason : null,
    counts,
  };
}

/** An alarm, as it was first seen. */
interface Seen {
  readonly at: string;
  /** How often Git had been fetched until then. */
  readonly fetches: number;
}

/**
 * Since when alarms stand. A cluster hears of a merge before the next fetch, so a commit that is not known here is an
 * alarm only after Git was fetched again: a fetch that was on its way may have begun before the merge, so the one after
 * it counts.
 */
export class StandingAlarms {
  private readonly seen = new Map<string, Seen>();
  private fetches = 0;

  /** Takes note of a fetch. Returns whether an alarm stands by it that did not stand before. */
  fetched(): boolean {
    this.fetches += 1;
    return [...this.seen.values()].some(({ fetches }) => fetches + 2 === this.fetches);
  }

  /** Whether an alarm may still be resolved by a fetch. */
  get waits(): boolean {
    return [...this.seen.values()].some(({ fetches }) => this.fetches < fetches + 2);
  }

  /** Since when an alarm stands, ISO 8601; null: not yet. */
  since(about: string, alarm: Alarm): string | null {
    const key = JSON.stringify([about, alarm]);
    // Only of a commit a fetch can tell more.
    const fetches = alarm.kind === "off-branch" ? this.fetches : -Infinity;
    const seen = this.seen.get(key) ?? { at: new Date().toISOString(), fetches };
    this.seen.set(key, seen);
    return this.fetches >= seen.fetches + 2 ? seen.at : null;
  }
}

/** What is now, beside what was: the image that an environment is to run, and the images that wait to get in. */
export interface Present {
  readonly environment: string;
  readonly image: string | null;
  readonly coming: readonly (string | null)[];
}

/**
 * The ways of a service's last versions, newest first: those that are somewhere, and of the others as many as there is
 * room for.
 * @param deployments The service's, of all environments, newest first.
 */
export function waysOf(deployments: readonly Deployment[], present: readonly Present[], most = 5): Way[] {
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
    .map((image) => ({ image, stops: present.map((each) => stop(image, each, images)) }));
}

function stop(image: string, { environment, image: here, coming }: Present, images: readonly Deployment[]): Stop {
  const own = images.filter((deployment) => deployment.environment === environment);
  const came = own.find(({ to }) => to === image);
  const left = came && own[own.indexOf(came) - 1];
  const state = here === image ? "here" : coming.includes(image) ? "waits" : came ? "passed" : "not yet";
  return {
    environment,
    state: state === "passed" && left?.kind === "rollback" ? "rolled back" : state,
    at: came?.at ?? null,
    commit: came?.commit ?? null,
    by: came?.by ?? [],
    pullRequest: came?.pullRequest ?? null,
  };
}

/** What a pull request would change of a service in an environment. */
export interface Brought extends ValuesFile {
  /** The version that it brings; null where it brings none, or removes the service. */
  readonly image: string | null;
}

/** A pull request with all that it brings. */
export interface PullWithContent {
  readonly pull: WaitingPull;
  readonly brings: readonly Brought[];
}

/** The pull request as the board shows it. @param image What it brings there. */
function toPull(pull: WaitingPull, image: string | null): Pull {
  const { number, url, title, base, since } = pull;
  const { state } = nextStep(pull);
  return {
    number,
    url,
    title,
    base,
    since,
    waitsFor: waitsFor(pull),
    refused: state === "correction",
    // What nobody has to review is merged by the platform.
    forPerson: state === "review" || state === "correction",
    image,
  };
}
