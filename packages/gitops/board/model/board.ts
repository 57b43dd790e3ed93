import type { Finding, Unread } from "../../drift/finding";
import {
  type Alarm,
  type CatalogueProblem,
  type DesiredVersion,
  needsPerson,
  type PendingVersion,
  type Reading,
  type Running,
  type WaitReason,
} from "../../status/model";

/** Everything that the board shows. Plain JSON. */
export interface Board {
  /** `owner/name`. */
  readonly repository: string;
  /** The repository's page. */
  readonly url: string;
  readonly sources: readonly Source[];
  /** The environments, in the order in which a change flows through them. */
  readonly lanes: readonly Lane[];
  /** The services, the most urgent first. */
  readonly rows: readonly Row[];
  /** Open pull requests that change no service's values, such as those of charts. */
  readonly others: readonly Pull[];
  /** The latest events, newest first. */
  readonly events: readonly BoardEvent[];
}

/** Where data comes from. */
export interface Source {
  /** `Git`, `GitHub`, `cluster prod`. */
  readonly name: string;
  /** When it responded last, ISO 8601; null: never. */
  readonly at: string | null;
  /** Why it does not respond now; null where it does, or was not read yet. */
  readonly reason: string | null;
}

/** One environment. */
export interface Lane {
  readonly name: string;
  /** The environment whose versions are promoted into this one; null for the entry. */
  readonly promotesFrom: string | null;
  /** The branch that the environment follows. */
  readonly branch: string;
  /** Whether `main` has charts that wait for their release to it. */
  readonly chartsWait: boolean;
  /** Where the live state comes from. */
  readonly source: Running["source"];
  /** Why the live state is not known now; null where it is. */
  readonly outOfReach: string | null;
  /** What is wrong with the Application that applies the catalogue; null: nothing is, or it is not known. */
  readonly catalogue: CatalogueProblem | null;
  /** Undeclared changes of the platform itself. */
  readonly findings: readonly Finding[];
  /** What could not be searched for undeclared changes. */
  readonly unread: readonly Unread[];
  /** The number of services in each state. */
  readonly counts: Readonly<Partial<Record<CellState, number>>>;
}

/** One service. */
export interface Row {
  readonly service: string;
  /** One for each lane. */
  readonly cells: readonly Cell[];
  /** The path of the latest versions through the environments, newest first. */
  readonly pipelines: readonly Pipeline[];
  /** Reasons to look at it, the most urgent first. */
  readonly flags: readonly Flag[];
}

/** A reason to look at a service. */
export type Flag =
  "foreign" | "broken" | "undeclared" | "drift" | "refused" | "unapproved" | "waiting" | "moving" | "behind";

export type CellState =
  "healthy" | "moving" | "drift" | "undeclared" | "broken" | "unknown" | "out of reach" | "absent" | "skipped";

/** One service in one environment. */
export interface Cell {
  readonly environment: string;
  readonly state: CellState;
  readonly declared: DesiredVersion | null;
  readonly waits: PendingVersion | null;
  readonly runs: Reading<Running>;
  /** The objects that differ from Git, as `Deployment api/api`. */
  readonly differences: readonly string[];
  /** Argo CD's errors. */
  readonly problems: readonly string[];
  /** Each with the time since which it is known, ISO 8601. */
  readonly alarms: readonly (Alarm & { readonly since: string })[];
  /** Undeclared changes. */
  readonly findings: readonly Finding[];
  /** What is on its way into this environment. */
  readonly transition: Transition;
}

/** The changes between an environment and the one before it that the service is in. */
export interface Transition {
  /**
   * `under way`: a change was requested; `ahead`: the environment before has a newer version, which was not promoted
   * yet; `apart`: the versions differ in another way; `in step`: they are equal; `none`: there is nothing to compare.
   */
  readonly state: "under way" | "ahead" | "apart" | "in step" | "none";
  /** The version that is on its way, or could be promoted; null where there is none. */
  readonly image: string | null;
  /** ISO 8601; null where it is not known. */
  readonly since: string | null;
  /** Null where nothing waits. */
  readonly waitsFor: WaitReason | null;
  readonly pulls: readonly Pull[];
}

