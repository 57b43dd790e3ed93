import assert from "node:assert/strict";
import { TWO_PRODUCTIONS } from "@gitops-platform/test-support/graphs";
import { type LiveState, observe, readApplication } from "../../board/model/application";
import type { Cell } from "../../board/model/board";
import { pipelinesOf } from "../../board/model/compose";
import { board, declared, deployment, finding, hour, live, pull } from "./support";

const inAll = (image: string) => ({
  dev: { declared: declared(image) },
  staging: { declared: declared(image) },
  prod: { declared: declared(image) },
});

/** The one cell of a board with one service in dev. */
function cell(...args: Parameters<typeof live>): Cell | undefined {
  return board({ api: { dev: { declared: declared("v1") } } }, { dev: { api: live(...args) } }).rows[0]?.cells[0];
}

describe("a cell of the board", () => {
  const cases: [what: string, args: Parameters<typeof live>, state: string][] = [
    ["a service that runs as Git declares", ["v1"], "healthy"],
    ["a service that still runs another version", ["v0"], "moving"],
    ["a service that is Progressing", ["v1", { health: "Progressing" }], "moving"],
    ["a commit that is not applied yet", ["v1", { sync: "OutOfSync" }], "moving"],
    ["a live edit", ["v1", { sync: "OutOfSync", drift: true }], "drift"],
    ["a Degraded service that also drifts", ["v1", { health: "Degraded", drift: true }], "broken"],
    ["a service with a problem in Argo CD", ["v1", {}, { problems: ["SyncError: no"] }], "broken"],
    ["a service of unknown health", ["v1", { health: "Unknown" }], "unknown"],
  ];
  for (const [what, args, state] of cases) {
    it(`is ${state}: ${what}`, () => {
      assert.equal(cell(...args)?.state, state);
    });
  }

  it("recognizes a running digest as the version with that digest", () => {
    const services = { api: { dev: { declared: declared("v1@sha256:00") } } };
    assert.equal(board(services, { dev: { api: live("@sha256:00") } }).rows[0]?.cells[0]?.state, "healthy");
    assert.equal(board(services, { dev: { api: live("@sha256:11") } }).rows[0]?.cells[0]?.state, "moving");
  });

  it("shows what Git declares if the cluster is out of reach, and is absent without the service", () => {
    const [row] = board({ api: { dev: { declared: declared("v1") } } }, { dev: { reason: "gone" } }).rows;
    assert.deepEqual(
      row?.cells.map(({ state }) => state),
      ["out of reach", "absent", "absent"],
    );
    assert.equal(row.cells[0]?.declared?.image, "v1");
    assert.deepEqual(row.flags, []);
  });
});

describe("an undeclared change", () => {
  const withFinding = (running: Parameters<typeof live>[1] = {}) => {
    const platform = [finding("argocd-rbac-cm")];
    const unread = [{ what: "Secret", reason: "forbidden" }];
    const drift = new Map([["dev", { services: new Map([["api", [finding("stray")]]]), platform, unread }]]);
    const services = { api: { dev: { declared: declared("v1") }, staging: { declared: declared("v1") } } };
    return board(services, { dev: { api: live("v1", running) }, staging: { api: live("v1") } }, { drift });
  };

  it("sets its service's state and flags the row, with priority over drift that Argo CD shows", () => {
    const [row] = withFinding({ drift: true, sync: "OutOfSync" }).rows;
    assert.deepEqual(
      row?.cells.map(({ state }) => state),
      ["undeclared", "healthy", "absent"],
    );
    assert.deepEqual([row.flags[0], row.cells[0]?.findings.length], ["undeclared", 1]);
    assert.equal(withFinding({ health: "Degraded" }).rows[0]?.cells[0]?.state, "broken");
  });

  it("belongs to the environment if it is of no service, with what could not be read", () => {
    const [dev, staging] = withFinding().lanes;
    assert.equal(dev?.findings[0]?.object.name, "argocd-rbac-cm");
    assert.deepEqual([dev.unread.length, dev.counts.undeclared], [1, 1]);
    assert.deepEqual([staging?.findings, staging?.unread], [[], []]);
  });
});

