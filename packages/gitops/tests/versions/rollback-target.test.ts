import assert from "node:assert/strict";
import { SERVICE_SOURCE } from "@gitops-platform/contract/source";
import { rollbackTarget } from "../../versions/rollback";

const path = "environments/dev/api.yaml";
const versions = (...tags: string[]) =>
  tags.map((tag, index) => ({ tag, commit: `${index}`.repeat(40), path, text: `tag: ${tag}`, source: SERVICE_SOURCE }));
const target = (tags: string[], to?: string) => rollbackTarget(versions(...tags), { path, to });

describe("the version that a rollback restores", () => {
  it("is the previous one", () => {
    const { present, target: back, isBack } = target(["c", "b", "a"]);
    assert.deepEqual([present.tag, back.tag, isBack], ["c", "b", false]);
  });

  it("is the present one if it was restored already, so that two requests roll back once", () => {
    const { target: back, isBack } = target(["b", "c", "b", "a"]);
    assert.deepEqual([back.tag, isBack], ["b", true]);
  });

  it("is the previous one if the present one was deployed again after a rollback", () => {
    const { target: back, isBack } = target(["b", "a", "b", "a"]);
    assert.deepEqual([back.tag, isBack], ["a", false]);
    assert.equal(target(["a", "b", "a", "b", "a"]).isBack, true);
    assert.equal(target(["c", "b", "a", "b", "a"]).target.tag, "b");
  });

  it("is the requested one", () => {
    assert.deepEqual(target(["b", "c", "b", "a"], "a").target.tag, "a");
    assert.equal(target(["b", "a"], "b").isBack, true);
  });

  it("needs a digest too, if a tag had several builds", () => {
    const digests = ["sha256:c", "sha256:b", "sha256:b"];
    const past = versions("latest", "latest", "v1.4.2").map((each, index) => ({ ...each, digest: digests[index] }));
    const named = (to: string) => rollbackTarget(past, { path, to }).target.commit[0];
    assert.equal(named("latest@sha256:b"), "1");
    assert.equal(named("v1.4.2"), "2");
    assert.throws(
      () => named("latest"),
      /to: got "latest", which was several builds; expected one of latest@sha256:c, latest@sha256:b\. Name it\./,
    );
  });

  it("is the build without a digest, if the tag was also pinned by one", () => {
    const past = versions("v2", "v1", "v1").map((each, index) =>
      index === 1 ? { ...each, digest: "sha256:a" } : each,
    );
    const named = (to: string) => rollbackTarget(past, { path, to }).target.commit[0];
    assert.deepEqual([named("v1"), named("v1@sha256:a")], ["2", "1"]);
  });

  it("must exist", () => {
    assert.throws(() => target(["a"]), /environments\/dev\/api\.yaml: a is its first version;/);
    assert.throws(() => target([]), /has no version that could be read/);
    assert.throws(() => target(["c", "b", "a"], "x"), /^Failure: to: got "x"; expected a version that it had: b, a\./);
  });
});
