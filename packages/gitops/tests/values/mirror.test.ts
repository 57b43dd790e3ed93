import assert from "node:assert/strict";
import fc from "fast-check";
import { parseRules } from "@gitops-platform/rules/rules";
import { mirrorDifferences, sameButHosts, type Values } from "@gitops-platform/rules/mirror";

const ROLE = "eks.amazonaws.com/role-arn";
const production = {
  replicaCount: 3,
  image: { repository: "ghcr.io/vaarak/api", tag: "sha-a1b2c3d" },
  resources: { requests: { cpu: "250m", memory: "256Mi" }, limits: { cpu: "1000m", memory: "1Gi" } },
  autoscaling: { enabled: true, minReplicas: 3, maxReplicas: 10 },
  env: {
    LOG_LEVEL: "info",
    DATABASE: "postgres://app@db.example.com:5432/app?ssl=on",
    BROKERS: "a.example.com,b.example.com",
  },
  serviceAccount: { annotations: { [ROLE]: "arn:aws:iam::1:role/api" } },
  networkPolicy: {
    egress: [
      { cidr: "10.1.0.0/16", port: 5432 },
      { cidr: "10.2.0.0/16", port: 5432 },
      { namespace: "billing", port: 8080 },
    ],
  },
};

/** The rules that a text of the section `staging` results in. */
function rulesOf(section: string) {
  const { rules, problems } = parseRules(`staging: ${section}\n`);
  assert.deepEqual(problems, []);
  return rules.staging;
}
const defaults = rulesOf("{}");
const nothing = rulesOf("{ mayDiffer: [], mayDifferInHost: [], mayBeLower: [] }");

const differences = (staging: Values, rules = defaults) => mirrorDifferences(staging, production, rules);
const paths = (staging: Values, rules = defaults) => differences(staging, rules).map(({ path }) => path);
const egress = (...entries: object[]) => ({ ...production, networkPolicy: { egress: entries } });
const env = (more: object) => ({ ...production, env: { ...production.env, ...more } });
const { serviceAccount: identity, ...withoutIdentity } = production;

