import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { TRACKED_KINDS } from "@gitops-platform/environments/profiles";
import { rules } from "../rules";
import { DELIVERED_KINDS } from "../rules/argocd-keeps-its-promises";
import { CASES } from "./cases";
import { evaluateRule } from "./support";

// Tests each rule on small stacks. tests/integration/policy.test.ts checks that the real program violates none, and
// that each rule detects changes of the real program that violate it.

const root = join(__dirname, "../../..");

describe("the rules of the policy pack", () => {
  for (const rule of rules) {
    describe(rule.name, () => {
      const cases = CASES[rule.name] ?? [];

      it("has test cases that comply and test cases that violate it", () => {
        assert.ok(cases.some(({ violation }) => violation === undefined));
        assert.ok(cases.some(({ violation }) => violation !== undefined));
      });

      for (const { what, stack = "prod", resources, config, violation } of cases) {
        it(`${violation === undefined ? "accepts" : "rejects"}: ${what}`, () => {
          const messages = evaluateRule(rule, stack, resources, config).map(({ message }) => message);
          if (violation === undefined) assert.deepEqual(messages, []);
          else
            assert.ok(
              messages.some((message) => violation.test(message)),
              `none matches ${String(violation)}: ${messages.join("\n")}`,
            );
        });
      }

      it("has a description, a link to the reason, and remediation steps", () => {
        assert.match(rule.name, /^[a-z]+(-[a-z]+)+$/);
        for (const text of [rule.description, rule.remediationSteps]) assert.match(text, /^[A-Z][^\n]*\.$/);
        assert.ok(rule.url.startsWith("https://") || existsSync(join(root, rule.url)), rule.url);
      });
    });
  }

  it("are each in a file of the same name", () => {
    for (const { name } of rules) assert.ok(existsSync(join(root, "packages/policy/rules", `${name}.ts`)), name);
    assert.equal(new Set(rules.map(({ name }) => name)).size, rules.length);
  });

  it("know the kinds that the platform delivers", () => {
    const delivered = TRACKED_KINDS.map(({ group, kind }) => `${group}_${kind}`);
    assert.deepEqual(DELIVERED_KINDS, delivered.sort());
  });
});
