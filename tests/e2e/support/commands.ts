import assert from "node:assert/strict";
import type { Status } from "../../../gitops/status/model";
import type { Person } from "../../../sandbox/accounts";
import { until } from "../../../sandbox/until";
import { cli } from "./people";

/** Types a command of `gitops` and wants it to work. Returns what it prints on stdout. */
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