/** An open pull request. */
export interface Pull {
  readonly number: number;
  readonly url: string;
  readonly title: string;
  readonly base: string;
  /** When it was opened, ISO 8601. */
  readonly since: string;
  readonly waitsFor: WaitReason;
  /** The version that it brings; null where it brings several, or none. */
  readonly image: string | null;
}

/** The path of one version through the environments. */
export interface Pipeline {
  readonly image: string;
  /** One for each lane. */
  readonly stages: readonly Stage[];
}

/** One environment of a version's pipeline. */
export interface Stage {
  readonly environment: string;
  /**
   * `here`: it is the desired version; `passed`: it was; `rolled back`: it was, until a rollback; `waits`: a pull
   * request or a release brings it; `skipped`: the service is not in the environment, but in one behind it; `not yet`.
   */
  readonly state: "here" | "passed" | "rolled back" | "waits" | "skipped" | "not yet";
  /** When it was deployed, ISO 8601; null: it was not. */
  readonly at: string | null;
  readonly commit: string | null;
  readonly by: readonly string[];
  readonly pullRequest: number | null;
}

export interface BoardEvent {
  /** ISO 8601. */
  readonly at: string;
  readonly kind: EventKind;
  readonly environment: string | null;
  /** The service or chart; null where it is about neither. */
  readonly about: string | null;
  /** The details, on one line. */
  readonly text: string;
  /** Who did it; null where that is not known. */
  readonly by: string | null;
  /** A page with more details; null: none. */
  readonly url: string | null;
}

export type EventKind =
  | "deployed"
  | "promoted"
  | "rolled back"
  | "configured"
  | "chart"
  | "removed"
  | "files"
  | "break-glass"
  | "unapproved"
  | "foreign"
  | "drift"
  | "undeclared"
  | "undone"
  | "healed"
  | "degraded"
  | "recovered"
  | "sync failed"
  | "refused"
  | "closed";

/** The reasons to look at a service, the most urgent first. */
const REASONS: readonly [flag: Flag, holds: (cell: Cell) => boolean][] = [
  ["foreign", ({ alarms }) => alarms.length > 0],
  ["broken", ({ state }) => state === "broken"],
  ["undeclared", ({ findings }) => findings.length > 0],
  ["drift", ({ state }) => state === "drift"],
  ["refused", ({ transition }) => transition.pulls.some(isRefused)],
  [
    "unapproved",
    ({ declared }) => ["unverified", "break-glass"].includes(declared?.came?.approval.state ?? "not needed"),
  ],
  ["waiting", waitsForPerson],
  ["moving", (cell) => cell.state === "moving" || (cell.transition.state === "under way" && !waitsForPerson(cell))],
  ["behind", ({ transition }) => transition.state === "ahead" || transition.state === "apart"],
];

/** All flags, the most urgent first. */
export const flags: readonly Flag[] = REASONS.map(([flag]) => flag);

/** The flags of a service with these cells. */
export function flagsOf(cells: readonly Cell[]): Flag[] {
  return REASONS.filter(([, holds]) => cells.some(holds)).map(([flag]) => flag);
}

/** Whether a check refused the pull request. */
export function isRefused({ waitsFor }: Pull): boolean {
  return waitsFor.state === "correction";
}

/** A release that was not requested yet waits for a person, too. */
function waitsForPerson({ transition, waits }: Cell): boolean {
  const reasons = [transition.waitsFor, ...transition.pulls.map(({ waitsFor }) => waitsFor)];
  return waits !== null || reasons.some((reason) => reason !== null && needsPerson(reason));
}

/** Whether a person has to act: the other flags resolve by themselves. */
export function needsAttention(flag: Flag): boolean {
  return flag !== "moving" && flag !== "behind";
}

/** A number by which services are sorted: a higher one is more urgent. */
export function urgency(of: readonly Flag[]): number {
  return of.reduce((sum, flag) => sum + 2 ** (flags.length - flags.indexOf(flag)), 0);
}
