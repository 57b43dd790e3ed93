import assert from "node:assert/strict";
import { digestProblem, tagProblem } from "../../../gitops/values/tag";

describe("an image's tag", () => {
  for (const tag of ["sha-a1b2c3d", "v1.4.2", "1.4.2-rc.1", "a1b2c3d", "main-a1b2c3d"]) {
    it(`may be ${tag}, which is one build`, () => {
      assert.equal(tagProblem(tag), undefined);
    });
  }

  for (const tag of [
    "latest",
    "main",
    "master",
    "dev",
    "stable",
    "v1",
    "v1.4",
    "sha-xyz",
    "a b",
    `a-${"b".repeat(130)}`,
  ]) {
    it(`may not be ${tag.slice(0, 20)}`, () => {
      assert.match(tagProblem(tag) ?? "", /^tag: got ".+"; expected the tag of one build/);
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
