import assert from "node:assert/strict";
import type { History } from "@gitops-platform/gitops/history/history";
import type { EnvironmentName } from "@gitops-platform/sandbox/paths";
import { until } from "@gitops-platform/clients/until";
import { cli } from "../../e2e/support/people";
import { apiImage, cluster, runs } from "../../e2e/support/platform";
import { promoted, typed } from "../../e2e/support/versions";
import type { Workshop } from "./git";
import { releaseOf } from "./pulls";

/** A version that no attack may deploy anywhere. */
export const EVIL = "sha-bad0bad";

let versions = 0;

/** A version that no earlier attack used. */
export function freshVersion(): string {
  versions += 1;
  return `sha-${(0xa77ac000 + versions).toString(16).slice(-7)}`;
}

/** A version that was released to production and has its record. Created once per run. */
export function released(): Promise<string> {
  release ??= releaseOnce();
  return release;
}

let release: Promise<string> | undefined;

async function releaseOnce(): Promise<string> {
  const version = freshVersion();
  await promoted(version);
  await releaseOf(version);
  await typed("approver", "approve", "api");
  await runs("prod", version);
  await until("the record of the first release", async () => {
    const [newest] = await history();
    const done = newest?.approval.state === "approved";
    return done ? { done } : { waitingFor: JSON.stringify(newest) };
  });
  return version;
}

/** The deployments of production, from `gitops history`. */
export async function history(): Promise<History["deployments"]> {
  const { exitCode, stdout, all } = await cli("developer", "history", "--env", "prod", "--json");
  assert.equal(exitCode, 0, all);
  return (JSON.parse(stdout) as History).deployments;
}

/** Creates a commit on top of a branch in which every file with the API service's image has another one. */
export function evilCommit(workshop: Workshop, branch: string, version = EVIL): string {
  const base = workshop.tip(branch);
  const paths = workshop.git("ls-tree", "-r", "--name-only", base, "--", "environments", "manifests").split("\n");
  const files = paths.map((path): [string, string] => {
    const text = workshop.show(base, path);
    return [path, text.replaceAll(/sha-[0-9a-f]{7}/g, version).replaceAll(/^\s+digest: .*\n/gm, "")];
  });
  return workshop.commit(base, Object.fromEntries(files), { message: "Evil" });
}

const application = {
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Application",
  namespace: "argocd",
  name: "api",
} as const;

interface LiveApplication {
  readonly spec: { readonly source: { readonly targetRevision: string } };
  readonly status?: {
    readonly sync?: { readonly revision?: string; readonly status?: string };
    readonly health?: { readonly status?: string; readonly message?: string };
  };
}

/** The API service's current Application. */
export async function applicationOf(environment: EnvironmentName): Promise<LiveApplication> {
  const found = await cluster(environment).get(application);
  if (found === undefined) throw new Error(`${environment}: there is no Application api`);
  return found as unknown as LiveApplication;
}

export async function patchApplication(environment: EnvironmentName, patch: object): Promise<void> {
  await cluster(environment).patch(application, patch);
}

const REFRESH = "argocd.argoproj.io/refresh";

/**
 * Makes Argo CD refresh from Git and waits until it removes the annotation, which means that it has. Returns the commit
 * that it compared with.
 */
export async function refreshed(environment: EnvironmentName): Promise<string> {
  await patchApplication(environment, { metadata: { annotations: { [REFRESH]: "hard" } } });
  return until<string>(`a refresh of ${environment}`, async () => {
    const found = await cluster(environment).get(application);
    const asked = found?.metadata.annotations?.[REFRESH];
    const revision = (found as unknown as LiveApplication).status?.sync?.revision;
    return asked === undefined && revision !== undefined ? { done: revision } : { waitingFor: "the refresh" };
  });
}

/** Asserts that Argo CD, over several refreshes, follows only one commit, and that the evil version runs nowhere. */
export async function followsOnly(environment: EnvironmentName, commit: string): Promise<string> {
  const { targetRevision } = (await applicationOf(environment)).spec.source;
  // If two refs have the same name, Argo CD picks one at random at each refresh.
  for (let count = 0; count < REFRESHES; count++) {
    assert.equal(await refreshed(environment), commit, `${environment} follows another commit of ${targetRevision}`);
  }
  assert.doesNotMatch(await apiImage(environment), new RegExp(EVIL));
  return `Argo CD: ${REFRESHES} refreshes, each found ${targetRevision} at ${commit.slice(0, 12)}`;
}

const REFRESHES = 8;
