import { join } from "node:path";
import type { Git } from "../git/git";
import type { RefChange } from "../git/push-hooks";
import { ZERO } from "../git/ref-names";
import { isAncestor } from "../git/refs";
import type { GitRepositories } from "../git/repositories";
import { now, sameName } from "../store/database";
import type { ActivityRecord, ActivityType } from "../store/history-records";
import { JsonFile } from "../store/json-file";
import type { RepositoryRecord } from "../store/records";
import type { AcceptedUpdate } from "./ref-updates";

/** Maximum number of records per repository; the oldest are dropped. */
const MAX_RECORDS = 10_000;

/** Records who changed which branch, in `activity.json`. Records of deleted branches stay. */
export class ActivityLog {
  private readonly file: JsonFile<{ nextId: number; repositories: Partial<Record<string, ActivityRecord[]>> }>;
  private work: Promise<void> = Promise.resolve();

  constructor(
    private readonly repositories: GitRepositories,
    folder: string,
  ) {
    this.file = new JsonFile(join(folder, "activity.json"), { nextId: 1, repositories: {} });
  }

  /** Records the branches that moved. GitHub does not record tags. */
  refsMoved({ actor, repository, changes, merging }: AcceptedUpdate): void {
    const timestamp = now();
    const { login } = actor.account;
    const git = this.repositories.open(repository.id);
    for (const change of changes.filter(({ ref }) => ref.startsWith("refs/heads/"))) {
      // One after the other, so that the records are in the order of the changes.
      this.track(async () => {
        const type = await typeOf(git, change, merging !== undefined);
        this.add(repository, { ...change, timestamp, type, actor: login });
        await this.file.save();
      });
    }
  }

  /** The records of a repository, oldest first. Waits until every change so far is recorded. */
  async list(repository: RepositoryRecord): Promise<readonly ActivityRecord[]> {
    await this.work;
    return this.file.value.repositories[repository.id] ?? [];
  }

  /** Deletes the records of a repository. */
  forget(repositoryId: number): void {
    this.track(async () => {
      const others = Object.entries(this.file.value.repositories).filter(([id]) => id !== String(repositoryId));
      this.file.value.repositories = Object.fromEntries(others);
      await this.file.save();
    });
  }

  /** Resolves when every record is on disk. */
  async close(): Promise<void> {
    await this.work;
  }

  private add(repository: RepositoryRecord, record: Omit<ActivityRecord, "id">): void {
    const { value } = this.file;
    const records = (value.repositories[repository.id] ??= []);
    records.push({ id: value.nextId++, ...record });
    if (records.length > MAX_RECORDS) records.splice(0, records.length - MAX_RECORDS);
  }

  private track(job: () => Promise<void>): void {
    this.work = this.work.then(job).catch((error: unknown) => {
      process.stderr.write(`activity.json: ${String(error)}\n`);
    });
  }
}

async function typeOf(git: Git, { before, after }: RefChange, isMerge: boolean): Promise<ActivityType> {
  if (isMerge) return "pr_merge";
  if (before === ZERO) return "branch_creation";
  if (after === ZERO) return "branch_deletion";
  return (await isAncestor(git, before, after)) ? "push" : "force_push";
}

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
