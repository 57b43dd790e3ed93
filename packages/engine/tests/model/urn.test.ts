import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { label, makeUrn, urnName, urnType } from "../../model/resource";

const stackId = { stack: "dev", project: "p" };
const stack = "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev";
const component = "urn:pulumi:dev::p::p:index:Web::web";

describe("URNs", () => {
  it("contain the chain of parent types, without the stack", () => {
    assert.equal(makeUrn(stackId, { type: "pulumi:pulumi:Stack", name: "p-dev" }), stack);
    assert.equal(makeUrn(stackId, { type: "p:index:Web", name: "web", parent: stack }), component);
    const child = makeUrn(stackId, { type: "p:index:Inner", name: "inner", parent: component });
    assert.equal(child, "urn:pulumi:dev::p::p:index:Web$p:index:Inner::inner");
    assert.equal(
      makeUrn(stackId, { type: "k:core/v1:Pod", name: "pod", parent: child }),
      "urn:pulumi:dev::p::p:index:Web$p:index:Inner$k:core/v1:Pod::pod",
    );
  });

  it("can be parsed into names, types and labels", () => {
    const urn = "urn:pulumi:dev::p::p:index:Web$k:core/v1:Pod::a::b";
    assert.equal(urnName(urn), "a::b");
    assert.equal(urnType(urn), "k:core/v1:Pod");
    assert.equal(label(urn), "a::b (k:core/v1:Pod)");
  });
});
