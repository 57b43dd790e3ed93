import { sameName } from "../store/database";
import type { ActivityRecord, ActivityType } from "./records";

/** Length of each period, in hours. */
export const PERIODS = { day: 24, week: 168, month: 744, quarter: 2208, year: 8784 } as const;

/** Which activity is requested. A missing field does not filter. */
export interface ActivityFilter {
  /** A branch's name, or its full ref. */
  ref?: string | undefined;
  /** Login. */
  actor?: string | undefined;
  time_period?: keyof typeof PERIODS | undefined;
  activity_type?: ActivityType | undefined;
}

/** The records that match a filter, in their order. `time` is the current time in milliseconds. */
export function selectActivity(
  records: readonly ActivityRecord[],
  { ref, actor, time_period: period, activity_type: type }: ActivityFilter,
  time: number,
): ActivityRecord[] {
  const since = period === undefined ? undefined : time - PERIODS[period] * 3_600_000;
  return records.filter(
    (record) =>
      (ref === undefined || record.ref === ref || record.ref === `refs/heads/${ref}`) &&
      (actor === undefined || sameName(record.actor, actor)) &&
      (since === undefined || Date.parse(record.timestamp) >= since) &&
      (type === undefined || record.type === type),
  );
}