describe("the catalogue of an environment", () => {
  const lane = (running: Parameters<typeof live>[1], problems: string[] = []) => {
    const catalogue = { ...live("", running), problems };
    const made = board({ api: { dev: { declared: declared("v1") } } }, { dev: { api: live("v1"), catalogue } });
    return { names: made.rows.map(({ service }) => service), problem: made.lanes[0]?.catalogue };
  };

  it("is no service, and is shown in its lane only if it is not applied", () => {
    assert.deepEqual(lane({}), { names: ["api"], problem: null });
    const errors = ["The sync failed: Secret is not permitted"];
    const { names, problem } = lane({ sync: "OutOfSync", health: "Missing" }, errors);
    assert.deepEqual(names, ["api"]);
    assert.deepEqual(problem, { health: "Missing", sync: "OutOfSync", alarms: [], errors });
  });

  it("is a problem where a cluster was read that does not have it, and nowhere else", () => {
    const made = board({ api: { dev: { declared: declared("v1") } } }, { dev: {}, staging: { reason: "no answer" } });
    assert.deepEqual(
      made.lanes.map(({ catalogue }) => catalogue),
      [{ health: "Missing", sync: null, alarms: [], errors: [] }, null, null],
    );
  });

  it("raises an alarm if it follows another branch", () => {
    const { problem } = lane({ follows: ["refs/heads/mine"] });
    assert.deepEqual(problem?.alarms, [
      { kind: "other-branch", follows: ["refs/heads/mine"], expected: "refs/heads/main" },
    ]);
  });
});

describe("the transition between two lanes", () => {
  const between = (...args: Parameters<typeof board>) => board(...args).rows[0]?.cells[1]?.transition;
  const versions = (dev: number, staging: number) => ({
    api: { dev: { declared: declared(`v${dev}`, dev) }, staging: { declared: declared(`v${staging}`, staging) } },
  });

  it("compares an environment with its source of promotions, not with its neighbour", () => {
    const [old, now] = [declared("v1", 1), declared("v2", 2)];
    const versions = { dev: { declared: now }, staging: { declared: now }, prod: { declared: old } };
    const found = board({ api: { ...versions, "prod-eu": { declared: now } } }, {}, { graph: TWO_PRODUCTIONS });
    assert.deepEqual(
      found.rows[0]?.cells.map(({ environment, transition }) => [environment, transition.state]).slice(2),
      [
        ["prod", "ahead"],
        ["prod-eu", "in step"],
      ],
    );
    assert.deepEqual(
      found.lanes.map(({ promotesFrom }) => promotesFrom),
      [null, "dev", "staging", "staging"],
    );
  });

  it("is in step, ahead, or apart after a rollback", () => {
    assert.equal(between(versions(1, 1))?.state, "in step");
    const ahead = between(versions(2, 1));
    assert.deepEqual([ahead?.state, ahead?.image, ahead?.since], ["ahead", "v2", hour(2)]);
    assert.equal(between(versions(1, 2))?.state, "apart");
  });

  it("says what a version waits for that is ahead and promoted automatically, until it is under way", () => {
    const waitsFor = { state: "promotion" as const, at: hour(9) };
    const ahead = {
      service: "api",
      from: "dev",
      to: "staging",
      state: "ahead",
      version: { tag: "v2" },
      waitsFor,
    } as const;
    const automatic = [{ ...ahead, to: "prod" }, { ...ahead, service: "web" }, ahead];
    const found = between(versions(2, 1), {}, { automatic });
    assert.deepEqual([found?.state, found?.image, found?.waitsFor], ["ahead", "v2", waitsFor]);
    assert.equal(between(versions(2, 1), {}, { automatic: automatic.slice(0, 2) })?.waitsFor, null);
    const promotion = pull(7, [{ environment: "staging", service: "api", image: "v2" }]);
    assert.deepEqual(between(versions(2, 1), {}, { automatic, pulls: [promotion] })?.waitsFor, { state: "merge" });
    const { rows } = board({ api: versions(2, 1).api }, {}, { automatic });
    assert.deepEqual(rows[0]?.flags, ["behind"]);
  });

  it("shows a pull request with its version, whom it waits for and since when", () => {
    const promotion = pull(7, [{ environment: "staging", service: "api", image: "v2" }], { reviewers: ["@o/team"] });
    const transition = between(versions(2, 1), {}, { pulls: [promotion] });
    assert.deepEqual(
      [transition?.state, transition?.image, transition?.waitsFor, transition?.since],
      ["under way", "v2", { state: "review", by: ["@o/team"] }, hour(7)],
    );
  });

  it("shows the pull request that is blocked, if there are several", () => {
    const changes = [{ environment: "staging", service: "api", image: "v2" }];
    const pulls = [pull(7, changes), pull(8, changes, { checks: { validate: "failure" } })];
    assert.deepEqual(between(versions(2, 1), {}, { pulls })?.waitsFor, { state: "correction", failed: ["validate"] });
  });

  it("shows a release that nobody has requested yet", () => {
    const waits = { image: "v2", configuration: false };
    const transition = between({
      api: { dev: { declared: declared("v2") }, staging: { declared: declared("v1"), waits } },
    });
    assert.deepEqual([transition?.image, transition?.waitsFor], ["v2", { state: "release" }]);
  });
});

