import assert from "node:assert/strict";
import path from "node:path";
import { rules } from "../../policy/rules";
import { evaluateStack, stacksOf } from "../../review/evaluate";
import type { EnvironmentReview } from "../../review/review";
import { judge, ruleNamed, type TestResource } from "../policy/support";
import { MUTATIONS } from "./mutations";

// Here and not among the unit tests: the real program needs Argo CD's real manifests, which Go's module cache has.

const projectDir = path.join(__dirname, "../..");

describe("the policy pack, on the real program", () => {
  const reviews = new Map<string, EnvironmentReview>();

  before(async () => {
    for (const stack of stacksOf(projectDir)) {
      const packDir = path.join(projectDir, "policy");
      reviews.set(stack, await evaluateStack({ projectDir, stack, packDir, packConfig: undefined }));
    }
  });

  /** What a stack registers, to be changed at will. */
  function resources(stack: string): TestResource[] {
    const registered = reviews.get(stack)?.resources ?? [];
    assert.ok(registered.length > 60, `${stack} registers ${registered.length} resources`);
    return registered.map(({ type, name, inputs, protect }) => ({
      type,
      name,
      props: structuredClone(inputs),
      protect,
    }));
  }

  for (const stack of ["dev", "staging", "prod"]) {
    it(`passes ${stack}, and every rule was evaluated`, () => {
      const { findings, notEvaluated, notApplicable, pack } = reviews.get(stack) ?? assert.fail();
      assert.deepEqual(
        { findings, notEvaluated, notApplicable },
        { findings: [], notEvaluated: [], notApplicable: [] },
      );
      assert.deepEqual(
        pack.rules.map(({ name, level }) => `${name} ${level}`),
        rules.map(({ name, enforcementLevel }) => `${name} ${enforcementLevel}`),
      );
    });
  }

  it("has a mutation for each of its rules, and none for a rule that is not there", () => {
    assert.deepEqual(Object.keys(MUTATIONS).sort(), rules.map(({ name }) => name).sort());
  });

  for (const [name, mutations] of Object.entries(MUTATIONS)) {
    for (const { what, make } of mutations) {
      it(`${name} catches: ${what}`, () => {
        const mutated = resources("prod");
        assert.deepEqual(judge(ruleNamed(name), "prod", mutated), []);
        make(mutated);
        assert.notDeepEqual(judge(ruleNamed(name), "prod", mutated), []);
      });
    }
  }
});
