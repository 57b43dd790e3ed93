import assert from "node:assert/strict";
import fc from "fast-check";
import type { Deployment, Kind } from "../../history/deployment";
import { measure } from "../../history/metrics";

const HOUR = 3600;

/** A deployment some hours after the beginning of 2026. */
function deployment(hour: number, to: string, kind: Kind = "deployment", service = "api"): Deployment {
  return {
    at: new Date(Date.UTC(2026, 0, 1, hour)).toISOString(),
    commit: `${service}-${hour}`,
    environment: "prod",
    service,
    chart: null,
    kind,
    from: kind === "configuration" ? to : "before",
    to,
    configuration: false,
    by: [],
    approval: { state: "not needed", reason: "" },
    subject: "",
    explanation: null,
    pullRequest: null,
  };
}

/** Figures of deployments, which are given oldest first. */
function figures(deployments: Deployment[], first: Deployment[] = [], since?: Date) {
  const now = new Date(Date.UTC(2026, 0, 3));
  const { environment, ...rest } = measure({
    environment: "prod",
    deployments: [...deployments].reverse(),
    first: [...first].reverse(),
    since,
    now,
  });
  assert.equal(environment, "prod");
  return rest;
}

describe("the figures of delivery", () => {
  it("are null, not zero, if there is no data", () => {
    assert.deepEqual(figures([]), {
      days: 0,
      deployments: 0,
      deploymentsPerDay: null,
      leadTimeMedianSeconds: null,
      changeFailureRate: null,
      timeToRestoreMedianSeconds: null,
    });
  });

  it("count new versions per day, but not rollbacks and changes of configuration", () => {
    const found = figures([
      deployment(0, "a"),
      deployment(1, "a", "configuration"),
      deployment(2, "b"),
      deployment(3, "a", "rollback"),
    ]);
    assert.deepEqual([found.days, found.deployments, found.deploymentsPerDay], [2, 2, 1]);
  });

  it("give the median lead time, measured from the first deployment in dev", () => {
    const first = [deployment(0, "a"), deployment(2, "b"), deployment(5, "a"), deployment(6, "c")];
    const found = figures([deployment(4, "a"), deployment(8, "b"), deployment(9, "c")], first);
    assert.equal(found.leadTimeMedianSeconds, 4 * HOUR);
  });

  it("omit from the lead time a version that dev had later or never", () => {
    assert.equal(figures([deployment(4, "a"), deployment(5, "b")], [deployment(6, "a")]).leadTimeMedianSeconds, null);
  });

  it("count a deployment as failed if the service's next version is a rollback", () => {
    const found = figures([
      deployment(0, "a"),
      deployment(1, "b"),
      deployment(2, "x", "deployment", "web"),
      deployment(3, "b", "configuration"),
      deployment(4, "a", "rollback"),
      deployment(5, "c"),
    ]);
    assert.deepEqual([found.changeFailureRate, found.timeToRestoreMedianSeconds], [1 / 4, 3 * HOUR]);
  });

  it("cover the time after `since`, but use earlier deployments for comparison", () => {
    const since = new Date(Date.UTC(2026, 0, 1, 12));
    const found = figures(
      [deployment(0, "a"), deployment(13, "b"), deployment(14, "a", "rollback")],
      [deployment(1, "b")],
      since,
    );
    assert.deepEqual(found, {
      days: 1.5,
      deployments: 1,
      deploymentsPerDay: 1 / 1.5,
      leadTimeMedianSeconds: 12 * HOUR,
      changeFailureRate: 1,
      timeToRestoreMedianSeconds: HOUR,
    });
  });

  it("are never out of bounds", () => {
    const one = fc.record({
      hour: fc.integer({ min: 0, max: 47 }),
      to: fc.constantFrom("a", "b", "c"),
      kind: fc.constantFrom<Kind>("deployment", "promotion", "rollback", "configuration", "chart", "removal"),
      service: fc.constantFrom("api", "web"),
    });
    fc.assert(
      fc.property(fc.array(one), (many) => {
        const all = many
          .map(({ hour, to, kind, service }) => deployment(hour, to, kind, service))
          .sort((a, b) => (a.at < b.at ? -1 : 1));
        const found = figures(all, all);
        assert.ok(found.changeFailureRate === null || (found.changeFailureRate >= 0 && found.changeFailureRate <= 1));
        assert.ok((found.leadTimeMedianSeconds ?? 0) >= 0 && (found.timeToRestoreMedianSeconds ?? 0) >= 0);
        assert.equal(found.changeFailureRate === null, found.deployments === 0);
      }),
    );
  });
});
