/** Destroys stacks and creates them again. Runs after the other tests, because it removes the platform. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { readFile, writeFile } from "node:fs/promises";
import type { execa } from "execa";
import { parse, stringify } from "yaml";
import { applicationsHealthy } from "@gitops-platform/sandbox/applications";
import { cluster, engine, git, paths, upChangesNothing } from "./support/platform";

const namespaces = async (environment: "dev" | "prod"): Promise<string[]> =>
  (await cluster(environment).list("v1", "Namespace"))
    .map(({ metadata }) => metadata.name)
    .filter((name) => name !== "default" && !name.startsWith("kube-"));

/** Names of Argo CD's objects outside its namespace: CustomResourceDefinitions and cluster roles. */
async function clusterScopedLeftovers(environment: "dev" | "prod"): Promise<string[]> {
  const client = cluster(environment);
  const lists = await Promise.all([
    client.list("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
    client.list("rbac.authorization.k8s.io/v1", "ClusterRole"),
    client.list("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"),
  ]);
  return lists
    .flat()
    .map(({ metadata }) => metadata.name)
    .filter((name) => name.includes("argo"));
}

describe("destroy", () => {
  it("deletes every object of dev", async () => {
    const { exitCode, all } = await engine("destroy", "dev");
    assert.equal(exitCode, 0, all);
    assert.deepEqual(await namespaces("dev"), []);
    assert.deepEqual(await clusterScopedLeftovers("dev"), []);
  });

  it("refuses to delete production while it is protected", async () => {
    const before = await readFile(paths.environments.prod.stateFile, "utf8");
    const found = await namespaces("prod");
    for (const name of ["api", "argocd"]) assert.ok(found.includes(name), name);
    const { exitCode, all } = await engine("destroy", "prod");
    assert.equal(exitCode, 1);
    assert.match(all, /protect/);
    assert.equal(await readFile(paths.environments.prod.stateFile, "utf8"), before);
    assert.deepEqual(await namespaces("prod"), found);
  });

  it("keeps production's namespaces, workloads, repository and env/prod if it is not protected", async () => {
    const { stackFile } = paths.environments.prod;
    const stack = parse(await readFile(stackFile, "utf8")) as { config: Record<string, unknown> };
    await writeFile(stackFile, stringify({ config: { ...stack.config, "gitops-platform:protect": false } }));
    const approved = await git("ls-remote", "origin", "refs/heads/env/prod");
    assert.match(approved, /^[0-9a-f]{40}\trefs\/heads\/env\/prod$/);
    // The services of the stack, and those of the catalogue.
    const services = (await namespaces("prod")).filter((name) => name !== "argocd");
    assert.ok(services.includes("api"));

    const up = await engine("up", "prod");
    assert.equal(up.exitCode, 0, up.all);
    const { exitCode, all } = await engine("destroy", "prod");
    assert.equal(exitCode, 0, all);

    assert.deepEqual(await namespaces("prod"), services);
    assert.deepEqual(await clusterScopedLeftovers("prod"), []);
    const workloads = await cluster("prod").list("apps/v1", "Deployment", { namespace: "api" });
    assert.deepEqual(
      workloads.map(({ metadata }) => metadata.name),
      ["api"],
    );
    assert.equal(await git("ls-remote", "origin", "refs/heads/env/prod"), approved);
  });
});

describe("an interrupted up", () => {
  it("is completed by the next run, which creates nothing twice", async () => {
    // Interrupts at the beginning, in the middle and towards the end of about 70 resources: up to 16 more than counted
    // may already be in progress.
    for (const resources of [1, 15, 15]) {
      const running = engine("up", "dev");
      await madeAtLeast(resources, running);
      running.kill("SIGKILL");
      const { signal, all } = await running;
      assert.equal(signal, "SIGKILL", all);
    }
    const { exitCode, all } = await engine("up", "dev");
    assert.equal(exitCode, 0, all);
    await applicationsHealthy(paths, "dev");

    await upChangesNothing("dev");
  });
});

/** Waits until a run has reported this number of created resources, or has ended. */
async function madeAtLeast(count: number, running: ReturnType<typeof execa>): Promise<void> {
  let said = "";
  running.all?.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  const ended = running.then(
    () => true,
    () => true,
  );
  while ((said.match(/created/g)?.length ?? 0) < count) {
    if (await Promise.race([ended, sleep(10, false)])) return;
  }
}
