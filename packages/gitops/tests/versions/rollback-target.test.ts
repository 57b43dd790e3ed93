import assert from "node:assert/strict";
import { rollbackTarget } from "../../versions/rollback";

const order = { service: "api", environment: "dev", to: undefined as string | undefined };
const versions = (...tags: string[]) =>
  tags.map((tag, index) => ({ tag, commit: `${index}`.repeat(40), text: `tag: ${tag}` }));
const target = (tags: string[], to?: string) => rollbackTarget(versions(...tags), { ...order, to });

describe("the version that a rollback goes back to", () => {
  it("is the one before", () => {
    const { present, target: back, isBack } = target(["c", "b", "a"]);
    assert.deepEqual([present.tag, back.tag, isBack], ["c", "b", false]);
  });

  it("is the present one where that came back already, so that asking twice goes back once", () => {
    const { target: back, isBack } = target(["b", "c", "b", "a"]);
    assert.deepEqual([back.tag, isBack], ["b", true]);
  });

  it("is the one before also where the present one was rolled back once, and was brought again", () => {
    const { target: back, isBack } = target(["b", "a", "b", "a"]);
    assert.deepEqual([back.tag, isBack], ["a", false]);
    assert.equal(target(["a", "b", "a", "b", "a"]).isBack, true);
    assert.equal(target(["c", "b", "a", "b", "a"]).target.tag, "b");
  });

  it("is the one that is named", () => {
    assert.deepEqual(target(["b", "c", "b", "a"], "a").target.tag, "a");
    assert.equal(target(["b", "a"], "b").isBack, true);
  });

  it("is named by its digest too, where a tag was several builds", () => {
    const digests = ["sha256:c", "sha256:b", "sha256:b"];
    const past = versions("latest", "latest", "v1.4.2").map((each, index) => ({ ...each, digest: digests[index] }));
    const named = (to: string) => rollbackTarget(past, { ...order, to }).target.commit[0];
    assert.equal(named("latest@sha256:b"), "1");
    assert.equal(named("v1.4.2"), "2");
    assert.throws(
      () => named("latest"),
      /to: got "latest", which was several builds; expected one of latest@sha256:c, latest@sha256:b\. Name it\./,
    );
  });

  it("is the build without a digest, where its tag was pinned by one too", () => {
    const past = versions("v2", "v1", "v1").map((each, index) =>
      index === 1 ? { ...each, digest: "sha256:a" } : each,
    );
    const named = (to: string) => rollbackTarget(past, { ...order, to }).target.commit[0];
    assert.deepEqual([named("v1"), named("v1@sha256:a")], ["2", "1"]);
  });

  it("must be there", () => {
    assert.throws(() => target(["a"]), /environments\/dev\/api\.yaml: a is its first version;/);
    assert.throws(() => target([]), /has no version that could be read/);
    assert.throws(() => target(["c", "b", "a"], "x"), /^Failure: to: got "x"; expected a version that it had: b, a\./);
  });
});
