import assert from "node:assert/strict";
import { KubernetesClient } from "@gitops-platform/clients/kubernetes";
import { Follower } from "../../board/follow";
import type { Board, Row } from "../../board/model/board";
import { readInvocation } from "../../identity";
import { withTarget } from "../../session";
import { until } from "@gitops-platform/clients/until";
import { FakeKubernetes } from "@gitops-platform/test-support/fake-kubernetes";
import { commit } from "@gitops-platform/github-stand-in/tests/protected";
import { GitopsRepository, repository } from "@gitops-platform/test-support/gitops-repository";
import { Receiver } from "@gitops-platform/github-stand-in/tests/support";
import { values } from "@gitops-platform/test-support/cloned-repository";

const file = (environment: string, service = "api") => `environments/${environment}/${service}.yaml`;
const APPLICATION = { apiVersion: "argoproj.io/v1alpha1", kind: "Application" } as const;

describe("the board follows", () => {
  const github = new GitopsRepository();
  let cluster: FakeKubernetes;
  let sha: string;

  before(async () => {
    await github.makeEmpty();
    const clone = await github.clone("owner");
    await commit(clone, "First content", {
      [file("dev")]: values("sha-0000001"),
      [file("staging")]: values("sha-0000001"),
      [file("prod")]: values("sha-0000001"),
    });
    sha = await clone.git("rev-parse", "HEAD");
    await clone.git("push", "--quiet", "origin", "main", "main:env/prod");
    cluster = await new FakeKubernetes().start();
    cluster.establish({
      ...{ apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata: { name: "x" } },
      spec: {
        ...{ group: "argoproj.io", scope: "Namespaced", versions: [{ name: "v1alpha1" }] },
        names: { plural: "applications", kind: "Application" },
      },
    });
    const metadata = { name: "api", namespace: "argocd" };
    const spec = { source: { targetRevision: "refs/heads/env/prod" } };
    cluster.seed({ ...APPLICATION, metadata, spec, status: status("Synced") });
  });
  after(async () => {
    await github.remove();
    await cluster.stop();
  });

  function status(sync: string, more: object = {}) {
    return {
      sync: { status: sync, revision: sha },
      health: { status: "Healthy" },
      summary: { images: ["ghcr.io/vaarak/api:sha-0000001"] },
      operationState: { phase: "Succeeded", syncResult: { revision: sha } },
      resources: [{ kind: "Deployment", namespace: "api", name: "api", status: sync }],
      ...more,
    };
  }

  async function follow(
    use: (follower: Follower) => Promise<void>,
    { clusters = true, githubInterval = 50, mayFetch = () => Promise.resolve() } = {},
  ): Promise<void> {
    const ending = new AbortController();
    const target = { owner: "vaarak", name: "gitops", server: github.url, api: `${github.url}/api/v3` };
    await withTarget({ ...target, token: "token-of-dora" }, readInvocation(process.env), async (session) => {
      const fetch = session.clone.fetch.bind(session.clone);
      session.clone.fetch = async (...refspecs) => {
        await mayFetch();
        await fetch(...refspecs);
      };
      const follower = new Follower({
        ...{ session, signal: ending.signal },
        ...{ gitInterval: 50, githubInterval, clusterInterval: 50, driftInterval: 50 },
        clusters: new Map(clusters ? [["prod", KubernetesClient.fromKubeconfig(cluster.kubeconfig)]] : []),
      });
      await follower.once();
      const following = follower.follow();
      try {
        await use(follower);
      } finally {
        ending.abort();
        await following;
      }
    });
  }

  /** Waits for a state of the board. */
  const sees = (follower: Follower, what: string, holds: (row: Row, board: Board) => boolean) =>
    until<Board>(what, () => {
      const { board } = follower;
      const row = board.rows.find(({ service }) => service === "api");
      const holdsNow = row && holds(row, board);
      return Promise.resolve(holdsNow ? { done: board } : { waitingFor: JSON.stringify(row?.cells) });
    });

  it("a commit, and a pull request with its content and what it waits for", async () => {
    await follow(async (follower) => {
      assert.deepEqual(
        follower.board.lanes.map(({ branch, source }) => [branch, source]),
        [
          ["main", "GitHub deployments"],
          ["main", "GitHub deployments"],
          ["env/prod", "cluster"],
        ],
      );
      await github.push("dora", "main", "promote/api-to-staging", { [file("staging")]: values("sha-0000002") });
      const number = await github.request("dora", "promote/api-to-staging", "main");
      const waits = await sees(
        follower,
        "the promotion",
        ({ cells }) => cells[1]?.transition.state === "under way" && cells[1].transition.image !== null,
      );
      const transition = waits.rows[0]?.cells[1]?.transition;
      assert.equal(transition?.image, "sha-0000002");
      assert.deepEqual(transition.waitsFor, { state: "check", running: ["validate"] });
      assert.equal(transition.pulls[0]?.number, number);
      await github.merge("owner", number);
      const landed = await sees(follower, "the merge", ({ cells }) => cells[1]?.declared?.image === "sha-0000002");
      assert.equal(landed.events[0]?.kind, "deployed");
      await sees(follower, "no pull request", ({ cells }) => cells[1]?.transition.pulls.length === 0);
    });
  });

  it("a merge, without waiting for the next request to GitHub", async () => {
    await github.push("dora", "main", "bump/dev", { [file("dev")]: values("sha-0000003") });
    const number = await github.request("dora", "bump/dev", "main");
    await follow(
      async (follower) => {
        await sees(follower, "the bump", ({ cells }) => cells[0]?.transition.pulls[0]?.number === number);
        await github.merge("owner", number);
        const isGone = ({ cells }: Row, { others }: Board) =>
          cells[0]?.transition.pulls.length === 0 && others.every((pull) => pull.number !== number);
        await sees(follower, "its end", isGone);
      },
      { githubInterval: 3_600_000 },
    );
  });

  it("a live edit and its heal, as the cluster reports them", async () => {
    const application = { ...APPLICATION, namespace: "argocd", name: "api" };
    await follow(async (follower) => {
      cluster.set(application, { status: status("OutOfSync") });
      const drift = await sees(follower, "drift", ({ flags }) => flags.includes("drift"));
      assert.deepEqual(drift.rows[0]?.cells[2]?.differences, ["Deployment api/api"]);
      assert.equal(drift.events[0]?.kind, "drift");
      // Argo CD reports whole seconds.
      const finishedAt = `${new Date().toISOString().slice(0, 19)}Z`;
      const operation = { sync: { autoHealAttemptsCount: 1 } };
      const operationState = { phase: "Succeeded", syncResult: { revision: sha }, finishedAt, operation };
      cluster.set(application, { status: status("Synced", { operationState }) });
      const healed = await sees(follower, "the heal", ({ flags }) => !flags.includes("drift"));
      assert.deepEqual(
        healed.events.slice(0, 2).map(({ kind }) => kind),
        ["healed", "drift"],
      );
    });
  });

  it("a merge that is applied before the fetch, without an alarm, unlike a commit on no branch", async () => {
    const application = { ...APPLICATION, namespace: "argocd", name: "api" };
    const at = (revision: string) => {
      const sync = { status: "Synced", revision };
      cluster.set(application, { status: status("Synced", { sync, operationState: { syncResult: { revision } } }) });
    };
    // Two fetches without the commit would raise the alarm, so none begins between the cluster's report and the push.
    let held: Promise<unknown> = Promise.resolve();
    const whileHeld = async (work: () => Promise<unknown>) => {
      const pushed = Promise.withResolvers<undefined>();
      held = pushed.promise;
      await work();
      pushed.resolve(undefined);
    };
    const mayFetch = async () => {
      await held;
    };
    const use = async (follower: Follower) => {
      const clone = await github.clone("owner");
      await clone.git("checkout", "--quiet", "-B", "merged", "origin/env/prod");
      await commit(clone, "Release api", { [file("prod")]: values("sha-0000004") });
      const merged = await clone.git("rev-parse", "HEAD");
      const boards: Board[] = [];
      const ending = follower.onChange(() => boards.push(follower.board));
      await whileHeld(async () => {
        at(merged);
        await clone.git("push", "--quiet", "origin", "merged:env/prod");
      });
      await sees(follower, "the merge", ({ cells }) => cells[2]?.declared?.image === "sha-0000004");
      ending();
      assert.ok(boards.length > 0);
      const told = boards.flatMap(({ rows }) => rows.flatMap(({ cells }) => cells.flatMap(({ alarms }) => alarms)));
      assert.deepEqual(told, []);

      await commit(clone, "Never approved", { [file("prod")]: values("sha-bad0bad") });
      const revision = await clone.git("rev-parse", "HEAD");
      at(revision);
      const board = await sees(follower, "the alarm", ({ flags }) => flags[0] === "foreign");
      const cell = board.rows[0]?.cells[2];
      assert.equal(cell?.state, "broken");
      const [{ since, ...alarm } = { since: "" }] = cell.alarms;
      assert.deepEqual(alarm, { kind: "off-branch", revision, branch: "env/prod" });
      const event = board.events.find(({ kind }) => kind === "foreign");
      assert.deepEqual([event?.environment, event?.about, event?.at], ["prod", "api", since]);
      at(merged);
      await sees(follower, "no alarm", ({ flags }) => !flags.includes("foreign"));
    };
    await follow(use, { mayFetch });
  });

  it("an undeclared change in the cluster, alerts once, and removes it when it is gone", async () => {
    const receiver = new Receiver();
    await receiver.start();
    process.env.GITOPS_ALERTS_URL = receiver.url;
    const metadata = { name: "api", namespace: "argocd", labels: { "gitops-platform/environment": "prod" } };
    const spec = { source: { targetRevision: "refs/heads/env/prod" }, destination: { namespace: "api" } };
    cluster.seed({ ...APPLICATION, metadata, spec, status: status("Synced") });
    const stray = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "stray", namespace: "api" } };
    const strays = ({ cells }: Row) => cells[2]?.findings.filter(({ object }) => object.name === "stray") ?? [];
    try {
      await follow(async (follower) => {
        cluster.seed(stray);
        const board = await sees(follower, "the stray object", (row) => strays(row).length === 1);
        assert.ok(board.rows[0]?.flags.includes("undeclared"));
        const event = board.events.find(({ kind, text }) => kind === "undeclared" && text.includes("stray"));
        assert.deepEqual([event?.environment, event?.about], ["prod", "api"]);
        cluster.store.delete("/api/v1 configmaps api stray");
        await sees(follower, "its end", (row) => strays(row).length === 0);
      });
      const alerts = receiver.received.map(({ payload }) => payload as { text: string; event: string; url: string });
      const told = alerts.filter(({ text }) => text.includes("stray"));
      assert.equal(told.length, 1);
      assert.equal(told[0]?.event, "undeclared-change");
      assert.match(
        told[0].text,
        /^prod\/api: ConfigMap api\/stray is not in Git;.* Undo: .*stray --as=&lt;you&gt; .*\(The guard of prod /,
      );
      assert.equal(told[0].url, `${github.url}/vaarak/gitops/blob/env/prod/environments/prod/api.yaml`);
    } finally {
      delete process.env.GITOPS_ALERTS_URL;
      await receiver.stop();
      cluster.seed({
        ...APPLICATION,
        metadata: { ...metadata, labels: {} },
        spec: { source: spec.source },
        status: status("Synced"),
      });
    }
  });

  it("the deployments that clusters report to GitHub", async () => {
    const { repos } = github.octokit("argocd").rest;
    const request = { ...repository, ref: sha, environment: "dev/api", auto_merge: false, required_contexts: [] };
    const { data } = await repos.createDeployment(request);
    if (!("id" in data)) throw new Error("no deployment");
    await follow(async (follower) => {
      await repos.createDeploymentStatus({ ...repository, deployment_id: data.id, state: "failure" });
      const found = await sees(follower, "what dev told", ({ cells }) => cells[0]?.state === "broken");
      const runs = found.rows[0]?.cells[0]?.runs;
      assert.ok(runs?.state === "known");
      assert.deepEqual([runs.value.image, runs.value.health], ["sha-0000001", "Degraded"]);
    });
  });

  it("the other sources if one is out of reach, and says which one and since when", async () => {
    await follow(async (follower) => {
      await cluster.stop();
      const lost = await sees(follower, "the loss", ({ cells }) => cells[2]?.state === "out of reach");
      assert.match(lost.lanes[2]?.outOfReach ?? "", /cannot be reached/);
      assert.equal(lost.rows[0]?.cells[2]?.declared?.image, "sha-0000004");
      const source = lost.sources.find(({ name }) => name === "cluster prod");
      assert.ok(source);
      assert.ok(source.at !== null && source.reason !== null);
      await github.stop();
      await sees(follower, "no Git", (_, { sources }) => sources.slice(0, 2).every(({ reason }) => reason !== null));
      assert.equal(follower.board.rows.length, 1);
      assert.doesNotMatch(JSON.stringify(follower.board), /token-of/);
      cluster = await new FakeKubernetes().start();
      await github.start();
    });
  });
});
