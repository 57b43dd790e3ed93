import { shortImage } from "../display";
import type { Alarm, Declared, Reading, Running } from "./model";

/** The branch that an environment reads. */
export interface Line {
  /** `main`, or `env/<name>`. */
  readonly branch: string;
  /** Its commits on the first-parent line, newest first: all that it ever was, unless it was moved by force. */
  readonly line: ReadonlySet<string>;
}

/** What of a service does not fit to its branch. */
export function alarmsOf(declared: Declared | null, runs: Reading<Running>, { branch, line }: Line): Alarm[] {
  if (runs.state !== "known") return [];
  const { compared, follows } = runs.value;
  const expected = `refs/heads/${branch}`;
  const followsBranch = follows === null || (follows.length === 1 && follows[0] === expected);
  return [
    ...foreign(runs.value, line).map((revision) => ({ kind: "off-branch" as const, revision, branch })),
    ...(followsBranch ? [] : [{ kind: "other-branch" as const, follows, expected }]),
    ...(compared !== null && compared === newest(line) ? otherImage(declared, runs.value) : []),
  ];
}

/** The commits that a cluster names and that are not on the line. */
export function foreign({ commit, compared }: Running, line: ReadonlySet<string>): string[] {
  const named = new Set([commit, compared].filter((revision) => revision !== null));
  return [...named].filter((revision) => revision !== "" && !line.has(revision));
}

function newest(line: ReadonlySet<string>): string | undefined {
  return line.values().next().value;
}

function otherImage(declared: Declared | null, runs: Running): Alarm[] {
  // Pods of the version before go on for a while, and a live edit is told as what it is.
  const settled = runs.sync === "Synced" && runs.health === "Healthy";
  if (!settled || declared === null || sameRepository(declared, runs)) return [];
  return [{ kind: "other-image", runs: whole(runs), declared: whole(declared) }];
}

/** Whether a cluster runs the declared image, its registry included. What runs by its digest does not tell the tag. */
export function sameImage(
  declared: Pick<Declared, "image" | "repository">,
  runs: Pick<Running, "image" | "repository">,
): boolean {
  return (
    sameRepository(declared, runs) &&
    (runs.image === declared.image ||
      (runs.image?.startsWith("@") === true && declared.image?.endsWith(runs.image) === true))
  );
}

/** Whether both are from one repository, as far as both say which. */
function sameRepository(declared: Pick<Declared, "repository">, runs: Pick<Running, "repository">): boolean {
  return declared.repository === null || runs.repository === null || declared.repository === runs.repository;
}

/** The image that runs, as tables show it: with its registry where that is not the declared one. */
export function runningImage(
  declared: Pick<Declared, "repository"> | null,
  runs: Pick<Running, "image" | "repository">,
): string {
  const known = declared ?? { repository: null };
  return sameRepository(known, runs) ? shortImage(runs.image) : whole({ ...runs, image: shortImage(runs.image) });
}

function whole({ image, repository }: { readonly image: string | null; readonly repository: string | null }): string {
  const version = image ?? "";
  return `${repository ?? ""}${version === "" || version.startsWith("@") ? "" : ":"}${version}`;
}

/** An alarm, in words. */
export function describeAlarm(alarm: Alarm): string {
  switch (alarm.kind) {
    case "off-branch":
      return `${alarm.revision.slice(0, 7)} is not on ${alarm.branch}: nobody approved it there`;
    case "other-branch":
      return `Argo CD follows ${alarm.follows.join(", ") || "nothing"} and not ${alarm.expected}`;
    case "other-image":
      return `runs ${alarm.runs} where its branch says ${alarm.declared}`;
  }
}
