import assert from "node:assert/strict";
import { type BodyParts, releaseBody } from "../../release/pull-request";

const image = (tag: string, repository = "ghcr.io/vaarak/api") => ({
  state: "read" as const,
  image: { repository, tag },
});
const noFile = { state: "no file" } as const;
const body = (more: Partial<BodyParts>) =>
  releaseBody({
    unit: { environment: "prod", service: "api", path: "environments/prod/api.yaml" },
    description: { from: image("sha-1111111"), to: image("sha-2222222"), rendersOnly: false },
    diff: "@@ -1 +1 @@\n-a\n+b\n",
    contributors: [],
    commits: undefined,
    ...more,
  });

describe("the body of a release", () => {
  it("has the changes, the contributors and how to release them", () => {
    const text = body({ contributors: [{ login: "ada", did: "asked for #12" }] });
    assert.match(text, /^api in prod: `sha-1111111` → `sha-2222222` of `ghcr\.io\/vaarak\/api`\.\n\nWhat changes/);
    assert.match(text, /```diff\n@@ -1 \+1 @@\n-a\n\+b\n```\n/);
    assert.match(text, /- @ada asked for #12\n/);
    assert.match(text, /\*\*To release it\*\*, approve it/);
  });

  const said: [what: string, parts: Partial<BodyParts>, expected: RegExp][] = [
    [
      "a new service",
      { description: { from: noFile, to: image("sha-2222222"), rendersOnly: false } },
      /^api is new in prod: `ghcr\.io\/vaarak\/api:sha-2222222`/,
    ],
    [
      "a removed service",
      { description: { from: image("sha-1111111"), to: noFile, rendersOnly: false } },
      /^prod no longer has api/,
    ],
    [
      "an image that cannot be read, which is not a removal",
      { description: { from: image("sha-1111111"), to: { state: "unreadable", reason: "x" }, rendersOnly: false } },
      /^The image of api cannot be read in `environments\/prod\/api\.yaml`/,
    ],
    [
      "an image that could not be read before",
      { description: { from: { state: "unreadable", reason: "x" }, to: image("sha-2222222"), rendersOnly: false } },
      /^What api has in prod cannot be read; the image becomes: `ghcr\.io\/vaarak\/api:sha-2222222`/,
    ],
    [
      "the same tag of another repository",
      { description: { from: image("v1.0.0"), to: image("v1.0.0", "ghcr.io/evil/api"), rendersOnly: false } },
      /^\*\*The image comes from another place\.\*\* api in prod: `ghcr\.io\/vaarak\/api:v1\.0\.0` → `ghcr\.io\/evil\/api:v1\.0\.0`/,
    ],
    [
      "configuration",
      { description: { from: image("v1.0.0"), to: image("v1.0.0"), rendersOnly: false } },
      /^The image stays `ghcr\.io\/vaarak\/api:v1\.0\.0`/,
    ],
    [
      "charts",
      { unit: { environment: "prod", service: undefined, path: "charts" } },
      /^Brings `charts\/` of main to prod/,
    ],
    [
      "only manifests",
      { description: { from: image("v1.0.0"), to: image("v1.0.0"), rendersOnly: true } },
      /^Brings the manifests of api: prod has/,
    ],
    ["unchanged manifests", { diff: "" }, /Nothing changes in the cluster/],
  ];
  for (const [what, parts, expected] of said) {
    it(`describes ${what}`, () => {
      assert.match(body(parts), expected);
    });
  }

  it("uses a fence that the shown diff cannot end", () => {
    const text = body({ diff: "+````\n+@everyone\n" });
    assert.match(text, /\n`````diff\n\+````\n\+@everyone\n`````\n/);
  });

  const url = "https://github.com/vaarak/api/compare/1111111...2222222";
  const commit = (subject: string, author = "dev") => ({ sha: "2".repeat(40), subject, author });

  it("lists the commits of the new image as plain text", () => {
    const first = [commit("Fixes #1 for @everyone ````"), commit("x".repeat(200), "[Eve](http://x)")];
    const text = body({ commits: { url, count: 23, gone: 1, first } });
    const list = [
      `It [brings 23 commits and takes back 1 commit](${url}):`,
      "",
      "`````text",
      "2222222 Fixes #1 for @everyone ```` (dev)",
      `2222222 ${"x".repeat(100)}… ([Eve](http://x))`,
      "`````",
      "",
      "There are 21 more.",
    ];
    assert.equal(text.includes(`\n\n${list.join("\n")}\n\nWhat changes`), true, text);
  });

  it("says that an image is older than the present one", () => {
    const text = body({ commits: { url, count: 0, gone: 3, first: [] } });
    assert.match(text, /\n\nIt \[takes back 3 commits\]\(https:\S+\)\.\n\n/);
  });

  it("stays within GitHub's limit, and says that there is more", () => {
    const text = body({ diff: "+line of a manifest\n".repeat(10_000) });
    assert.equal(text.length < 60_000, true);
    assert.match(text, /There is more: \d+ characters are not shown\./);
  });
});
