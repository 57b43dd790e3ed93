import type { Finding, Unread } from "../../drift/finding";
import type { Alarm, Declared, Reading, Running, Waits } from "../../status/model";

/** What the board shows, at one moment. Plain JSON. */
export interface Board {
  /** `owner/name`. */
  readonly repository: string;
  /** Its page. */
  readonly url: string;
  /** Where all this is from, and how old it is. */
  readonly sources: readonly Source[];
  /** The environments, in the order in which a change flows through them. */
  readonly lanes: readonly Lane[];
  /** The services, those first that need somebody's attention most. */
  readonly rows: readonly Row[];
  /** Open pull requests that are about no service: charts, the platform. */
  readonly others: readonly Pull[];
  /** What happened last, newest first. */
  readonly events: readonly BoardEvent[];
}

/** Something that is asked. */
export interface Source {
  /** `Git`, `GitHub`, `cluster prod`. */
  readonly name: string;
  /** When it answered last, ISO 8601; null: it never did. */
  readonly at: string | null;
  /** Why it does not answer now; null where it does, or was not asked yet. */
  readonly reason: string | null;
}

/** One environment. */
export interface Lane {
  readonly name: string;
  /** The branch that it follows. */
  readonly branch: string;
  /** Whether `main` has charts that wait for their release to it. */
  readonly chartsWait: boolean;
  /** What tells what runs there. */
  readonly source: Running["source"];
  /** Why that cannot be told now; null where it can. */
  readonly outOfReach: string | null;
  /** What was changed of the platform itself there, and is no service's. */
  readonly findings: readonly Finding[];
  /** What could not be looked at for undeclared changes. */
  readonly unread: readonly Unread[];
  /** How many services are in which state. */
  readonly counts: Readonly<Partial<Record<CellState, number>>>;
}

/** One service. */
export interface Row {
  readonly service: string;
  /** One for each lane. */
  readonly cells: readonly Cell[];
  /** The last versions on their way through the lanes, newest first. */
  readonly ways: readonly Way[];
  /** Why to look at it, the most pressing first. */
  readonly flags: readonly Flag[];
}

/** Why to look at a service. */
export type Flag =
  "foreign" | "broken" | "undeclared" | "drift" | "refused" | "unapproved" | "waiting" | "moving" | "behind";

/** How a service is in one environment, in one word. */
export type CellState =
  "healthy" | "moving" | "drift" | "undeclared" | "broken" | "unknown" | "out of reach" | "absent";

/** One service in one environment. */
export interface Cell {
  readonly environment: string;
  readonly state: CellState;
  readonly declared: Declared | null;
  readonly waits: Waits | null;
  readonly runs: Reading<Running>;
  /** The objects that differ from Git, as `Deployment api/api`. */
  readonly differences: readonly string[];
  /** What Argo CD complains about. */
  readonly problems: readonly string[];
  /** What does not fit to the branch, each since when that is known, ISO 8601. */
  readonly alarms: readonly (Alarm & { readonly since: string })[];
  /** What nobody declared, and Argo CD does not see. */
  readonly findings: readonly Finding[];
  /** What comes into this environment. */
  readonly passage: Passage;
}

/** What is between an environment and the one before it. */
export interface Passage {
  /**
   * `under way`: something was asked for; `ahead`: the environment before has a newer version and nobody has asked for
   * it here; `apart`: they differ in another way; `in step`: they have the same; `none`: there is nothing to compare.
   */
  readonly state: "under way" | "ahead" | "apart" | "in step" | "none";
  /** The version that comes, or could; null where it is no version. */
  readonly image: string | null;
  /** Since when; null where that is not known. */
  readonly since: string | null;
  /** In the words of people: `a review by @vaarak/approvers`; null where nothing waits. */
  readonly waitsFor: string | null;
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
  readonly waitsFor: string;
  /** Whether a check refuses it. */
  readonly refused: boolean;
  /** Whether it waits for a person, and not for a machine. */
  readonly forPerson: boolean;
  /** The version that it brings; null where it is about several, or none. */
  readonly image: string | null;
}

/** A version's way through the environments. */
export interface Way {
  readonly image: string;
  /** One for each lane. */
  readonly stops: readonly Stop[];
}

/** An environment on a version's way. */
export interface Stop {
  readonly environment: string;
  /**
   * `here`: it is what the environment is to run; `passed`: it was; `rolled back`: it was, and was taken back; `waits`:
   * it waits to get in; `not yet`.
   */
  readonly state: "here" | "passed" | "rolled back" | "waits" | "not yet";
  /** When it came, ISO 8601; null: it did not. */
  readonly at: string | null;
  readonly commit: string | null;
  readonly by: readonly string[];
  readonly pullRequest: number | null;
}

/** Something that happened. */
export interface BoardEvent {
  /** ISO 8601. */
  readonly at: string;
  readonly kind: EventKind;
  readonly environment: string | null;
  /** The service or chart; null where it is about neither. */
  readonly about: string | null;
  /** What exactly, on one line. */
  readonly text: string;
  /** Who, as far as is known. */
  readonly by: string | null;
  /** The page that has more; null: none. */
  readonly url: string | null;
}

/** What kind of thing happened. */
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

/** Why to look at a service, in the order in which the reasons press. */
const REASONS: readonly [flag: Flag, holds: (cell: Cell) => boolean][] = [
  ["foreign", ({ alarms }) => alarms.length > 0],
  ["broken", ({ state }) => state === "broken"],
  ["undeclared", ({ findings }) => findings.length > 0],
  ["drift", ({ state }) => state === "drift"],
  ["refused", ({ passage }) => passage.pulls.some(({ refused }) => refused)],
  [
    "unapproved",
    ({ declared }) => ["unverified", "break-glass"].includes(declared?.came?.approval.state ?? "not needed"),
  ],
  ["waiting", waitsForPerson],
  ["moving", (cell) => cell.state === "moving" || (cell.passage.state === "under way" && !waitsForPerson(cell))],
  ["behind", ({ passage }) => passage.state === "ahead" || passage.state === "apart"],
];

/** All flags, the most pressing first. */
export const flags: readonly Flag[] = REASONS.map(([flag]) => flag);

/** Why to look at a service of these cells. */
export function flagsOf(cells: readonly Cell[]): Flag[] {
  return REASONS.filter(([, holds]) => cells.some(holds)).map(([flag]) => flag);
}

/** A release that nobody has asked for yet waits for a person, too. */
function waitsForPerson({ passage, waits }: Cell): boolean {
  return passage.pulls.some(({ forPerson }) => forPerson) || waits !== null;
}

/** Whether somebody has to do something about it: it does not pass by itself. */
export function needsAttention(flag: Flag): boolean {
  return flag !== "moving" && flag !== "behind";
}

/** A number that is higher the more a service presses. */
export function urgency(of: readonly Flag[]): number {
  return of.reduce((sum, flag) => sum + 2 ** (flags.length - flags.indexOf(flag)), 0);
}
