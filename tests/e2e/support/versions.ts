import assert from "node:assert/strict";
import type { Status } from "../../../gitops/status/model";
import type { Person } from "../../../sandbox/accounts";
import { until } from "../../../sandbox/until";
import { cli } from "./people";
import { runs } from "./platform";

/** Types a command and wants it to work. Returns what it prints on stdout. */
export async function typed(login: Person, ...args: string[]): Promise<string> {
  const result = await cli(login, ...args);
  assert.equal(result.exitCode, 0, result.all);
  return result.stdout;
}

/** What `gitops status` says, asking no cluster. */
export async function status(): Promise<Status> {
  return JSON.parse(await typed("developer", "status", "--json")) as Status;
}

/** Waits until GitHub knows that the API service is Healthy with a version: what a promotion asks for. */
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
 * Takes a version of the API service all the way to production's values on `main`.
 * @param promoter Who carries it from staging to production, and so has a part in its release.
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
