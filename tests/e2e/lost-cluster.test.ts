/** Production's cluster is lost. An empty one becomes the same again from Git, the stack's settings and its state. */
import assert from "node:assert/strict";
import { request } from "node:http";
import { join } from "node:path";
import { until } from "@gitops-platform/clients/until";
import { applicationsHealthy } from "@gitops-platform/sandbox/applications";
import { prepareCluster, waitingNodes } from "@gitops-platform/sandbox/clusters/prepare";
import { rememberedPorts } from "@gitops-platform/sandbox/ports";
import { findings } from "./support/drift";
import { cluster, engine, git, paths, upChangesNothing } from "./support/platform";
import { pidOf } from "./support/processes";

const LOST = "prod";

describe("a lost cluster", function () {
  this.timeout("10m");
  let existing: readonly Delivered[] = [];
  let approved = "";

  before(async () => {
    await applicationsHealthy(paths, LOST);
    existing = await delivered();
    approved = await git("ls-remote", "origin", "refs/heads/env/prod", "refs/tags/release/*");
    assert.ok(existing.some(({ name, images }) => name === "api" && images.length > 0));
  });

  it("is the same after up --refresh on an empty one, at the approved revisions", async () => {
    await lose();
    assert.deepEqual(await delivered(), []);
    const began = performance.now();
    const { exitCode, all } = await engine("up", LOST, "--refresh");
    assert.equal(exitCode, 0, all);
    await applicationsHealthy(paths, LOST);
    console.log(`      Rebuilt, Synced and Healthy after ${((performance.now() - began) / 1000).toFixed(0)} s.`);
    // Argo CD does not look at an Application for a commit that changes none of its files, but it does now.
    const [head = ""] = (await git("ls-remote", "origin", "refs/heads/env/prod")).split("\t");
    const expected = existing.map((one) => ({ ...one, revision: head }));
    assert.deepEqual(await delivered(), expected);
    assert.deepEqual(await findings(LOST), []);
  });

  it("needed no release and left Git as it was", async () => {
    assert.equal(await git("ls-remote", "origin", "refs/heads/env/prod", "refs/tags/release/*"), approved);
  });

  it("is not changed by another up", async () => {
    await upChangesNothing(LOST);
  });
});

/** An Application, the commit that it has applied, and the images of its workloads. */
interface Delivered {
  readonly name: string;
  readonly revision: string;
  readonly images: readonly string[];
}

interface ApplicationStatus {
  readonly sync?: { readonly revision?: string };
  readonly summary?: { readonly images?: readonly string[] };
}

async function delivered(): Promise<Delivered[]> {
  const definitions = await cluster(LOST).list("apiextensions.k8s.io/v1", "CustomResourceDefinition");
  if (!definitions.some(({ metadata }) => metadata.name === "applications.argoproj.io")) return [];
  const found = await cluster(LOST).list("argoproj.io/v1alpha1", "Application", { namespace: "argocd" });
  return found
    .map(({ metadata: { name }, status }) => {
      const { sync, summary } = (status ?? {}) as ApplicationStatus;
      return { name, revision: sync?.revision ?? "none", images: [...(summary?.images ?? [])].sort() };
    })
    .sort((one, other) => one.name.localeCompare(other.name));
}

/** The cluster's own programs, which remember what they stored. */
const PROGRAMS = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok", "metrics-server"];

/** Deletes everything that the cluster's API server has stored, and waits until an empty cluster is ready. */
async function lose(): Promise<void> {
  const ports = (await rememberedPorts(paths)).environments[LOST].cluster;
  const lost = PROGRAMS.map((name) => pidOf(`${LOST}-${name}`));
  await deleteKeys(`/${LOST}/`);
  for (const pid of lost) process.kill(pid, "SIGKILL");
  await until("an empty cluster is ready", async () => {
    try {
      const namespaces = (await cluster(LOST).list("v1", "Namespace")).map(({ metadata }) => metadata.name);
      const isEmpty = namespaces.includes("kube-system") && !namespaces.includes("argocd");
      const areNew = PROGRAMS.every((name, index) => pidOf(`${LOST}-${name}`) !== lost[index]);
      return isEmpty && areNew ? { done: true } : { waitingFor: namespaces.join() };
    } catch (error) {
      return { waitingFor: String(error) };
    }
  });
  await prepareCluster(cluster(LOST), { ports });
  await until("the empty cluster's nodes accept pods", async () => {
    const waiting = await waitingNodes(cluster(LOST));
    return waiting.length === 0 ? { done: true } : { waitingFor: waiting.join() };
  });
}

/** Deletes all of etcd's keys that begin with a prefix ending in `/`. */
async function deleteKeys(prefix: string): Promise<void> {
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const body = JSON.stringify({ key: base64(prefix), range_end: base64(`${prefix.slice(0, -1)}0`) });
  const options = { socketPath: join(paths.etcd, "clients.sock"), path: "/v3/kv/deleterange", method: "POST" };
  const response = await new Promise<string>((resolve, reject) => {
    const sent = request(options, (received) => {
      let text = "";
      received.on("data", (chunk: Buffer) => (text += chunk.toString()));
      received.on("end", () => {
        resolve(text);
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
  const { deleted } = JSON.parse(response) as { deleted?: string };
  assert.ok(Number(deleted) > 100, response);
}
