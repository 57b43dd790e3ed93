import { shortImage } from "../display";
import type { Alarm, CatalogueProblem, DesiredVersion, Reading, Running } from "./model";

/** The branch that an environment follows. */
export interface FollowedBranch {
  /** `main`, or `env/<name>`. */
  readonly branch: string;
  /** Its first-parent commits, newest first: all that it ever pointed to, unless it was force-pushed. */
  readonly line: ReadonlySet<string>;
}

/** Compares what a cluster reports about a service with the branch that its environment follows. */
export function alarmsOf(
  declared: DesiredVersion | null,
  runs: Reading<Running>,
  { branch, line }: FollowedBranch,
): Alarm[] {
  if (runs.state !== "known") return [];
  const { compared, follows } = runs.value;
  const expected = `refs/heads/${branch}`;
  const followsBranch = follows === null || (follows.length === 1 && follows[0] === expected);
  return [
    ...foreignRevisions(runs.value, line).map((revision) => ({ kind: "off-branch" as const, revision, branch })),
    ...(followsBranch ? [] : [{ kind: "other-branch" as const, follows, expected }]),
    ...(compared !== null && compared === newest(line) ? otherImage(declared, runs.value) : []),
  ];
}

/** The commits that a cluster reports and the branch never pointed to. */
export function foreignRevisions({ commit, compared }: Running, line: ReadonlySet<string>): string[] {
  const named = new Set([commit, compared].filter((revision) => revision !== null));
  return [...named].filter((revision) => revision !== "" && !line.has(revision));
}

function newest(line: ReadonlySet<string>): string | undefined {
  return line.values().next().value;
}

function otherImage(declared: DesiredVersion | null, runs: Running): Alarm[] {
  // Pods of the previous version run for a while, and a live edit is reported as drift.
  const settled = runs.sync === "Synced" && runs.health === "Healthy";
  if (!settled || declared === null || sameRepository(declared, runs)) return [];
  return [{ kind: "other-image", runs: whole(runs), declared: whole(declared) }];
}

/** Whether a cluster runs the declared image, including its registry. An image that runs by digest has no tag. */
export function sameImage(
  declared: Pick<DesiredVersion, "image" | "repository">,
  runs: Pick<Running, "image" | "repository">,
): boolean {
  return (
    sameRepository(declared, runs) &&
    (runs.image === declared.image ||
      (runs.image?.startsWith("@") === true && declared.image?.endsWith(runs.image) === true))
  );
}

/** Whether both images come from the same repository. True if one of the repositories is not known. */
function sameRepository(declared: Pick<DesiredVersion, "repository">, runs: Pick<Running, "repository">): boolean {
  return declared.repository === null || runs.repository === null || declared.repository === runs.repository;
}

/** The running image as tables show it: with its repository if that is not the declared one. */
export function runningImage(
  declared: Pick<DesiredVersion, "repository"> | null,
  runs: Pick<Running, "image" | "repository">,
): string {
  const known = declared ?? { repository: null };
  return sameRepository(known, runs) ? shortImage(runs.image) : whole({ ...runs, image: shortImage(runs.image) });
}

function whole({ image, repository }: { readonly image: string | null; readonly repository: string | null }): string {
  const version = image ?? "";
  return `${repository ?? ""}${version === "" || version.startsWith("@") ? "" : ":"}${version}`;
}

export function describeAlarm(alarm: Alarm): string {
  switch (alarm.kind) {
    case "off-branch":
      return `${alarm.revision.slice(0, 7)} is not on ${alarm.branch}, so nobody approved it there`;
    case "other-branch":
      return `Argo CD follows ${alarm.follows.join(", ") || "nothing"} and not ${alarm.expected}`;
    case "other-image":
      return `runs ${alarm.runs}, but its branch declares ${alarm.declared}`;
  }
}

/** The health that Argo CD gives to objects that do not exist. */
const MISSING = "Missing";

/**
 * What is wrong with the Application that applies an environment's catalogue; null: nothing, or it is not known.
 * @param runs undefined: the environment's cluster was not asked
 * @param errors Argo CD's errors, if they were read
 */
export function catalogueProblem(
  runs: Reading<Running> | undefined,
  alarms: readonly Alarm[],
  errors: readonly string[] = [],
): CatalogueProblem | null {
  if (runs === undefined || runs.state === "out of reach") return null;
  // The cluster has answered, and has no such Application: nothing of the catalogue is applied.
  if (runs.state === "nothing known") return { health: MISSING, sync: null, alarms, errors };
  const { health, sync } = runs.value;
  return isApplied({ health, sync }) && alarms.length === 0 && errors.length === 0
    ? null
    : { health, sync, alarms, errors };
}

/** A sentence for each thing that is wrong, without its full stop. */
export function describeCatalogueProblem(problem: CatalogueProblem): string[] {
  const { alarms, errors } = problem;
  const said = [stateOf(problem), ...errors].join(": ").replace(/\.$/, "");
  return [...(isApplied(problem) && errors.length === 0 ? [] : [said]), ...alarms.map(describeAlarm)];
}

function stateOf({ health, sync }: CatalogueProblem): string {
  return isMissing({ health, sync })
    ? "the cluster has no such Application"
    : `it is ${sync ?? "Unknown"} and ${health}`;
}

/** Whether the Application does not exist. Argo CD also calls one Missing whose objects do not exist. */
export function isMissing({ health, sync }: Pick<CatalogueProblem, "health" | "sync">): boolean {
  return health === MISSING && sync === null;
}

function isApplied({ health, sync }: Pick<CatalogueProblem, "health" | "sync">): boolean {
  return sync === "Synced" && ["Healthy", "Progressing"].includes(health);
}
