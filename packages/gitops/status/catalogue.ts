import { describeAlarm } from "./alarms";
import type { Alarm, CatalogueProblem, Reading, Running } from "./model";

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
