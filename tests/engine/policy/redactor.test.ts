import assert from "node:assert/strict";
import { Redactor } from "../../../engine/policy/redactor";
import { Secret } from "../../../engine/protocol/values";

describe("the redactor", () => {
  it("takes out what was secret, at any depth, also as it is before base64, the longest first", () => {
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

  it("leaves texts of three letters and less, which are everywhere", () => {
    const redactor = new Redactor();
    redactor.learn({ type: new Secret("git") });
    assert.equal(redactor.clean("gitops"), "gitops");
  });
});