describe("the order of services", () => {
  it("is by urgency, then by name", () => {
    const { rows, lanes, others } = board(
      { a: inAll("v1"), b: inAll("v1"), c: inAll("v1"), d: inAll("v1"), e: inAll("v1") },
      {
        dev: {
          ...{
            a: live("v1"),
            b: live("v1", { health: "Progressing" }),
            c: live("v1", { drift: true, sync: "OutOfSync" }),
          },
          ...{ d: live("v1"), e: live("v1", { health: "Degraded" }) },
        },
      },
      { pulls: [pull(1, [{ environment: "prod", service: "d", image: "v2" }], { base: "env/prod" }), pull(2, [])] },
    );
    assert.deepEqual(
      rows.map(({ service, flags }) => `${service} ${flags.join(" ")}`),
      ["e broken", "c drift", "d waiting", "b moving", "a "],
    );
    assert.deepEqual(lanes[0]?.counts, { healthy: 2, moving: 1, drift: 1, broken: 1 });
    assert.deepEqual(
      others.map(({ number }) => number),
      [2],
    );
  });

  it("flags a service with an unverified approval", () => {
    const approval = { state: "unverified", reason: "no record" } as const;
    const [row] = board({ api: { prod: { declared: declared("v1", 1, { approval }) } } }).rows;
    assert.deepEqual(row?.flags, ["unapproved"]);
  });
});

describe("the pipelines of versions", () => {
  const present = (dev: string, prod: string, coming: string[] = []) => [
    { environment: "dev", image: dev, coming: [], isSkipped: false },
    { environment: "prod", image: prod, coming, isSkipped: false },
  ];
  const told = (...args: Parameters<typeof pipelinesOf>) =>
    pipelinesOf(...args).map(({ image, stages }) => `${image}: ${stages.map(({ state }) => state).join(", ")}`);

  it("follow a version through its environments, with rollbacks and waiting versions", () => {
    const deployments = [
      deployment("dev", "v3", 6, { from: "v2" }),
      deployment("prod", "v1", 5, { from: "v2", kind: "rollback" }),
      deployment("prod", "v2", 4, { from: "v1" }),
      deployment("dev", "v2", 3, { from: "v1" }),
      deployment("prod", "v1", 2),
      deployment("dev", "v1", 1),
    ];
    assert.deepEqual(told(deployments, present("v3", "v1", ["v3"])), [
      "v3: here, waits",
      "v1: passed, here",
      "v2: passed, rolled back",
    ]);
  });

  it("are those of the present versions and of the newest others", () => {
    const deployments = Array.from({ length: 9 }, (_, at) => deployment("dev", `v${9 - at}`, 9 - at));
    assert.deepEqual(
      pipelinesOf(deployments, present("v9", "v1"), 4).map(({ image }) => image),
      ["v9", "v8", "v7", "v1"],
    );
  });
});

