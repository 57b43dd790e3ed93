import assert from "node:assert/strict";
import { stringify } from "yaml";
import { candidate } from "../../../gitops/validate/candidate";
import { movingTags, rulesFor } from "../../../gitops/validate/broken-rules";
import { stagingMirrors } from "../../../gitops/validate/values";
import { values } from "../../support/gitops-repository";
import { LocalRepository } from "../../support/local-repository";

const DEV = "environments/dev/api.yaml";
const STAGING = "environments/staging/api.yaml";
const PROD = "environments/prod/api.yaml";
const STRICT = "tags: { kinds: { commit: false } }\n";
const withEnv = (level: string) => `${values("sha-1111111")}env:\n  LOG_LEVEL: ${level}\n`;

describe("the rules that judge a change", () => {
  let local: LocalRepository;
  beforeEach(() => {
    local = new LocalRepository();
    const production = { [STAGING]: withEnv("info"), [PROD]: withEnv("info") };
    setMain(local.commit({ [DEV]: values("sha-1111111"), ...production }));
  });
  afterEach(() => {
    local.remove();
  });

  function setMain(commit: string): void {
    local.git("update-ref", "refs/remotes/origin/main", commit);
  }

  /** What a commit on top of a base breaks. */
  async function problems(branch: string, base: string, files: Record<string, string | null>): Promise<string[]> {
    local.git("checkout", "--quiet", "--detach", base);
    const change = await candidate(local.clone, branch, base, local.commit(files));
    const { rules, problems: wrong } = await rulesFor(change);
    const found = [...(await movingTags(change, rules.tags)), ...(await stagingMirrors(change, rules.staging))];
    return [...wrong, ...found].map(({ file, message }) => `${file ?? ""}: ${message.split(";")[0] ?? ""}`);
  }
  const main = () => local.git("rev-parse", "refs/remotes/origin/main");

  it("refuse a tag that moves, without a digest", async () => {
    assert.deepEqual(await problems("main", main(), { [DEV]: values("1.4.2-SNAPSHOT") }), [
      `${DEV}: image.tag: got "1.4.2-SNAPSHOT"`,
    ]);
    const digest = `  digest: "sha256:${"0a".repeat(32)}"\n`;
    assert.deepEqual(await problems("main", main(), { [DEV]: values("1.4.2-SNAPSHOT") + digest }), []);
    assert.deepEqual(await problems("main", main(), { [DEV]: values("build-1234") }), []);
  });

  it("refuse such a tag of every other image of the service, wherever it is", async () => {
    const image = (tag: string) => ({ repository: "ghcr.io/vaarak/other", tag });
    const own = { image: image("latest"), sidecars: { proxy: { image: image("main") } } };
    const more = (workers: object) =>
      `${values("sha-1111111")}${stringify({ workers, initContainers: { a: own } }, { aliasDuplicateObjects: false })}`;
    const named = (path: string, tag: string) => `${DEV}: ${path}.tag: got ${JSON.stringify(tag)}`;
    const first = more({ image: { sidecars: { image: own } } });
    assert.deepEqual(await problems("main", main(), { [DEV]: first }), [
      named("workers.image.sidecars.image.image", "latest"),
      named("workers.image.sidecars.image.sidecars.proxy.image", "main"),
      named("initContainers.a.image", "latest"),
      named("initContainers.a.sidecars.proxy.image", "main"),
    ]);
    // What was there before does not hold up another change.
    const base = local.commit({ [DEV]: first });
    assert.deepEqual(await problems("main", base, { [DEV]: first.replace("sha-1111111", "sha-2222222") }), []);
    const digest = `sha256:${"0a".repeat(32)}`;
    const pinned = { mails: { image: { ...image("latest"), digest } }, a: { image: image("v1.2.3") } };
    assert.deepEqual(
      await problems("main", main(), { [DEV]: values("sha-1111111") + stringify({ workers: pinned }) }),
      [],
    );
  });

  for (const [what, image] of [
    ["over several lines", "  tag: |-\n    latest\n"],
    ["left out", ""],
    ["with the digest null", '  tag: "latest"\n  digest: null\n'],
    ["with an empty digest", "  tag: \"latest\"\n  digest: ''\n"],
  ] as const) {
    it(`refuse a tag ${what}`, async () => {
      const text = `image:\n  repository: ghcr.io/vaarak/api\n${image}`;
      assert.equal((await problems("main", main(), { [DEV]: text })).length, 1);
    });
  }

  it("do not hold up a change of something else where they became stricter", async () => {
    setMain(local.commit({ "gitops.yaml": STRICT }));
    assert.deepEqual(await problems("main", main(), { [DEV]: `replicaCount: 2\n${values("sha-1111111")}` }), []);
    assert.equal((await problems("main", main(), { [DEV]: values("sha-b2c3d4e") })).length, 1);
  });

  it("refuse a new difference of staging, unless they name it", async () => {
    const files = { [STAGING]: withEnv("debug") };
    assert.deepEqual(await problems("main", main(), files), [`${STAGING}: env.LOG_LEVEL: got "debug"`]);
    const rules = "staging: { mayDiffer: [env.LOG_LEVEL] }\n";
    assert.deepEqual(await problems("main", main(), { ...files, "gitops.yaml": rules }), []);
  });

  it("are on main those that the merge makes: the change's own, and what main has by now", async () => {
    const before = main();
    assert.deepEqual(await problems("main", before, { [DEV]: values("sha-b2c3d4e"), "gitops.yaml": STRICT }), [
      `${DEV}: image.tag: got "sha-b2c3d4e"`,
    ]);
    local.git("checkout", "--quiet", "--detach", before);
    const head = local.commit({ [DEV]: values("sha-b2c3d4e") });
    local.git("checkout", "--quiet", "--detach", before);
    const base = local.commit({ "gitops.yaml": STRICT });
    const { rules } = await rulesFor(await candidate(local.clone, "main", base, head));
    assert.equal(rules.tags.kinds.has("commit"), false);
  });

  it("are on env/prod those of main, whatever the branch or the change has", async () => {
    const production = local.commit({ "gitops.yaml": "tags: { patterns: ['latest-[0-9]{1,2}'] }\n" });
    const files = { [PROD]: values("latest-1"), "gitops.yaml": "staging: {}\n" };
    assert.deepEqual(await problems("env/prod", production, files), [`${PROD}: image.tag: got "latest-1"`]);
    setMain(production);
    assert.deepEqual(await problems("env/prod", production, files), []);
    setMain(local.commit({ "gitops.yaml": "tag: {}\n" }));
    const [wrong] = await problems("env/prod", production, files);
    assert.equal(wrong, "gitops.yaml: tag: got {}");
  });

  it("are no link, and no folder", async () => {
    assert.deepEqual(await problems("main", main(), { "gitops.yaml/x": STRICT, [DEV]: values("sha-b2c3d4e") }), []);
  });
});
