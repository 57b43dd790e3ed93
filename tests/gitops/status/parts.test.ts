import assert from "node:assert/strict";
import type { KubernetesObject } from "../../../clients/kubernetes";
import { readCluster, runningOf } from "../../../gitops/status/clusters";
import { printStatus, waitsFor } from "../../../gitops/status/print";
import type { Running, ServiceInEnvironment, Status } from "../../../gitops/status/model";

function application(status: object, name = "api"): KubernetesObject {
  return { apiVersion: "argoproj.io/v1alpha1", kind: "Application", metadata: { name }, status };
}

describe("what an Application says", () => {
  const synced = {
    sync: { status: "Synced", revision: "abc" },
    health: { status: "Healthy" },
    summary: { images: ["ghcr.io/vaarak/api:sha-a1b2c3d"] },
    operationState: { syncResult: { revision: "abc" } },
  };

  it("is version, health and commit", () => {
    assert.deepEqual(runningOf(application(synced), "api"), {
      source: "cluster",
      image: "sha-a1b2c3d",
      commit: "abc",
      health: "Healthy",
      sync: "Synced",
      drift: false,
      at: null,
    });
  });

  it("is drift where the cluster differs from the commit that was applied, and not where another waits", () => {
    const out = (revision: string) => ({ ...synced, sync: { status: "OutOfSync", revision } });
    assert.equal(runningOf(application(out("abc")), "api").drift, true);
    assert.equal(runningOf(application(out("def")), "api").drift, false);
    const running = (operation: object) => ({
      ...out("abc"),
      operationState: { ...synced.operationState, phase: "Running", operation },
    });
    assert.equal(runningOf(application(running({ sync: { revision: "abc" } })), "api").drift, false);
    assert.equal(runningOf(application(running({ sync: { autoHealAttemptsCount: 1 } })), "api").drift, true);
  });

  const images: [images: string[], image: string | null][] = [
    [["registry:5000/vaarak/api@sha256:00"], "@sha256:00"],
    [["ghcr.io/vaarak/api:v1@sha256:00"], "v1@sha256:00"],
    [["docker.io/envoy:v3", "ghcr.io/vaarak/api:v1"], "v1"],
    [["docker.io/envoy:v3", "docker.io/other:v1"], null],
    [[], null],
  ];
  for (const [list, image] of images) {
    it(`has the image ${image ?? "of nobody"} of ${list.join(", ") || "none"}`, () => {
      assert.equal(runningOf(application({ summary: { images: list } }), "api").image, image);
    });
  }

  it("is nothing for a service without an Application, and a reason where the cluster is out of reach", async () => {
    const cluster = readCluster({ list: () => Promise.resolve([application(synced)]) });
    assert.equal((await cluster("api")).state, "known");
    assert.deepEqual(await cluster("web"), { state: "nothing known" });
    const gone = readCluster({ list: () => Promise.reject(new Error("no answer")) });
    assert.deepEqual(await gone("api"), { state: "out of reach", reason: "no answer" });
  });
});

describe("what a pull request waits for", () => {
  const cases: [checks: Record<string, string>, reviewers: string[], base: string, text: string][] = [
    [{}, [], "main", "the check validate"],
    [{ validate: "running" }, [], "main", "the check validate"],
    [{ validate: "failure" }, ["@o/t"], "main", "a correction: validate failed"],
    [{ validate: "success" }, [], "main", "its merge"],
    [{ validate: "success" }, ["@o/platform"], "main", "a review by @o/platform"],
    [{ validate: "success", "four-eyes": "failure" }, [], "env/prod", "a review"],
    [{ validate: "success", "four-eyes": "success" }, [], "env/prod", "its merge"],
  ];
  for (const [checks, reviewers, base, text] of cases) {
    it(`into ${base} with ${JSON.stringify(checks)}: ${text}`, () => {
      assert.equal(waitsFor({ checks, reviewers, base }), text);
    });
  }
});

describe("the status on a terminal", () => {
  const running: Running = {
    source: "cluster",
    image: "v1",
    repository: "ghcr.io/vaarak/api",
    commit: null,
    compared: null,
    follows: null,
    health: "Healthy",
    sync: "Synced",
    drift: false,
    at: null,
  };
  const api: ServiceInEnvironment = {
    environment: "prod",
    declared: {
      image: "v1",
      repository: "ghcr.io/vaarak/api",
      came: {
        at: "2026-01-31T03:04:05.000Z",
        commit: "0",
        by: ["@dora"],
        approval: { state: "break-glass", by: "@ada", reason: "" },
      },
    },
    waits: { image: "v2", configuration: true },
    runs: { state: "known", value: { ...running, sync: "OutOfSync", drift: true } },
    alarms: [],
  };
  const status = (
    environment: ServiceInEnvironment,
    waiting: Status["waiting"] = { state: "known", value: [] },
  ): Status => ({
    repository: "o/r",
    at: "",
    environments: [{ name: "prod", branch: "env/prod", chartsWait: true }],
    services: [{ name: "api", environments: [environment] }],
    waiting,
  });
  const look = { width: Infinity, color: false };

  it("shows drift, break-glass and what waits", () => {
    assert.deepEqual(printStatus(status(api), look).split("\n"), [
      "SERVICE  ENV   GIT SAYS  SINCE (UTC)       BY                        RUNS  HEALTH          WAITS",
      "api      prod  v1        2026-01-31 03:04  @dora (BREAK-GLASS @ada)  v1    Healthy, DRIFT  v2 + configuration",
      "",
      "Charts on main wait for their release to prod (env/prod).",
      "",
      "No pull request waits.",
    ]);
  });

  it("says in its place what is out of reach", () => {
    const unreachable = { state: "out of reach" as const, reason: "GitHub: no answer" };
    const text = printStatus(status({ ...api, runs: unreachable }, unreachable), look);
    assert.match(text, /@ada\) +– +out of reach +v2/);
    assert.match(text, /^Open pull requests: out of reach\. GitHub: no answer$/m);
  });
});
