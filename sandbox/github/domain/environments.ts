import { type Database, NEW_IN_ENVIRONMENTS, now, sameName } from "../store/database";
import type { EnvironmentRecord, RepositoryRecord } from "../store/records";

/** A deployment environment by its name. */
export function findEnvironment(record: RepositoryRecord, name: string): EnvironmentRecord | undefined {
  return record.environments.find((entry) => sameName(entry.name, name));
}

/**
 * A deployment environment by its name. Creates it without settings if it does not exist; the caller saves the
 * database.
 */
export function ensureEnvironment(database: Database, record: RepositoryRecord, name: string): EnvironmentRecord {
  const existing = findEnvironment(record, name);
  if (existing) return existing;
  const time = now();
  const made = {
    id: database.nextId(),
    name,
    createdAt: time,
    updatedAt: time,
    settings: {},
    ...NEW_IN_ENVIRONMENTS(),
  };
  record.environments.push(made);
  return made;
}
