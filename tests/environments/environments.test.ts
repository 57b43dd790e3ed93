import assert from "node:assert/strict";
import { formatProblem } from "@gitops-platform/contract/problems";
import {
  declarationProblems,
  environments,
  findEnvironment,
  followsApprovals,
  trackedBranch,
  trackedRevision,
} from "@gitops-platform/environments/environments";
import { dev } from "@gitops-platform/environments/dev";
import { prod } from "@gitops-platform/environments/prod";
import type { DeliveryPolicy } from "@gitops-platform/environments/environment";

describe("environments", () => {
  it("are dev, staging and prod, in the order of promotion", () => {
    assert.deepEqual(
      environments.map(({ name }) => name),
      ["dev", "staging", "prod"],
    );
    assert.equal(findEnvironment("qa"), undefined);
  });

  it("have no problems", () => {
    assert.deepEqual(declarationProblems(), []);
  });

  it("are refused with a second stack that owns the repository, as a copy of prod has, and without any", () => {
    const key = "environments.*.manageRepository: got ";
    const fix = "expected one environment, whose stack owns the repository.";
    const problems = (...all: (typeof dev)[]) => declarationProblems(all).map((problem) => formatProblem(problem));
    const eu = { ...prod, name: "prod-eu", promotesFrom: "dev" };
    const from = { ...prod, promotesFrom: "dev" };
    assert.ok(problems(dev, from, eu)[0]?.startsWith(`${key}"prod, prod-eu"; ${fix}`), problems(dev, from, eu)[0]);
    assert.ok(problems(dev)[0]?.startsWith(`${key}"none"; ${fix}`));
    assert.deepEqual(problems(dev, from, { ...eu, manageRepository: false }), []);
  });

  it("are refused without an environment of production that waits for approval", () => {
    const problems = (...all: (typeof dev)[]) => declarationProblems(all).map((problem) => formatProblem(problem));
    const expected =
      "expected an environment of the stage production with delivery manual and heal, which waits for approval. " +
      "Set its stage and delivery in its file below environments/.";
    const from = { ...prod, promotesFrom: "dev" };
    assert.deepEqual(problems(dev, { ...from, stage: "staging" }), [
      `environments.*.stage: got "none of the stage production"; ${expected}`,
    ]);
    assert.deepEqual(problems(dev, { ...from, delivery: { ...prod.delivery, sync: "auto" } }), [
      `environments.*.stage: got "prod"; ${expected}`,
    ]);
  });

  it("all heal", () => {
    for (const { delivery } of environments) assert.equal(delivery.drift, "heal");
  });

  it("protect and retain production's resources, and not dev's", () => {
    const kept = environments.map(({ name, protect, retain, cascade }) => ({ name, protect, retain, cascade }));
    assert.deepEqual(kept, [
      { name: "dev", protect: false, retain: false, cascade: true },
      { name: "staging", protect: false, retain: false, cascade: true },
      { name: "prod", protect: true, retain: true, cascade: false },
    ]);
  });

  it("have one stack that owns the repository", () => {
    assert.deepEqual(
      environments.filter(({ manageRepository }) => manageRepository).map(({ name }) => name),
      ["prod"],
    );
  });

  const branches: [delivery: DeliveryPolicy, branch: string][] = [
    [{ sync: "auto", drift: "heal" }, "main"],
    [{ sync: "auto", drift: "alert" }, "main"],
    [{ sync: "manual", drift: "heal" }, "env/prod"],
    [{ sync: "manual", drift: "alert" }, "main"],
  ];
  for (const [delivery, branch] of branches) {
    it(`with ${delivery.sync} and ${delivery.drift} follow ${branch}`, () => {
      assert.equal(trackedBranch("prod", delivery), branch);
      assert.equal(trackedRevision("prod", delivery), `refs/heads/${branch}`);
      assert.equal(followsApprovals(delivery), branch !== "main");
    });
  }
});
