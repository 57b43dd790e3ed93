import assert from "node:assert/strict";
import type { KubernetesObject } from "@gitops-platform/clients/kubernetes";
import { readCluster, resultsOf, runningOf } from "../../status/status";
import { alarmsOf, sameImage } from "../../status/alarms";
import { printStatus } from "../../commands/status";
import {
  type CatalogueProblem,
  describeWaitReason,
  needsPerson,
  type Running,
  type ServiceInEnvironment,
  type Status,
  type WaitingPull,
  type WaitReason,
  waitReasonOf,
} from "../../status/model";

function application(
  status: object,
  name = "api",
  spec: object = { source: { targetRevision: "refs/heads/main" } },
): KubernetesObject & { spec: object } {
  return { apiVersion: "argoproj.io/v1alpha1", kind: "Application", metadata: { name }, spec, status };
}

describe("the state that an Application reports", () => {
  const synced = {
    sync: { status: "Synced", revision: "abc" },
    health: { status: "Healthy" },
    summary: { images: ["ghcr.io/vaarak/api:sha-a1b2c3d"] },
    operationState: { syncResult: { revision: "abc" } },
  };

  it("has the version, the health and the commit", () => {
    assert.deepEqual(runningOf(application(synced), "api"), {
      source: "cluster",
      image: "sha-a1b2c3d",
      repository: "ghcr.io/vaarak/api",
      commit: "abc",
      compared: "abc",
      follows: ["refs/heads/main"],
      health: "Healthy",
      sync: "Synced",
      drift: false,
      at: null,
    });
  });

  it("has drift if the cluster differs from the applied commit, but not if a newer commit waits", () => {
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
    // The images of a cron job's last pod and of the web workload.
    [["ghcr.io/vaarak/api:v1", "ghcr.io/vaarak/api:v2"], null],
    // An image from another registry must be shown.
    [["evil.example/vaarak/api:v3", "ghcr.io/vaarak/api:v1"], "v3"],
    [[], null],
  ];
  for (const [list, image] of images) {
    it(`has ${image ?? "no image"} for ${list.join(", ") || "none"}`, () => {
      assert.equal(runningOf(application({ summary: { images: list } }), "api").image, image);
    });
  }

  it("is unknown without an Application, and has a reason if the cluster is out of reach", async () => {
    const cluster = readCluster({ list: () => Promise.resolve([application(synced)]) });
    assert.equal((await cluster("api")).state, "known");
    assert.deepEqual(await cluster("web"), { state: "nothing known" });
    const gone = readCluster({ list: () => Promise.reject(new Error("no answer")) });
    assert.deepEqual(await gone("api"), { state: "out of reach", reason: "no answer" });
  });
});

describe("the revisions that Argo CD follows", () => {
  const follows = (spec: object) => runningOf(application({}, "api", spec), "api").follows;

  it("are those of each source, as Argo CD reads them", () => {
    assert.deepEqual(follows({ source: { targetRevision: "refs/heads/main" } }), ["refs/heads/main"]);
    // It uses HEAD by default, and ignores `source` if there is `sources`.
    assert.deepEqual(follows({ source: {} }), ["HEAD"]);
    const sources = [{ targetRevision: "refs/heads/main" }, { targetRevision: "evil" }];
    assert.deepEqual(follows({ source: { targetRevision: "refs/heads/main" }, sources }), ["refs/heads/main", "evil"]);
  });
});

describe("the alarms of a service", () => {
  const line = { branch: "env/prod", line: new Set(["newest", "older"]) };
  const declared = { image: "v1", repository: "ghcr.io/vaarak/api", came: null };
  const value: Running = {
    ...{ source: "cluster", image: "v1", repository: "ghcr.io/vaarak/api", commit: "older", compared: "newest" },
    ...{ follows: ["refs/heads/env/prod"], health: "Healthy", sync: "Synced", drift: false, at: null },
  };
  const alarms = (running: Partial<Running>) =>
    alarmsOf(declared, { state: "known", value: { ...value, ...running } }, line);
  const off = (revision: string) => ({ kind: "off-branch", revision, branch: "env/prod" });
  const other = (...follows: string[]) => ({ kind: "other-branch", follows, expected: "refs/heads/env/prod" });
  const image = (runs: string) => ({ kind: "other-image", runs, declared: "ghcr.io/vaarak/api:v1" });

  const cases: [what: string, running: Partial<Running>, alarms: object[]][] = [
    ["none if everything matches", {}, []],
    ["none without data", { commit: null, compared: null, follows: null, image: null }, []],
    ["for an applied commit that was never on the branch", { commit: "evil" }, [off("evil")]],
    ["for a compared commit that was never on the branch", { compared: "evil" }, [off("evil")]],
    ["only one for the same applied and compared commit", { commit: "evil", compared: "evil" }, [off("evil")]],
    ["for the branch's short name, which could be a tag", { follows: ["env/prod"] }, [other("env/prod")]],
    ["for another branch", { follows: ["refs/heads/main"] }, [other("refs/heads/main")]],
    [
      "for a second source",
      { follows: ["refs/heads/env/prod", "refs/heads/env/prod"] },
      [other("refs/heads/env/prod", "refs/heads/env/prod")],
    ],
    ["for a missing source", { follows: [] }, [other()]],
    ["for another registry", { repository: "ghcr.io/evil/api" }, [image("ghcr.io/evil/api:v1")]],
    ["none for only another version, because old pods end after new ones start", { image: "v6" }, []],
    ["none for another image while pods are replaced", { repository: "ghcr.io/evil/api", health: "Progressing" }, []],
    ["none for an edited image, which is drift", { repository: "ghcr.io/evil/api", sync: "OutOfSync" }, []],
    [
      "none for another image before the newest commit was compared",
      { repository: "ghcr.io/evil/api", compared: "older" },
      [],
    ],
  ];
  for (const [what, running, expected] of cases) {
    it(`are ${what}`, () => {
      assert.deepEqual(alarms(running), expected);
    });
  }

  it("recognize an image by its digest, but not in another registry", () => {
    const digest = `sha256:${"6".repeat(64)}`;
    const byDigest = { ...declared, image: `v1@${digest}` };
    const runs = { image: `@${digest}`, repository: declared.repository };
    assert.equal(sameImage(byDigest, runs), true);
    assert.equal(sameImage(byDigest, { ...runs, image: `@sha256:${"7".repeat(64)}` }), false);
    assert.equal(sameImage(byDigest, { ...runs, repository: "ghcr.io/evil/api" }), false);
  });
});

const [VALIDATE, FOUR_EYES] = ["validate (env/prod)", "four-eyes (env/prod)"];

describe("what an automatic promotion waits for", () => {
  const at = "2026-01-31T03:34:05.000Z";
  const health = { state: "health", environment: "dev" } as const;
  const cases: [reason: WaitReason, text: string][] = [
    [{ state: "promotion", at }, "its automatic promotion after 2026-01-31 03:34 UTC, if it stays healthy"],
    [{ ...health, problem: "not-deployed" }, "dev to run it"],
    [{ ...health, problem: "not-healthy" }, "it to be healthy in dev"],
    [{ ...health, problem: "other-reporter" }, "Argo CD to report it from dev: somebody else did so last"],
    [
      { state: "person", because: "had-it" },
      "a person to promote it: the environment had it before, and it was replaced",
    ],
    [{ state: "person", because: "moving-tag" }, "a person to promote it: its tag does not identify one build"],
    [{ state: "person", because: "closed" }, "a person to promote it: its pull request was closed"],
    [{ state: "pull request", number: 12 }, "#12, which a person requested"],
  ];
  for (const [reason, text] of cases) {
    it(`is ${text}`, () => {
      assert.equal(describeWaitReason(reason), text);
      assert.equal(needsPerson(reason), reason.state === "person");
    });
  }
});

describe("what a pull request waits for", () => {
  const cases: [checks: Record<string, string>, reviewers: string[], base: string, text: string][] = [
    [{}, [], "main", "the check validate"],
    [{ validate: "running" }, [], "main", "the check validate"],
    [{ validate: "failure" }, ["@o/t"], "main", "a correction: validate failed"],
    [{ validate: "success" }, [], "main", "its merge"],
    [{ validate: "success" }, ["@o/platform"], "main", "a review by @o/platform"],
    [{ [VALIDATE]: "success", [FOUR_EYES]: "failure" }, [], "env/prod", "a review"],
    [{ [VALIDATE]: "success", [FOUR_EYES]: "running" }, ["@o/approvers"], "env/prod", "its merge"],
    [{ [VALIDATE]: "success", [FOUR_EYES]: "success" }, [], "env/prod", "its merge"],
    // A check for main does not count for env/prod.
    [{ validate: "success" }, [], "env/prod", `the check ${VALIDATE}`],
  ];
  for (const [checks, reviewers, base, text] of cases) {
    it(`into ${base} with ${JSON.stringify(checks)}: ${text}`, () => {
      assert.equal(describeWaitReason(waitReasonOf({ checks, reviewers, base })), text);
    });
  }
});

describe("the checks of a pull request", () => {
  const required = [{ name: "validate", app: 17 }];
  const run = (id: number, name: string, conclusion: string | null, app: number) => ({
    ...{ id, name, conclusion, app: { id: app } },
  });

  it("are the newest of the required App, and other checks by their names", () => {
    const runs = [
      run(3, "validate", "success", 15368),
      run(2, "validate", "failure", 17),
      run(1, "validate", null, 17),
      run(4, "lint", null, 15368),
    ];
    assert.deepEqual(resultsOf(runs, required), { validate: "failure", lint: "running" });
    assert.deepEqual(resultsOf([run(3, "validate", "success", 15368)], required), {});
  });
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
    findings: [],
  };
  const status = (
    environment: ServiceInEnvironment,
    waiting: Status["waiting"] = { state: "known", value: [] },
    automatic: Status["automatic"] = { state: "known", value: [] },
  ): Status => ({
    repository: "o/r",
    at: "",
    environments: [{ name: "prod", branch: "env/prod", chartsWait: true, catalogue: null, findings: [], unread: [] }],
    services: [{ name: "api", environments: [environment] }],
    waiting,
    automatic,
  });
  const look = { width: Infinity, color: false };

  it("shows drift, break-glass and what waits", () => {
    assert.deepEqual(printStatus(status(api), look).split("\n"), [
      "SERVICE  ENV   DECLARED  SINCE (UTC)       BY                        RUNS  HEALTH          WAITS",
      "api      prod  v1        2026-01-31 03:04  @dora (BREAK-GLASS @ada)  v1    Healthy, DRIFT  v2 + configuration",
      "",
      "Charts on main wait for their release to prod (env/prod).",
      "",
      "No pull request waits.",
    ]);
  });

  it("says what each version waits for that is to be promoted automatically", () => {
    const pending = { service: "api", from: "staging", to: "prod", image: "sha-2222222" };
    const waitsFor = { state: "promotion" as const, at: "2026-01-31T03:34:05.000Z" };
    const known = printStatus(status(api, undefined, { state: "known", value: [{ ...pending, waitsFor }] }), look);
    assert.match(
      known,
      /^api sha-2222222, to prod: waits for its automatic promotion after 2026-01-31 03:34 UTC, if it stays healthy/m,
    );
    const lost = printStatus(status(api, undefined, { state: "out of reach", reason: "No network." }), look);
    assert.match(lost, /^Automatic promotions: out of reach\. No network\.$/m);
  });

  it("says which releases of a service wait for approval together", () => {
    const release = (environment: string, more: Partial<WaitingPull> = {}): WaitingPull => ({
      ...{ number: 1, url: "", title: "Release api", head: `release/${environment}/api`, commit: "" },
      ...{
        base: `env/${environment}`,
        since: "",
        reviewers: [],
        checks: { [`validate (env/${environment})`]: "success" },
      },
      ...more,
    });
    const shown = (...value: WaitingPull[]) => printStatus(status(api, { state: "known", value }), look);
    const expected = /^api waits for approval in prod, prod-eu\. To approve them together: gitops approve api --all$/m;
    assert.match(shown(release("prod"), release("prod-eu")), expected);
    assert.doesNotMatch(shown(release("prod")), /--all/);
    // One of them is approved, is another service's, or comes from a fork.
    const approved = { "validate (env/prod-eu)": "success", "four-eyes (env/prod-eu)": "running" };
    assert.doesNotMatch(shown(release("prod"), release("prod-eu", { checks: approved })), /--all/);
    for (const head of ["release/prod-eu/web", "eve:release/prod-eu/api", "release/prod/api"]) {
      assert.doesNotMatch(shown(release("prod"), release("prod-eu", { head })), /--all/, head);
    }
  });

  it("shows the registry of an unexpected image, and each alarm, in 80 columns", () => {
    const evil = { ...running, image: "sha-6666666", repository: "ghcr.io/evil/api" };
    const [declared, at] = [api.declared && { ...api.declared, image: "sha-6666666" }, { width: 80, color: false }];
    const alarms = [{ kind: "off-branch", revision: "6".repeat(40), branch: "env/prod" }] as const;
    const text = printStatus(
      status({ ...api, declared, runs: { state: "known", value: evil }, waits: null, alarms }),
      at,
    );
    assert.match(text, / sha-6666666 .*ghcr\.io\/evil\/api:sha-6666666 +Healthy, ALARM/);
    assert.match(text, /^ALARM prod\/api: 6666666 is not on env\/prod, so nobody approved it there\.$/m);
    assert.ok(
      text.split("\n").every((line) => line.length <= 80),
      text,
    );
  });

  it("shows undeclared changes with the commands that undo them, and what could not be read", () => {
    const change = { manager: "kubectl-set", operation: "Update", at: "2026-01-31T03:04:05.000Z" };
    const object = { apiVersion: "apps/v1", kind: "Deployment", namespace: "api", name: "api" };
    const path = "spec.template.spec.tolerations";
    const field = {
      ...change,
      kind: "foreign-field",
      object,
      path,
      undo: "kubectl patch x\u001b[2J",
      notes: ["Think \u001b[2Jfirst.", "Then do."],
    } as const;
    const stray = { ...field, kind: "undeclared-object", manager: null, undo: "kubectl delete y", notes: [] } as const;
    const runs = { state: "known", value: running } as const;
    const unread = ["Secret", "Role"].map((what) => ({ what, reason: "forbidden" }));
    const all = status({ ...api, runs, findings: [field] });
    const environments = all.environments.map((each) => ({ ...each, findings: [stray], unread }));
    const text = printStatus({ ...all, environments }, look);
    assert.match(text, / Healthy, UNDECLARED /);
    const told = text.split("\n").filter((line) => /^(UNDECLARED|  |Not searched)/.test(line));
    assert.deepEqual(told, [
      "UNDECLARED prod/platform: Deployment api/api is not in Git; who wrote it is not recorded.",
      "  Undo: kubectl delete y",
      "UNDECLARED prod/api: Deployment api/api: spec.template.spec.tolerations is not in Git; " +
        "written by kubectl-set at 2026-01-31 03:04:05 UTC.",
      "  Undo: kubectl patch x",
      "  Think first. Then do.",
      "Not searched in prod: Role, Secret: forbidden.",
    ]);
  });

  it("says that an environment's catalogue is not applied, or follows another branch", () => {
    const all = status({ ...api, waits: null });
    const told = (catalogue: CatalogueProblem) => {
      const environments = all.environments.map((each) => ({ ...each, catalogue }));
      return printStatus({ ...all, environments }, look)
        .split("\n")
        .filter((line) => line.includes("catalogue"));
    };
    const fine = { health: "Healthy", sync: "Synced", alarms: [], errors: [] };
    assert.deepEqual(told({ ...fine, sync: "OutOfSync" }), [
      "NOT APPLIED prod/catalogue: it is OutOfSync and Healthy. Argo CD's Application catalogue says why.",
    ]);
    assert.deepEqual(told({ ...fine, health: "Degraded", errors: ["SyncError: kind Secret is not permitted."] }), [
      "NOT APPLIED prod/catalogue: it is Synced and Degraded: SyncError: kind Secret is not permitted.",
    ]);
    assert.deepEqual(told({ ...fine, health: "Missing", sync: null }), [
      "NOT APPLIED prod/catalogue: the cluster has no such Application. Run pulumi up for its stack.",
    ]);
    const alarms = [{ kind: "other-branch", follows: ["refs/heads/mine"], expected: "refs/heads/env/prod" }] as const;
    assert.deepEqual(told({ ...fine, alarms }), [
      "ALARM prod/catalogue: Argo CD follows refs/heads/mine and not refs/heads/env/prod.",
    ]);
  });

  it("shows what is out of reach, with the reason", () => {
    const unreachable = { state: "out of reach" as const, reason: "GitHub: no answer" };
    const text = printStatus(status({ ...api, runs: unreachable }, unreachable), look);
    assert.match(text, /@ada\) +– +out of reach +v2/);
    assert.match(text, /^Open pull requests: out of reach\. GitHub: no answer$/m);
  });
});
