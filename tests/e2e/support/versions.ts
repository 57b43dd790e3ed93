import assert from "node:assert/strict";
import type { Status } from "@gitops-platform/gitops/status/model";
import type { Person } from "@gitops-platform/sandbox/accounts";
import { until } from "@gitops-platform/clients/until";
import { cli } from "./people";
import { runs } from "./platform";

/** Runs a command and asserts that it succeeds. Returns its standard output. */
export async function typed(login: Person, ...args: string[]): Promise<string> {
  const result = await cli(login, ...args);
  assert.equal(result.exitCode, 0, result.all);
  return result.stdout;
}

/** The output of `gitops status`, without asking a cluster. */
export async function status(): Promise<Status> {
  return JSON.parse(await typed("developer", "status", "--json")) as Status;
}

/** Waits until GitHub has the report that a version of the API service is Healthy, which a promotion requires. */
export async function healthy(environment: string, tag: string): Promise<void> {
  await until(`GitHub knows of ${tag} in ${environment}`, async () => {
    const { services } = await status();
    const api = services.find(({ name }) => name === "api");
    const found = api?.environments.find((each) => each.environment === environment)?.runs;
    const done = found?.state === "known" && found.value.image === tag && found.value.health === "Healthy";
    return done ? { done } : { waitingFor: JSON.stringify(found) };
  });
}

/**
 * Takes a version of the API service from its bump to production's values on `main`.
 * @param promoter promotes it from staging to production, and is therefore a contributor to its release
 */
export async function promoted(tag: string, promoter: Person = "developer"): Promise<void> {
  await typed("developer", "bump", "api", "--tag", tag);
  await runs("dev", tag);
  await healthy("dev", tag);
  await typed("developer", "promote", "api", "--from", "dev", "--to", "staging");
  await runs("staging", tag);
  await healthy("staging", tag);
  await typed(promoter, "promote", "api", "--from", "staging", "--to", "prod");
}
