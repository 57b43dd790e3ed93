import { type DriftReading, NOTHING_FOUND } from "../../drift/reading";
import type { Deployment } from "../../history/deployment";
import { alarmsOf, describeAlarm } from "../../status/alarms";
import type { GitStatus } from "../../status/declared";
import type { Reading, Running } from "../../status/model";
import type { Live } from "./application";
import type { Board, BoardEvent, Cell, CellState, Lane, Row, Source } from "./board";
import { cellState } from "./cell-state";
import { latest } from "./events";
import { flagsOf, urgency } from "./flags";
import { passage } from "./passages";
import { type PullWithContent, toPull } from "./pulls";
import { waysOf } from "./ways";
import type { Alarm } from "../../status/model";

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
