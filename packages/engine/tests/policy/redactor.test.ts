import assert from "node:assert/strict";
import { Redactor } from "../../policy/pack";
import { Secret } from "../../model/values";

describe("the redactor", () => {
  it("removes secrets at any depth, also base64-decoded ones, the longest first", () => {
    const redactor = new Redactor();
    const encoded = Buffer.from("correct horse").toString("base64");
    redactor.learn({
      plain: "open",
      data: { a: new Secret({ b: encoded }) },
      list: [new Secret("hook"), new Secret("hooked")],
    });
    const text = `open, ${encoded}, correct horse, hooked, hook`;
    assert.equal(redactor.clean(text), "open, [secret], [secret], [secret], [secret]");
  });

  it("ignores strings of up to three characters, which occur everywhere", () => {
    const redactor = new Redactor();
    redactor.learn({ type: new Secret("git") });
    assert.equal(redactor.clean("gitops"), "gitops");
  });
});
