/** The effects of the three delivery policies with the real Argo CD: automatic sync, waiting, and reverted edits. */
import assert from "node:assert/strict";
import { environmentNames, type EnvironmentName } from "@gitops-platform/sandbox/paths";
import { until } from "@gitops-platform/clients/until";
import { fileOn, merge, propose } from "./support/people";
import { apiDeployment, apiImage, cluster, editLive, runs } from "./support/platform";

/** Writes new tags to the values of environments, by a pull request into `main`. Returns its merge commit. */
async function change(title: string, tags: Partial<Record<EnvironmentName, string>>): Promise<string> {
  const files: Record<string, string> = {};
  for (const [environment, tag] of Object.entries(tags)) {
    const path = `environments/${environment}/api.yaml`;
    files[path] = (await fileOn("main", path)).replace(/tag: "[^"]*"/, `tag: "${tag}"`);
  }
  return merge("developer", await propose({ by: "developer", base: "main", title, files }));
}

const api = { apiVersion: "argoproj.io/v1alpha1", kind: "Application", namespace: "argocd", name: "api" } as const;

/** Asks Argo CD to refresh from Git, and waits until it has. */
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

/** Waits until Argo CD has compared an environment with a revision of its branch. */
async function compared(environment: EnvironmentName, revision: string): Promise<void> {
  await until(`${environment} compared with ${revision}`, async () => {
    const application = await cluster(environment).get(api);
    const seen = (application?.status as { sync?: { revision?: string } } | undefined)?.sync?.revision ?? "nothing";
    return seen === revision ? { done: true } : { waitingFor: `compared with ${seen}` };
  });
}

describe("delivery", () => {
  for (const environment of ["dev", "staging"] as const) {
    it(`deploys a commit on main to ${environment} automatically`, async () => {
      const tag = environment === "dev" ? "sha-1010101" : "sha-2020202";
      const revision = await change(`Deploy api ${tag} to ${environment}`, { [environment]: tag });
      await runs(environment, tag);
      await compared(environment, revision);
    });
  }

  it("does not change production if main changes", async () => {
    const before = await apiImage("prod");
    await change("Deploy api sha-3030303", { staging: "sha-3030303", prod: "sha-3030303" });
    await runs("staging", "sha-3030303");
    await refreshed("prod");
    assert.equal(await apiImage("prod"), before);
  });

  for (const environment of environmentNames) {
    it(`reverts a live edit of ${environment}`, async () => {
      const declared = await apiImage(environment);
      const container = { name: "api", image: "ghcr.io/vaarak/api:sha-0000000" };
      await editLive(environment, { spec: { revisionHistoryLimit: 9 } });
      const edited = await apiDeployment(environment);
      await until(`${environment} reverted`, async () => {
        const { spec } = await apiDeployment(environment);
        return spec.revisionHistoryLimit === 3 ? { done: true } : { waitingFor: "the edit is not reverted" };
      });
      assert.notEqual((await apiDeployment(environment)).metadata.resourceVersion, edited.metadata.resourceVersion);

      await editLive(environment, {
        spec: { template: { spec: { containers: [{ ...(await firstContainer(environment)), ...container }] } } },
      });
      await runs(environment, declared.slice(declared.lastIndexOf(":") + 1));
    });
  }
});

async function firstContainer(environment: EnvironmentName): Promise<object> {
  const [container] = (await apiDeployment(environment)).spec.template.spec.containers;
  assert.ok(container);
  return container;
}
