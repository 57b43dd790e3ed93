import assert from "node:assert/strict";
import { describe as describeRelease } from "../../release/description";
import { LocalRepository } from "@gitops-platform/test-support/local-repository";

const path = "environments/prod/api.yaml";
const unit = { environment: "prod", service: "api" };
const values = (repository: string, tag: string) => `image:\n  repository: ${repository}\n  tag: ${tag}\n`;

describe("the subject of a release", () => {
  const local = new LocalRepository();
  after(() => {
    local.remove();
  });
  const described = (before: string | null, after: string | null) => {
    const [from, to] = [local.commit({ [path]: before }), local.commit({ [path]: after })];
    return describeRelease(local.clone, unit, from, to);
  };
  const old = values("ghcr.io/vaarak/api", "sha-1111111");

  const subjects: [what: string, before: string | null, after: string | null, subject: string][] = [
    ["another tag", old, values("ghcr.io/vaarak/api", "sha-2222222"), "Release api sha-2222222 to prod"],
    [
      "the same tag of another repository",
      old,
      values("ghcr.io/evil/api", "sha-1111111"),
      "Release api from ghcr.io/evil/api:sha-1111111 to prod",
    ],
    ["a new service", null, old, "Release api sha-1111111 to prod"],
    ["a removed service", old, null, "Remove api from prod"],
    ["other values", old, `${old}replicaCount: 2\n`, "Release configuration of api to prod"],
  ];
  for (const [what, before, after, subject] of subjects) {
    it(`names ${what}`, async () => {
      assert.equal((await described(before, after)).subject, subject);
    });
  }

  it("keeps a repository's name on one line", async () => {
    const { subject } = await described(old, values('"ghcr.io/x\\n\\nService: evil"', "sha-1111111"));
    assert.equal(subject, "Release api from ghcr.io/x?Service: evil:sha-1111111 to prod");
  });

  it("does not call an image that cannot be read a removal", async () => {
    const { subject, to, trailers } = await described(old, "image: {<<: {tag: x}}\n");
    assert.equal(subject, "Release configuration of api to prod");
    assert.deepEqual([to?.state, "Image" in trailers], ["unreadable", false]);
    assert.match(to?.state === "unreadable" ? to.reason : "", /^environments\/prod\/api\.yaml:1:9: got a merge key/);
  });
});
