import assert from "node:assert/strict";
import fc from "fast-check";
import { mirrorDifferences, type Values } from "../../../gitops/values/mirror";

const production = {
  replicaCount: 3,
  image: { repository: "ghcr.io/vaarak/api", tag: "sha-a1b2c3d" },
  resources: { requests: { cpu: "250m", memory: "256Mi" }, limits: { cpu: "1000m", memory: "1Gi" } },
  autoscaling: { enabled: true, maxReplicas: 10 },
};

const paths = (staging: Values) => mirrorDifferences(staging, production).map((difference) => difference.path);

describe("staging as a mirror of production", () => {
  const accepted: [string, Values][] = [
    ["the same values", production],
    ["keys in another order", Object.fromEntries(Object.entries(production).reverse())],
    [
      "another tag and digest, which a promotion moves",
      { ...production, image: { ...production.image, tag: "sha-0000000", digest: "sha256:…" } },
    ],
    [
      "lower limits and requests",
      {
        ...production,
        resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { cpu: "500m", memory: "512Mi" } },
      },
    ],
    [
      "the same amounts in other units",
      { ...production, resources: { ...production.resources, limits: { cpu: "1", memory: "1024Mi" } } },
    ],
  ];
  for (const [name, staging] of accepted) {
    it(`accepts ${name}`, () => {
      assert.deepEqual(mirrorDifferences(staging, production), []);
    });
  }

  const limits = (cpu: unknown, memory: unknown) => {
    return { ...production, resources: { ...production.resources, limits: { cpu, memory } } };
  };
  for (const cpu of [1, "1", "1.0", "1e0", "0.001k", "10E-1", ".99999", 0.5, "0.0000000001", "1."])
    for (const memory of ["1Gi", "1024Mi", "0.5Gi", "1048576Ki", 1073741824, "1.073741824G", "1e9", "999M"])
      it(`accepts limits of ${cpu} and ${memory}`, () => {
        assert.deepEqual(paths(limits(cpu, memory)), []);
      });

  for (const cpu of [
    "1.0000000001",
    "1001m",
    1.5,
    "1e1",
    "1k",
    "1Ki",
    "0x1",
    "-1",
    " 1",
    "1e999",
    "∞",
    "toString",
    null,
  ])
    for (const memory of [
      "1.0000001Gi",
      "1.1G",
      "1.1e9",
      1073741825,
      "1Ti",
      "1E",
      "1E1G",
      "",
      ".",
      "__proto__",
      [],
      {},
    ])
      it(`names limits of ${cpu} and ${JSON.stringify(memory)}`, () => {
        assert.deepEqual(paths(limits(cpu, memory)), ["resources.limits.cpu", "resources.limits.memory"]);
      });

  const refused: [string, Values, string[]][] = [
    ["another value", { ...production, replicaCount: 2 }, ["replicaCount"]],
    ["a missing key", { ...production, autoscaling: { enabled: true } }, ["autoscaling.maxReplicas"]],
    ["a key that production does not have", { ...production, env: { LOG_LEVEL: "debug" } }, ["env.LOG_LEVEL"]],
    ["an empty mapping that production does not have", { ...production, env: {} }, ["env"]],
    [
      "another repository",
      { ...production, image: { ...production.image, repository: "ghcr.io/vaarak/fork" } },
      ["image.repository"],
    ],
    [
      "higher limits",
      { ...production, resources: { ...production.resources, limits: { cpu: "2", memory: "1025Mi" } } },
      ["resources.limits.cpu", "resources.limits.memory"],
    ],
    [
      "missing limits",
      { ...production, resources: { requests: production.resources.requests } },
      ["resources.limits.cpu", "resources.limits.memory"],
    ],
    [
      "a list where production has a mapping",
      { ...production, autoscaling: ["enabled"] },
      ["autoscaling", "autoscaling.enabled", "autoscaling.maxReplicas"],
    ],
  ];
  for (const [name, staging, expected] of refused) {
    it(`names ${name}`, () => {
      assert.deepEqual(paths(staging), expected);
    });
  }

  it("says key, value, rule and way out", () => {
    const [replicas] = mirrorDifferences({ ...production, replicaCount: 2 }, production);
    assert.equal(
      replicas?.message,
      "replicaCount: got 2; expected what production has, 3. Change staging, or release the same value to production.",
    );
    const limits = { cpu: "2", memory: "1Gi" };
    const [cpu] = mirrorDifferences({ ...production, resources: { ...production.resources, limits } }, production);
    assert.match(cpu?.message ?? "", /^resources\.limits\.cpu: got "2"; expected at most production's "1000m"\./);
  });

  it("finds nothing between any values and themselves", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (values) => {
        assert.deepEqual(mirrorDifferences(values, structuredClone(values)), []);
      }),
    );
  });
});