describe("staging as a mirror of production", () => {
  const accepted: [string, Values][] = [
    ["the same values", production],
    ["keys in another order", Object.fromEntries(Object.entries(production).reverse())],
    [
      "another tag and digest, which a promotion moves",
      { ...production, image: { ...production.image, tag: "sha-0000000", digest: "sha256:…" } },
    ],
    ["another registry", { ...production, image: { ...production.image, repository: "registry.staging.example/api" } }],
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
    ["fewer pods", { ...production, replicaCount: 1, autoscaling: { enabled: true, minReplicas: 1, maxReplicas: 2 } }],
    ["another identity", { ...production, serviceAccount: { annotations: { [ROLE]: "arn:aws:iam::2:role/api" } } }],
    [
      "one of another cloud",
      { ...production, serviceAccount: { annotations: { "iam.gke.io/gcp-service-account": "a" } } },
    ],
    ["no identity", withoutIdentity],
    ["no identity, written out", { ...production, serviceAccount: { ...identity, annotations: {} } }],
    [
      "other addresses to call, and fewer",
      egress({ cidr: "10.9.0.0/24", port: 5432 }, { namespace: "billing", port: 8080 }),
    ],
    [
      "other hosts in variables",
      env({ DATABASE: "postgres://app@db.staging:5432/app?ssl=on", BROKERS: "c.example.org,d.example.org" }),
    ],
  ];
  for (const [name, staging] of accepted) {
    it(`accepts ${name}`, () => {
      assert.deepEqual(differences(staging), []);
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
      it(`refuses limits of ${cpu} and ${JSON.stringify(memory)}`, () => {
        assert.deepEqual(paths(limits(cpu, memory)), ["resources.limits.cpu", "resources.limits.memory"]);
      });

  const refused: [string, Values, string[]][] = [
    ["more pods", { ...production, replicaCount: 4 }, ["replicaCount"]],
    [
      "another value",
      { ...production, autoscaling: { ...production.autoscaling, enabled: false } },
      ["autoscaling.enabled"],
    ],
    ["a missing key", { ...production, autoscaling: { enabled: true, minReplicas: 3 } }, ["autoscaling.maxReplicas"]],
    ["a number that is text", { ...production, replicaCount: "0x1" }, ["replicaCount"]],
    ["a variable that production does not have", env({ DEBUG: "1" }), ["env.DEBUG"]],
    ["a variable without a host", env({ LOG_LEVEL: "debug" }), ["env.LOG_LEVEL"]],
    [
      "another database on another host",
      env({ DATABASE: "postgres://app@db.staging:5432/app2?ssl=on" }),
      ["env.DATABASE"],
    ],
    [
      "another port to call",
      egress(...production.networkPolicy.egress.slice(1), { cidr: "10.1.0.0/16", port: 22 }),
      ["networkPolicy.egress"],
    ],
    [
      "another service to call",
      egress(...production.networkPolicy.egress, { namespace: "b", port: 1 }),
      ["networkPolicy.egress"],
    ],
    ["another annotation of pods", { ...production, podAnnotations: { a: "b" } }, ["podAnnotations.a"]],
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
      ["autoscaling", "autoscaling.enabled", "autoscaling.maxReplicas", "autoscaling.minReplicas"],
    ],
    ["a key with a dot", { ...production, "replicaCount.x": 1 }, ['"replicaCount.x"']],
    [
      "a key that every object has",
      JSON.parse(`{"__proto__": 1, ${JSON.stringify(production).slice(1)}`) as Values,
      ["__proto__"],
    ],
  ];
  for (const [name, staging, expected] of refused) {
    it(`refuses ${name}`, () => {
      assert.deepEqual(paths(staging), expected);
    });
  }

  it("may differ only in the version if the lists of the file are empty", () => {
    const names = ["another tag and digest, which a promotion moves", "the same values", "keys in another order"];
    for (const [name, staging] of accepted)
      assert.equal(paths(staging, nothing).length === 0, names.includes(name), name);
  });

  it("may differ in the paths that the file lists", () => {
    const rules = rulesOf(`{ mayDiffer: [env.LOG_LEVEL, autoscaling.enabled, 'podAnnotations."a.b"'] }`);
    const staging = { ...env({ LOG_LEVEL: "debug" }), podAnnotations: { "a.b": "1" } };
    assert.deepEqual(paths({ ...staging, autoscaling: { ...production.autoscaling, enabled: false } }, rules), []);
    // The list replaces the default one.
    assert.deepEqual(paths(withoutIdentity, rules), [`serviceAccount.annotations."${ROLE}"`]);
  });

  const said: [path: string, staging: Values, rules: typeof defaults, message: string][] = [
    [
      "a variable",
      env({ LOG_LEVEL: "debug" }),
      defaults,
      'env.LOG_LEVEL: got "debug"; expected what production has, "info". ' +
        "Change staging, or release the same value to production. Where it has to differ, the platform team allows " +
        "it in gitops.yaml: - 'env.LOG_LEVEL' below staging.mayDiffer.",
    ],
    [
      "a path that the file no longer allows",
      { ...production, replicaCount: 2 },
      nothing,
      "replicaCount: got 2; expected what production has, 3. " +
        "Change staging, or release the same value to production. Where it has to be lower, " +
        "the platform team allows it in gitops.yaml: - 'replicaCount' below staging.mayBeLower.",
    ],
    [
      "a value that is too high",
      { ...production, replicaCount: 4 },
      defaults,
      "replicaCount: got 4; expected at most production's 3. Change staging, or release the same value to production.",
    ],
    [
      "a path that no rule can allow",
      { ...production, containerPort: 8081 },
      defaults,
      "containerPort: got 8081; expected what production has, nothing. " +
        "Change staging, or release the same value to production.",
    ],
  ];
  for (const [what, staging, rules, message] of said) {
    it(`reports ${what} with key, value and rule, and with a line that allows it if there is one`, () => {
      assert.deepEqual(
        differences(staging, rules).map((each) => each.message),
        [message],
      );
    });
  }

  it("accepts the difference with the line that it suggests", () => {
    for (const [, staging] of refused) {
      for (const { message, path } of differences(staging)) {
        const [, line = "", list = ""] = /: - '(.+)' below staging\.(\w+)\.$/.exec(message) ?? [];
        // The chart's schema refuses keys that the chart does not have.
        if (line === "" || /__proto__|replicaCount\.x/.test(line)) continue;
        const rules = rulesOf(`{ ${list}: ['${line}'] }`);
        assert.ok(
          !paths(staging, { ...defaults, mayDiffer: [...defaults.mayDiffer, ...rules.mayDiffer] }).includes(path),
          line,
        );
      }
    }
  });

  it("finds no difference between any values and themselves", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (values) => {
        assert.deepEqual(mirrorDifferences(values, structuredClone(values), defaults), []);
      }),
    );
  });
});

describe("texts that differ only in hosts", () => {
  const pairs: [one: string, other: string, same: boolean][] = [
    ["db.staging.example.com", "db.example.com", true],
    ["db.staging.example.com:5432", "10.1.2.3:5432", true],
    ["https://api.staging/v1", "https://api/v1", true],
    ["mongodb://a:1,b:2/app", "mongodb://c:1,d:2/app", true],
    ["redis://u:PASS@one/0", "redis://u:PASS@two/0", true],
    ["https://api/v1", "https://api/v2", false],
    ["https://api/v1", "http://api/v1", false],
    ["https://api:1/", "https://api:2/", false],
    ["https://ann@api/", "https://bob@api/", false],
    ["db.example.com:1", "db.example.com:2", false],
    ["debug", "info", false],
    ["1.2", "1.3", false],
    ["com.example.App", "com.example.Other", false],
    ["a.example.com", "a.example.com,b.example.com", false],
    ["x=https://a y", "x=https://b z", false],
  ];
  for (const [one, other, same] of pairs) {
    it(`${same ? "are" : "are not"} ${one} and ${other}`, () => {
      assert.equal(sameButHosts(one, other), same);
      assert.equal(sameButHosts(other, one), same);
    });
  }

  it("cannot be values of other types", () => {
    assert.equal(sameButHosts(undefined, undefined), false);
    assert.equal(sameButHosts(["a.example.com"], ["b.example.com"]), false);
  });
});
