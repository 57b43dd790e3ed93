import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { rules } from "../../policy/rules";
import { CASES } from "./cases";
import { judge } from "./support";

// What each rule says of small stacks. Whether the real program breaks none, and each break of it is caught,
// tests/e2e/policy.test.ts says.

const root = join(__dirname, "../..");

describe("the rules of the policy pack", () => {
  for (const rule of rules) {
    describe(rule.name, () => {
      const cases = CASES[rule.name] ?? [];

      it("has stacks that keep it and stacks that break it", () => {
        assert.ok(cases.some(({ says }) => says === undefined));
        assert.ok(cases.some(({ says }) => says !== undefined));
      });

      for (const { what, stack = "prod", resources, config, says } of cases) {
        it(`${says === undefined ? "passes" : "fails"} what ${what}`, () => {
          const messages = judge(rule, stack, resources, config).map(({ message }) => message);
          if (says === undefined) assert.deepEqual(messages, []);
          else
            assert.ok(
              messages.some((message) => says.test(message)),
              `none matches ${String(says)}: ${messages.join("\n")}`,
            );
        });
      }

      it("tells what must hold, why, and what to do", () => {
        assert.match(rule.name, /^[a-z]+(-[a-z]+)+$/);
        for (const text of [rule.description, rule.remediationSteps]) assert.match(text, /^[A-Z][^\n]*\.$/);
        assert.ok(rule.url.startsWith("https://") || existsSync(join(root, rule.url)), rule.url);
      });
    });
  }

  it("have a file each, named after the rule", () => {
    for (const { name } of rules) assert.ok(existsSync(join(root, "policy/rules", `${name}.ts`)), name);
    assert.equal(new Set(rules.map(({ name }) => name)).size, rules.length);
  });
});
