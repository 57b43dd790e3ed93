import type { Cell, Flag } from "./board";

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
