import assert from "node:assert/strict";
import { type BodyParts, releaseBody } from "../../release/pull-request";

const image = (tag: string, repository = "ghcr.io/vaarak/api") => ({
  state: "read" as const,
  image: { repository, tag },
});
const noFile = { state: "no file" } as const;
const body = (more: Partial<BodyParts>) =>
  releaseBody({
    unit: { environment: "prod", service: "api" },
    path: "environments/prod/api.yaml",
    description: { from: image("sha-1111111"), to: image("sha-2222222"), delivery: "none", values: "changed" },
    diff: "@@ -1 +1 @@\n-a\n+b\n",
    deleted: [],
    namespace: undefined,
    inherited: undefined,
    contributors: [],
    siblings: [],
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

  it("names the other environments that a release may wait for", () => {
    const together =
      /^\*\*A release into `prod-eu` may wait too\*\*: `gitops approve api --all` approves them together,/m;
    assert.match(body({ siblings: ["prod-eu"] }), together);
    assert.doesNotMatch(body({}), /gitops approve/);
    const charts = { unit: { environment: "prod", service: undefined }, siblings: ["prod-eu"] };
    assert.match(body(charts), /`gitops approve charts --all`/);
  });

  const said: [what: string, parts: Partial<BodyParts>, expected: RegExp][] = [
    [
      "a new service",
      { description: { from: noFile, to: image("sha-2222222"), delivery: "none", values: "changed" } },
      /^api is new in prod: `ghcr\.io\/vaarak\/api:sha-2222222`/,
    ],
    [
      "a removed service",
      { description: { from: image("sha-1111111"), to: noFile, delivery: "none", values: "changed" } },
      /^prod no longer has api/,
    ],
    [
      "an image that cannot be read, which is not a removal",
      {
        description: {
          from: image("sha-1111111"),
          to: { state: "unreadable", reason: "x" },
          delivery: "none",
          values: "changed",
        },
      },
      /^The image of api cannot be read in `environments\/prod\/api\.yaml`/,
    ],
    [
      "an image that could not be read before",
      {
        description: {
          from: { state: "unreadable", reason: "x" },
          to: image("sha-2222222"),
          delivery: "none",
          values: "changed",
        },
      },
      /^What api has in prod cannot be read; the image becomes: `ghcr\.io\/vaarak\/api:sha-2222222`/,
    ],
    [
      "the same tag of another repository",
      {
        description: {
          from: image("v1.0.0"),
          to: image("v1.0.0", "ghcr.io/evil/api"),
          delivery: "none",
          values: "changed",
        },
      },
      /^\*\*The image comes from another place\.\*\* api in prod: `ghcr\.io\/vaarak\/api:.*` → `ghcr\.io\/evil\/api:/,
    ],
    [
      "configuration",
      { description: { from: image("v1.0.0"), to: image("v1.0.0"), delivery: "none", values: "changed" } },
      /^The image stays `ghcr\.io\/vaarak\/api:v1\.0\.0`/,
    ],
    ["charts", { unit: { environment: "prod", service: undefined } }, /^Brings `charts\/` of main to prod/],
    [
      "only manifests",
      { description: { from: image("v1.0.0"), to: image("v1.0.0"), delivery: "none", values: "same" } },
      /^Brings the manifests of api: prod has/,
    ],
    [
      "what delivers a service",
      { description: { from: image("v1.0.0"), to: image("v1.0.0"), delivery: "changed", values: "same" } },
      /^Brings `delivery\/prod\/api\.yaml`, the objects that deliver api in prod\. Its values stay/,
    ],
    [
      "a service whose workload was deleted before",
      { description: { from: noFile, to: noFile, delivery: "removed", values: "same" }, namespace: "deleted" },
      /^\*\*Removes api from prod\*\*, where its workload was deleted before[^]*\n\n\*\*Argo CD deletes the namespace/,
    ],
    [
      "a change of what delivers the service beside its values",
      { description: { from: image("v1.0.0"), to: image("v1.0.1"), delivery: "changed", values: "changed" } },
      /\n\n\*\*What delivers it changes too\*\*, such as .*`delivery\/prod\/api\.yaml` below\.\n/,
    ],
    [
      "a namespace that belonged to others",
      { inherited: { namespace: "shop", owners: ["web"] } },
      /\n\n\*\*The namespace `shop` belonged to `web` before\.\*\* `api` gets/,
    ],
    ["unchanged manifests", { diff: "" }, /Nothing changes in the cluster/],
  ];
  for (const [what, parts, expected] of said) {
    it(`describes ${what}`, () => {
      assert.match(body(parts), expected);
    });
  }

  it("lists what a retirement deletes, and says that the namespace stays", () => {
    const retired = { from: image("v1.0.0"), to: noFile, delivery: "retired", values: "changed" } as const;
    const text = body({ description: retired, deleted: ["Deployment api", "Service ```@ann"] });
    assert.match(
      text,
      /^\*\*Retires api in prod\.\*\* Its workload is deleted\. Its namespace and its Application stay;/,
    );
    const list = "These 2 objects will be deleted in prod:\n\n````text\nDeployment api\nService ```@ann\n````\n\n";
    assert.equal(text.includes(`\n\n${list}The namespace stays, with what this list does not name`), true, text);
    assert.match(text, /it comes again when `environments\/prod\/api\.yaml` or `services\/api\.yaml` changes on main/);
  });

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