describe("an Application", () => {
  const application = (status: object) =>
    readApplication({ apiVersion: "argoproj.io/v1alpha1", kind: "Application", metadata: { name: "api" }, status });

  it("reports the objects that differ, and problems without the passwords in URLs", () => {
    const { differences, problems, healedAt } = application({
      resources: [
        { kind: "Deployment", namespace: "api", name: "api", status: "OutOfSync" },
        { kind: "Namespace", name: "old", status: "OutOfSync", requiresPruning: true },
        { kind: "Service", namespace: "api", name: "api", status: "Synced" },
      ],
      conditions: [
        { type: "ComparisonError", message: "cannot fetch https://bot:hunter2@host/x.git" },
        { type: "SharedResourceWarning", message: "never mind" },
      ],
    });
    assert.deepEqual(differences, ["Deployment api/api", "Namespace old (not in Git)"]);
    assert.deepEqual(problems, ["ComparisonError: cannot fetch https://host/x.git"]);
    assert.equal(healedAt, null);
  });

  it("does not drift after a sync until it was compared again", () => {
    const synced = { syncResult: { revision: "abc" }, phase: "Succeeded", finishedAt: "2026-01-01T00:00:05Z" };
    const out = { sync: { status: "OutOfSync", revision: "abc" }, operationState: synced };
    const drifts = (before: object | undefined, status: object) => {
      const object = { apiVersion: "argoproj.io/v1alpha1", kind: "Application", metadata: { name: "api" }, status };
      return readApplication(object, before && application(before)).running.drift;
    };
    const applying = { ...out, operationState: { ...synced, phase: "Running" } };
    assert.equal(drifts(applying, { ...out, reconciledAt: "2026-01-01T00:00:05Z" }), false);
    assert.equal(drifts(applying, { ...out, reconciledAt: "2026-01-01T00:00:06Z" }), true);
    assert.equal(drifts(undefined, out), true);
  });

  it("drifts if it was Synced and Git has not changed, even if another commit was applied last", () => {
    const applied = { syncResult: { revision: "old" }, phase: "Succeeded", finishedAt: "2026-01-01T00:00:05Z" };
    const look = (status: string, revision: string, operation: object = applied) => ({
      sync: { status, revision },
      operationState: operation,
    });
    const drifts = (before: object, now: object) => {
      const object = {
        apiVersion: "argoproj.io/v1alpha1",
        kind: "Application",
        metadata: { name: "api" },
        status: now,
      };
      return readApplication(object, application(before)).running.drift;
    };
    assert.equal(drifts(look("Synced", "new"), look("OutOfSync", "new")), true);
    assert.equal(drifts(look("Synced", "new"), look("OutOfSync", "new", { ...applied, phase: "Running" })), true);
    assert.equal(drifts(look("Synced", "new"), look("OutOfSync", "newer")), false);
    assert.equal(drifts(look("Synced", "new"), look("Synced", "new")), false);
    assert.equal(drifts(look("OutOfSync", "old"), look("OutOfSync", "new")), true);
  });

  it("reports drift and heal for a live edit, and neither for a deployment", () => {
    const finished = { finishedAt: "2026-01-01T00:00:05Z", syncResult: { revision: "abc" } };
    const operation = { sync: { autoHealAttemptsCount: 1 } };
    const told = (...statuses: object[]) => {
      let before: LiveState | undefined;
      return statuses.flatMap((status) => {
        const metadata = { name: "api" };
        const object = { apiVersion: "argoproj.io/v1alpha1", kind: "Application", metadata, status };
        const now = readApplication(object, before);
        const events = observe(before, now, { environment: "dev", service: "api", at: hour(9) });
        before = now;
        return events.map(({ kind }) => kind);
      });
    };
    const [out, synced] = ["OutOfSync", "Synced"].map((status) => ({ sync: { status, revision: "abc" } }));
    const applied = { ...finished, phase: "Succeeded" };
    const healed = { ...applied, operation };
    assert.deepEqual(
      told(
        { ...out },
        { ...out, operationState: { ...finished, phase: "Running" } },
        { ...out, operationState: applied },
        { ...synced, operationState: applied },
      ),
      [],
    );
    for (const heals of [
      [{ ...out, operationState: applied }],
      [{ ...out, operationState: { ...finished, phase: "Running", operation } }],
      [
        { ...out, operationState: applied },
        { ...out, operationState: healed },
      ],
    ]) {
      const states = [{ ...synced, operationState: applied }, ...heals, { ...synced, operationState: healed }];
      assert.deepEqual(told(...states), ["drift", "healed"]);
    }
    const unseen = [
      { ...synced, operationState: applied },
      { ...synced, operationState: healed },
    ];
    assert.deepEqual(told(...unseen), ["healed"]);
  });

  it("reports each change of its state once", () => {
    const look = { environment: "dev", service: "api", at: hour(9) };
    const kinds = (...args: Parameters<typeof live>[]) => {
      const states = args.map((each) => live(...each));
      return states.flatMap((now, at) =>
        observe(states[at - 1], now, look).map(({ kind, at: when }) => `${kind} ${when}`),
      );
    };
    assert.deepEqual(kinds(["v1", { drift: true }]), []);
    assert.deepEqual(kinds(["v1", {}, { healedAt: hour(3) }], ["v1", {}, { healedAt: hour(3) }]), [
      `healed ${hour(3)}`,
    ]);
    assert.deepEqual(
      kinds(["v1"], ["v1", { drift: true }], ["v1", { health: "Degraded" }], ["v1"], ["v1", {}, { problems: ["no"] }]),
      ["drift", "healed", "degraded", "recovered", "sync failed"].map((kind) => `${kind} ${hour(9)}`),
    );
  });
});
