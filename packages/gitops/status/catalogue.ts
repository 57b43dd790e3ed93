import { describeAlarm } from "./alarms";
import type { Alarm, CatalogueProblem, Reading, Running } from "./model";

/**
 * What is wrong with the Application that applies an environment's catalogue; null: nothing, or its cluster was not
 * asked.
 * @param errors Argo CD's errors, if they were read
 */
export function catalogueProblem(
  runs: Reading<Running>,
  alarms: readonly Alarm[],
  errors: readonly string[] = [],
): CatalogueProblem | null {
  if (runs.state !== "known") return null;
  const { health, sync } = runs.value;
  return isApplied({ health, sync }) && alarms.length === 0 && errors.length === 0
    ? null
    : { health, sync, alarms, errors };
}

/** A sentence for each thing that is wrong, without its full stop. */
export function describeCatalogueProblem(problem: CatalogueProblem): string[] {
  const { health, sync, alarms, errors } = problem;
  const said = [`it is ${sync ?? "Unknown"} and ${health}`, ...errors].join(": ").replace(/\.$/, "");
  return [...(isApplied(problem) && errors.length === 0 ? [] : [said]), ...alarms.map(describeAlarm)];
}

function isApplied({ health, sync }: Pick<CatalogueProblem, "health" | "sync">): boolean {
  return sync === "Synced" && ["Healthy", "Progressing"].includes(health);
}
