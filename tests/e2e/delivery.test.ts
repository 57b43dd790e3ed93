/** What the three delivery policies do, seen on the real Argo CD: what moves by itself, what waits, what is reverted. */
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { environmentNames, type EnvironmentName } from "../../sandbox/paths";
import { until } from "../../sandbox/until";
import { apiDeployment, apiImage, cluster, editLive, git, paths, runs } from "./support/platform";

/** Writes another tag into the values of some environments, as one commit on `main`, and pushes it. */
async function deploy(tag: string, ...of: EnvironmentName[]): Promise<string> {
  await git("pull", "--quiet", "--ff-only");
  for (const environment of of) {
    const file = join(paths.clone, "environments", environment, "api.yaml");
    const values = await readFile(file, "utf8");
    await writeFile(file, values.replace(/tag: "[^"]*"/, `tag: "${tag}"`));
  }
  await git("commit", "--quiet", "--all", "--message", `Deploy api ${tag} to ${of.join(" and ")}`);
  await git("push", "--quiet");
  return git("rev-parse", "HEAD");
}

const api = { apiVersion: "argoproj.io/v1alpha1", kind: "Application", namespace: "argocd", name: "api" } as const;

/** Asks Argo CD to look at Git again, and waits until it has. */
async function refreshed(environment: EnvironmentName): Promise<void> {
  // Argo CD's times are whole seconds.
  const asked = Math.floor(Date.now() / 1000) * 1000;
  const annotation = "argocd.argoproj.io/refresh";
  await cluster(environment).patch(api, { metadata: { annotations: { [annotation]: "normal" } } });
  await until(`${environment} refreshed`, async () => {
    const application = await cluster(environment).get(api);
    const { reconciledAt = "never" } = (application?.status ?? {}) as { reconciledAt?: string };
    const done = application?.metadata.annotations?.[annotation] === undefined && Date.parse(reconciledAt) >= asked;
    return done ? { done } : { waitingFor: `last looked ${reconciledAt}` };
  });
}

/** Brings production's values of `main` to `env/prod`, in one commit on top of it that carries nothing else. */
async function release(tag: string): Promise<string> {
  await git("fetch", "--quiet");
  await git("switch", "--quiet", "--force-create", "release", "--no-track", "origin/env/prod");
  await git("checkout", "origin/main", "--", "environments/prod");
  await git("commit", "--quiet", "--message", `Release api ${tag} to production`);
  const revision = await git("rev-parse", "HEAD");
  await git("push", "--quiet", "origin", "HEAD:env/prod");
  await git("switch", "--quiet", "main");
  return revision;
}

/** Waits until Argo CD has compared an environment with a revision of what it follows. */
async function compared(environment: EnvironmentName, revision: string): Promise<void> {
  await until(`${environment} compared with ${revision}`, async () => {
    const application = await cluster(environment).get(api);
    const seen = (application?.status as { sync?: { revision?: string } } | undefined)?.sync?.revision ?? "nothing";
    return seen === revision ? { done: true } : { waitingFor: `compared with ${seen}` };
  });
}

describe("delivery", () => {
  for (const environment of ["dev", "staging"] as const) {
    it(`brings a commit on main to ${environment} by itself`, async () => {
      const revision = await deploy(environment === "dev" ? "sha-1111111" : "sha-2222222", environment);
      await runs(environment, environment === "dev" ? "sha-1111111" : "sha-2222222");
      await compared(environment, revision);
    });
  }

  it("leaves production where it is when main moves, and moves it when env/prod does", async () => {
    const before = await apiImage("prod");
    await deploy("sha-3333333", "staging", "prod");
    await runs("staging", "sha-3333333");
    await refreshed("prod");
    assert.equal(await apiImage("prod"), before);

    const released = await release("sha-3333333");
    await runs("prod", "sha-3333333");
    await compared("prod", released);
  });

  for (const environment of environmentNames) {
    it(`reverts a live edit of ${environment}`, async () => {
      const declared = await apiImage(environment);
      const container = { name: "api", image: "ghcr.io/vaarak/api:sha-0000000" };
      await editLive(environment, { spec: { revisionHistoryLimit: 9 } });
      const edited = await apiDeployment(environment);
      await until(`${environment} reverted`, async () => {
        const { spec } = await apiDeployment(environment);
        return spec.revisionHistoryLimit === 3 ? { done: true } : { waitingFor: "the edit is still there" };
      });
      assert.notEqual((await apiDeployment(environment)).metadata.resourceVersion, edited.metadata.resourceVersion);

      await cluster(environment).patch(
        { apiVersion: "apps/v1", kind: "Deployment", namespace: "api", name: "api" },
        { spec: { template: { spec: { containers: [{ ...(await firstContainer(environment)), ...container }] } } } },
      );
      await runs(environment, declared.slice(declared.lastIndexOf(":") + 1));
    });
  }
});

async function firstContainer(environment: EnvironmentName): Promise<object> {
  const [container] = (await apiDeployment(environment)).spec.template.spec.containers;
  assert.ok(container);
  return container;
}
