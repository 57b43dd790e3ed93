import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { deletionOrder } from "../../plan/deletion";
import type { ResourceRecord } from "../../state/store";
import { thingUrn } from "../support/test-stack";

function record(name: string, dependencies: string[]): ResourceRecord {
  const type = "test:index:Thing";
  return { urn: thingUrn(name), type, custom: true, id: name, status: "live", inputs: {}, outputs: {}, dependencies };
}

describe("the order of deletions", () => {
  it("has dependents before their dependencies, for any graph", () => {
    const graph = fc.array(fc.array(fc.nat(30)), { maxLength: 30 });
    fc.assert(
      fc.property(graph, (edges) => {
        // A resource can only depend on resources that were created before it.
        const records = edges.map((needs, index) =>
          record(
            String(index),
            needs.filter((need) => need < index).map((need) => thingUrn(String(need))),
          ),
        );
        const order = deletionOrder(fc.sample(fc.shuffledSubarray(records, { minLength: records.length }), 1)[0] ?? []);
        assert.equal(order.length, records.length);
        const position = new Map(order.map(({ record: { urn } }, index) => [urn, index]));
        for (const { urn, dependencies } of records) {
          for (const need of dependencies) assert.ok((position.get(urn) ?? 0) < (position.get(need) ?? 0));
        }
      }),
    );
  });

  it("exists even if dependencies are cyclic", () => {
    const order = deletionOrder([record("a", [thingUrn("b")]), record("b", [thingUrn("a")])]);
    assert.deepEqual(
      order.map(({ record: { id }, after }) => [id, after.map((other) => other.id)]),
      [
        ["a", []],
        ["b", ["a"]],
      ],
    );
  });
});
