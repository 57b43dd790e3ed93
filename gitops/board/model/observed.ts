import type { Live } from "./application";
import type { BoardEvent, EventKind } from "./board";

/** Which Application was looked at, and when. */
export interface Look {
  readonly environment: string;
  readonly service: string;
  /** ISO 8601. */
  readonly at: string;
}

/**
 * What happened between two looks at an Application, oldest first.
 * @param before Undefined: it is looked at for the first time, and only what tells its own time has happened.
 */
export function observe(before: Live | undefined, now: Live, { environment, service, at }: Look): BoardEvent[] {
  const event = (kind: EventKind, text: string, when = at): BoardEvent => ({
    ...{ at: when, kind, environment, about: service, text, by: null, url: null },
  });
  const { healedAt } = now;
  const isNew = healedAt !== null && healedAt !== before?.healedAt;
  const heal = isNew ? [event("healed", "back at what Git says", before ? endOf(healedAt, at) : healedAt)] : [];
  if (!before) return heal;
  const drifts = now.running.drift === true && before.running.drift !== true;
  const health = [before.running.health, now.running.health];
  const failed = now.problems.filter((problem) => !before.problems.includes(problem));
  return [
    ...(drifts ? [event("drift", now.differences.join(", ") || "differs from Git")] : []),
    ...heal,
    ...(health[0] !== "Degraded" && health[1] === "Degraded" ? [event("degraded", "is Degraded")] : []),
    ...(health[0] === "Degraded" && health[1] === "Healthy" ? [event("recovered", "is Healthy again")] : []),
    ...failed.map((problem) => event("sync failed", problem)),
  ];
}

/** Argo CD tells whole seconds, and a heal takes less than one: it must not seem to be older than the drift that it ended. */
function endOf(second: string, seen: string): string {
  return new Date(Math.min(Date.parse(second) + 999, Date.parse(seen))).toISOString();
}
