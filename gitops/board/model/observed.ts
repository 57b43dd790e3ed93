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
  const heal = (when: string) => event("healed", "back at what Git says", when);
  if (!before) return healedAt === null ? [] : [heal(healedAt)];
  const drifted = before.running.drift === true;
  const isBack = drifted && now.running.sync === "Synced";
  // A heal that was over before its drift was seen.
  const wasHealed = !drifted && now.running.drift !== true && healedAt !== null && healedAt !== before.healedAt;
  const drifts = now.running.drift === true && !drifted;
  const health = [before.running.health, now.running.health];
  const failed = now.problems.filter((problem) => !before.problems.includes(problem));
  return [
    ...(drifts ? [event("drift", now.differences.join(", ") || "differs from Git")] : []),
    ...(isBack ? [heal(at)] : []),
    ...(wasHealed ? [heal(healedAt)] : []),
    ...(health[0] !== "Degraded" && health[1] === "Degraded" ? [event("degraded", "is Degraded")] : []),
    ...(health[0] === "Degraded" && health[1] === "Healthy" ? [event("recovered", "is Healthy again")] : []),
    ...failed.map((problem) => event("sync failed", problem)),
  ];
}
