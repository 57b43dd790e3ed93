import { fnmatch } from "../../../../gitops/github/ref-conditions";
import { type Database, NEW_IN_ENVIRONMENTS, now, sameName } from "../../database";
import type { EnvironmentRecord, RepositoryRecord } from "../../records";

/** The environment that a job names. As on GitHub, it is created if it does not exist. */
export function environmentOf(database: Database, repository: RepositoryRecord, name: string): EnvironmentRecord {
  const known = repository.environments.find((entry) => sameName(entry.name, name));
  if (known) return known;
  const time = now();
  const made: EnvironmentRecord = {
    id: database.nextId(),
    name,
    createdAt: time,
    updatedAt: time,
    settings: {},
    ...NEW_IN_ENVIRONMENTS(),
  };
  repository.environments.push(made);
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
