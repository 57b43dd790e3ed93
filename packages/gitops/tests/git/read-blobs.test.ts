import assert from "node:assert/strict";
import fc from "fast-check";
import { TestRepository } from "@gitops-platform/test-support/cloned-repository";

describe("reading many blobs at once", function () {
  this.timeout(30_000);
  const repository = new TestRepository();
  after(() => {
    repository.remove();
  });

  it("returns each text unchanged, and nothing for a missing blob or a folder", async () => {
    const [texts = []] = fc.sample(fc.array(fc.string({ unit: "binary" }), { minLength: 20, maxLength: 40 }), 1);
    const all = ["", "\n", "no line end", "ä\n…\n", "missing blob 3\n", ...texts.map((text) => text.toWellFormed())];
    const files = Object.fromEntries(all.map((text, index) => [`files/${index}.txt`, text]));
    repository.commit({ message: "Texts", files });
    await repository.read(async (clone) => {
      const name = (path: string) => `origin/main:${path}`;
      const found = await clone.readBlobs([name("files"), name("nowhere"), ...Object.keys(files).map(name)]);
      assert.deepEqual(found, new Map(Object.entries(files).map(([path, text]) => [name(path), text])));
      assert.deepEqual(await clone.readBlobs([]), new Map());
    });
  });
});
