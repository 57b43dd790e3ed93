import assert from "node:assert/strict";
import { environmentNameIn } from "@gitops-platform/contract/branches";
import { EnvironmentGraph, type EnvironmentNode, graphProblems } from "@gitops-platform/contract/environment-graph";
import { formatProblem } from "@gitops-platform/contract/problems";
import { TWO_PRODUCTIONS } from "@gitops-platform/test-support/graphs";

type Short = Partial<EnvironmentNode> & { readonly name: string };

function nodes(...all: Short[]): EnvironmentNode[] {
  return all.map((one) => ({ stage: "production", waitsForApproval: false, ...one }));
}

const problemsOf = (...all: Short[]) => graphProblems(nodes(...all)).map((problem) => formatProblem(problem));

describe("a graph of environments", () => {
  it("is in the order of promotion, however it was declared", () => {
    const graph = new EnvironmentGraph(
      nodes(
        { name: "c", promotesFrom: "b" },
        { name: "b", promotesFrom: "a" },
        { name: "d", promotesFrom: "a" },
        { name: "a" },
      ),
    );
    assert.deepEqual(graph.names, ["a", "b", "c", "d"]);
    assert.equal(graph.entry, "a");
    assert.deepEqual([graph.next("a"), graph.next("c")], [["b", "d"], []]);
    assert.deepEqual([graph.previous("c"), graph.previous("a"), graph.previous("x")], ["b", undefined, undefined]);
  });

  it("tells which environments wait for approval, and which one tries the versions of another", () => {
    assert.deepEqual(TWO_PRODUCTIONS.approved, ["prod", "prod-eu"]);
    assert.deepEqual(TWO_PRODUCTIONS.mirrors, [
      { trial: "staging", production: "prod" },
      { trial: "staging", production: "prod-eu" },
    ]);
  });

  const branches: [branch: string, environment: string | undefined, named: string | undefined][] = [
    ["env/prod", "prod", "prod"],
    ["env/prod-eu", "prod-eu", "prod-eu"],
    ["env/prod-e", undefined, "prod-e"],
    ["env/prod-eu2", undefined, "prod-eu2"],
    ["env/pro", undefined, "pro"],
    ["env/prod/x", undefined, undefined],
    ["env/prod-eu/x", undefined, undefined],
    ["env/prod/", undefined, undefined],
    ["env/", undefined, undefined],
    ["env", undefined, undefined],
    ["ENV/prod", undefined, undefined],
    ["env/Prod", undefined, "Prod"],
    ["x/env/prod", undefined, undefined],
    ["refs/heads/env/prod", undefined, undefined],
    ["main", undefined, undefined],
  ];
  for (const [branch, environment, named] of branches) {
    it(`takes the branch ${branch} for ${environment === undefined ? "none" : `that of ${environment}`}`, () => {
      assert.deepEqual([TWO_PRODUCTIONS.ofBranch(branch), environmentNameIn(branch)], [environment, named]);
    });
  }
});

describe("the problems of a graph", () => {
  it("are none for the environments of the tests", () => {
    assert.deepEqual(graphProblems(TWO_PRODUCTIONS.environments), []);
  });

  it("are reported all at once", () => {
    const found = problemsOf(
      { name: "dev", stage: "development" },
      { name: "Staging", promotesFrom: "dev" },
      { name: "prod", promotesFrom: "stagin" },
      { name: "prod", promotesFrom: "dev" },
      { name: "eu", promotesFrom: "us" },
      { name: "us", promotesFrom: "eu" },
      { name: "qa", stage: "staging", promotesFrom: "prod" },
      { name: "other" },
    );
    assert.deepEqual(
      found.map((text) => text.slice(0, text.indexOf(";"))),
      [
        'environments.Staging: got "Staging"',
        "environments.prod: got 2 environments of that name",
        'environments.prod.promotesFrom: got "stagin"',
        'environments.qa.stage: got "staging"',
        "environments.eu.promotesFrom: got a cycle: eu → us → eu",
        "environments: got dev, other without promotesFrom",
      ],
    );
  });

  it("name the way of a cycle, and one of an environment that promotes from itself", () => {
    assert.match(
      problemsOf({ name: "a", promotesFrom: "a" }).join("\n"),
      /^environments\.a\.promotesFrom: got a cycle: a → a;/,
    );
    const three = problemsOf(
      { name: "a", promotesFrom: "c" },
      { name: "b", promotesFrom: "a" },
      { name: "c", promotesFrom: "b" },
    );
    assert.equal(three.length, 1);
    assert.match(three[0] ?? "", /got a cycle: a → b → c → a;/);
  });

  it("suggest the environment that was probably meant", () => {
    const found = problemsOf(
      { name: "dev" },
      { name: "staging", promotesFrom: "dev" },
      { name: "prod", promotesFrom: "stagin" },
    );
    assert.match(found.join("\n"), /^environments\.prod\.promotesFrom: got "stagin"; .* Did you mean staging\?$/);
  });

  it("are none at all", () => {
    assert.match(problemsOf().join("\n"), /^environments: got none; expected at least one environment\./);
  });

  const names: [name: string, problem: RegExp][] = [
    ["prod/x", /lower-case letters/],
    ["..", /lower-case letters/],
    ["prod.lock", /lower-case letters/],
    ["-prod", /lower-case letters/],
    ["prod-", /lower-case letters/],
    ["1prod", /lower-case letters/],
    ["prod\n", /lower-case letters/],
    ["", /lower-case letters/],
    ["x".repeat(41), /lower-case letters/],
    // The deployment environments of these names have the Apps' keys.
    ["release", /another name than those of the deployment environments/],
    ["bump", /another name than those of the deployment environments/],
    // promote/api-to-go-to-eu would be a promotion of api to go-to-eu, and one of api-to-go to eu.
    ["go-to-eu", /a name without "to" and "in"/],
    ["to", /a name without "to" and "in"/],
    ["in-eu", /a name without "to" and "in"/],
  ];
  for (const [name, problem] of names) {
    it(`include the name ${JSON.stringify(name)}`, () => {
      assert.match(problemsOf({ name }).join("\n"), problem);
    });
  }

  it("do not include other names", () => {
    for (const name of ["prod-eu", "tokyo", "eu1", "x".repeat(40), "berlin-2"])
      assert.deepEqual(problemsOf({ name }), []);
  });
});
