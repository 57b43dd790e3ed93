import { fnmatch } from "@gitops-platform/contract/ref-conditions";
import { type Database, now, sameName } from "../store/database";
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
  const made: EnvironmentRecord = {
    id: database.nextId(),
    name,
    createdAt: time,
    updatedAt: time,
    settings: {},
    variables: [],
    secrets: [],
    branchPolicies: [],
  };
  record.environments.push(made);
  return made;
}

/**
 * GitHub's message if a run of a ref may not use an environment; undefined if it may. `protected_branches` rejects
 * nothing: it refers to classic branch protection, and in a repository without it every branch can deploy.
 */
export function deploymentRefusal(environment: EnvironmentRecord, ref: string): string | undefined {
  const policy = environment.settings.deployment_branch_policy as
    { custom_branch_policies?: boolean } | null | undefined;
  if (policy?.custom_branch_policies !== true) return undefined;
  const isTag = ref.startsWith("refs/tags/");
  const name = ref.replace(/^refs\/(heads|tags)\//, "");
  const type = isTag ? "tag" : "branch";
  if (environment.branchPolicies.some((entry) => entry.type === type && fnmatch(entry.name, name))) return undefined;
  const what = isTag ? "Tag" : "Branch";
  return `${what} "${name}" is not allowed to deploy to ${environment.name} due to environment protection rules.`;
}
