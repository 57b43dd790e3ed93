import { now } from "../../store/database";
import type { JobRecord, RunRecord } from "../../store/history-records";
import type { RunServices } from "./services";

/** Creates a queued job of a run. */
export function newJob(
  { database }: Pick<RunServices, "database">,
  run: RunRecord,
  { key, name, labels }: Pick<JobRecord, "key" | "name" | "labels">,
): JobRecord {
  const time = now();
  const record: JobRecord = {
    id: database.nextId(),
    key,
    name,
    labels,
    attempt: run.attempt,
    status: "queued",
    conclusion: null,
    createdAt: time,
    startedAt: time,
    completedAt: null,
    steps: [],
  };
  run.jobs.push(record);
  return record;
}
