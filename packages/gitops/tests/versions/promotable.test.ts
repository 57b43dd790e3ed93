import assert from "node:assert/strict";
import { parseRules } from "@gitops-platform/rules/rules";
import { graph } from "@gitops-platform/environments/environments";
import { orderProblem, promotionProblems, wayProblem } from "../../versions/promote";

const version = { tag: "sha-2222222" };
const pinned = { tag: "latest", digest: `sha256:${"0a".repeat(32)}` };
const healthy = { commit: "c0ffee", state: "success", description: "" };
const { tags } = parseRules(undefined).rules;
const good = { tags, version, report: healthy, running: version, open: undefined };
const order = { service: "api", from: "dev", to: "staging" };

describe("the order of environments in a promotion", () => {
  it("is dev, staging, prod", () => {
    assert.equal(wayProblem("dev", "staging"), undefined);
    assert.equal(wayProblem("staging", "prod"), undefined);
    // A service may skip staging, which only its declaration says.
    assert.equal(wayProblem("dev", "prod"), undefined);
    assert.match(wayProblem("staging", "dev") ?? "", /^to: got dev; expected prod/);
    assert.match(wayProblem("prod", "prod") ?? "", /^from: got prod;/);
  });

  const refused: [from: string, to: string, message: RegExp][] = [
    ["dev", "prod", /^to: got prod; expected staging, which follows dev\./],
    ["staging", "dev", /^to: got dev; expected prod, which follows staging\./],
    ["dev", "dev", /^to: got dev; expected staging/],
    ["prod", "dev", /^from: got prod; expected an environment that another one follows\./],
  ];
  for (const [from, to, message] of refused) {
    it(`refuses ${from} to ${to}`, () => {
      assert.match(orderProblem(from, to, graph), message);
    });
  }
});

describe("a problem of a promotion", () => {
  it("does not exist if the source runs the version and is Healthy", () => {
    assert.deepEqual(promotionProblems(order, good), []);
  });

  it("is not an open promotion of the same version", () => {
    assert.deepEqual(promotionProblems(order, { ...good, open: { version, url: "u" } }), []);
  });

  const cases: [name: string, evidence: typeof good | object, texts: RegExp[], yields: boolean[]][] = [
    [
      "a missing report",
      { report: undefined, running: undefined },
      [/^health: nothing is known of api in dev;/],
      [true],
    ],
    [
      "a Degraded source",
      { report: { ...healthy, state: "failure", description: "1 of 2 pods" } },
      [/^health: api in dev is not Healthy: Degraded, .*\(1 of 2 pods\)/],
      [true],
    ],
    [
      "a source that is still deploying",
      { report: { ...healthy, state: "in_progress" } },
      [/^health: api in dev is not Healthy yet/],
      [true],
    ],
    [
      "a deployment without a status",
      { report: { ...healthy, state: undefined } },
      [/^health: api in dev is not Healthy yet/],
      [true],
    ],
    [
      "a source that no longer runs",
      { report: { ...healthy, state: "inactive" } },
      [/^health: api in dev is not running any more/],
      [true],
    ],
    [
      "another running version",
      { running: { tag: "sha-1111111" } },
      [/^version: dev runs sha-1111111; expected sha-2222222/],
      [true],
    ],
    ["a moving tag", { version: { tag: "latest" }, running: { tag: "latest" } }, [/^tag: got "latest"/], [false]],
    ["not a moving tag with a digest", { version: pinned, running: pinned }, [], []],
    [
      "another open promotion",
      { open: { version: { tag: "sha-3333333" }, url: "https://pull/7" } },
      [/^promotion: https:\/\/pull\/7 brings sha-3333333 to staging/],
      [true],
    ],
    [
      "reported together with others",
      { report: { ...healthy, state: "error" }, running: undefined },
      [/^health:/, /^version: dev runs something that the repository does not have/],
      [true, true],
    ],
  ];
  for (const [name, evidence, texts, yields] of cases) {
    it(`is ${name}`, () => {
      const problems = promotionProblems(order, { ...good, ...evidence });
      assert.equal(problems.length, texts.length, JSON.stringify(problems));
      problems.forEach(({ text }, index) => {
        assert.match(text, texts[index] ?? /^$/);
      });
      assert.deepEqual(
        problems.map((problem) => problem.yields),
        yields,
      );
    });
  }
});
