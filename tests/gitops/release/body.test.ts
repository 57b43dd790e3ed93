import assert from "node:assert/strict";
import { type BodyParts, compareLink, releaseBody } from "../../../gitops/release/body";

const image = (tag: string, repository = "ghcr.io/vaarak/api") => ({ repository, tag });
const body = (more: Partial<BodyParts>) =>
  releaseBody({
    unit: { environment: "prod", service: "api", path: "environments/prod/api.yaml" },
    description: { from: image("sha-1111111"), to: image("sha-2222222") },
    diff: "@@ -1 +1 @@\n-a\n+b\n",
    involved: [],
    server: "https://github.com",
    ...more,
  });

describe("the body of a release", () => {
  it("says what changes, whose it is and how it is let in", () => {
    const text = body({ involved: [{ login: "ada", did: "asked for #12" }] });
    assert.match(text, /^api in prod: `sha-1111111` → `sha-2222222` \(\[its commits\]/);
    assert.match(text, /```diff\n@@ -1 \+1 @@\n-a\n\+b\n```\n/);
    assert.match(text, /- @ada asked for #12\n/);
    assert.match(text, /\*\*To release it\*\*, approve it/);
  });

  const said: [what: string, parts: Partial<BodyParts>, expected: RegExp][] = [
    [
      "a new service",
      { description: { from: undefined, to: image("sha-2222222") } },
      /^api is new in prod: `sha-2222222`/,
    ],
    ["a removed one", { description: { from: image("sha-1111111"), to: undefined } }, /^prod no longer has api/],
    ["configuration", { description: { from: image("v1.0.0"), to: image("v1.0.0") } }, /^The image stays `v1\.0\.0`/],
    [
      "charts",
      { unit: { environment: "prod", service: undefined, path: "charts" } },
      /^Brings `charts\/` of main to prod/,
    ],
    ["manifests that stay", { diff: "" }, /The manifests stay as they are\./],
  ];
  for (const [what, parts, expected] of said) {
    it(`tells ${what}`, () => {
      assert.match(body(parts), expected);
    });
  }

  it("does not let what is shown end the fence around it", () => {
    const text = body({ diff: "+````\n+@everyone\n" });
    assert.match(text, /\n`````diff\n\+````\n\+@everyone\n`````\n/);
  });

  it("stays within what GitHub takes, and says that there is more", () => {
    const text = body({ diff: "+line of a manifest\n".repeat(10_000) });
    assert.equal(text.length < 60_000, true);
    assert.match(text, /There is more: \d+ characters are not shown\./);
  });
});

describe("the link to an image's commits", () => {
  const server = "https://github.com";
  it("compares the two commits in the repository that the image is called after", () => {
    const link = compareLink(server, image("sha-1111111"), image("sha-2222222"));
    assert.equal(link, "https://github.com/vaarak/api/compare/1111111...2222222");
  });

  const none: [what: string, from: ReturnType<typeof image>, to: ReturnType<typeof image>][] = [
    ["a version", image("v1.0.0"), image("sha-2222222")],
    [
      "another registry",
      image("sha-1111111", "registry.example.com/a/b"),
      image("sha-2222222", "registry.example.com/a/b"),
    ],
    ["another repository than before", image("sha-1111111", "ghcr.io/vaarak/old"), image("sha-2222222")],
    ["a deeper name", image("sha-1111111", "ghcr.io/a/b/c"), image("sha-2222222", "ghcr.io/a/b/c")],
  ];
  for (const [what, from, to] of none) {
    it(`is none for ${what}`, () => {
      assert.equal(compareLink(server, from, to), undefined);
    });
  }
});
