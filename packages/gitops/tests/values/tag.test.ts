import assert from "node:assert/strict";
import { digestProblem, tagProblem } from "@gitops-platform/contract/values/image";

describe("an image's tag", () => {
  for (const tag of ["sha-a1b2c3d", "latest", "48213", "2024-01-15", "_a.b-c", "a".repeat(128)]) {
    it(`may be called ${tag.slice(0, 20)}`, () => {
      assert.equal(tagProblem(tag), undefined);
    });
  }

  for (const tag of ["a b", ".a", "-a", "a/b", "a:b", "é", "a\n", "a".repeat(129)]) {
    it(`may not be called ${JSON.stringify(tag.slice(0, 20))}`, () => {
      assert.match(tagProblem(tag) ?? "", /^tag: got ".+"; expected at most 128 of the characters/);
    });
  }

  it("may not be empty", () => {
    assert.match(tagProblem("") ?? "", /^tag: got nothing/);
  });
});

describe("an image's digest", () => {
  it("is sha256 in 64 hexadecimal digits", () => {
    assert.equal(digestProblem(`sha256:${"0a".repeat(32)}`), undefined);
    assert.match(digestProblem("sha256:0a") ?? "", /^digest: got "sha256:0a"; expected sha256:/);
  });
});
