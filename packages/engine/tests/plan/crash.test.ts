import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { TestStack, thing, thingUrn } from "../support/test-stack";

const dependsOnBase = { dependencies: [thingUrn("base")] };

/** A sequence of programs that together cover create, update, both orders of replacement, and delete. */
const PROGRAMS = [
  [thing("base"), thing("user", { value: 1, fixed: 1 }, dependsOnBase), thing("gone", {}, dependsOnBase)],
  [thing("base", { value: 2 }), thing("user", { name: "user2", value: 1, fixed: 1 }, dependsOnBase)],
  [thing("base", { value: 2 }), thing("user", { name: "user2", value: 1, fixed: 2 }, dependsOnBase), thing("more")],
  [],
];

function wanted(program: (typeof PROGRAMS)[number]): Record<string, unknown> {
  return Object.fromEntries(
    program.map(({ inputs }) => [String(inputs.name), { ...inputs, serial: `serial-${String(inputs.name)}` }]),
  );
}

describe("a killed run", () => {
  it("is completed by the next run, at whichever operation it was killed", async () => {
    const stack = new TestStack();
    const killed: { copy: TestStack; at: string; program: number }[] = [];
    for (const [program, goals] of PROGRAMS.entries()) {
      stack.fake.before = (call) => void killed.push({ copy: stack.killed(), at: `before ${call}`, program });
      stack.fake.after = (call) => void killed.push({ copy: stack.killed(), at: `after ${call}`, program });
      await stack.up(goals);
      assert.deepEqual(Object.fromEntries(stack.fake.objects), wanted(goals));
    }
    stack.remove();
    assert.ok(killed.length >= 20, `${killed.length} points`);
    for (const { copy, at, program } of killed) {
      // The next run may use the same program, or a changed one.
      for (const next of [PROGRAMS[program] ?? [], PROGRAMS[(program + 1) % PROGRAMS.length] ?? []]) {
        const again = copy.killed();
        await again.up(next);
        assert.deepEqual(Object.fromEntries(again.fake.objects), wanted(next), at);
        const repeated = again.fake.calls.filter(
          (call, index, calls) => call.startsWith("create") && calls.indexOf(call) !== index,
        );
        assert.deepEqual(repeated, [], at);
        const { counts } = await again.up(next);
        assert.equal(counts.same, next.length + 1, at);
        again.remove();
      }
      copy.remove();
    }
  });
});
