import assert from "node:assert/strict";
import { stringify } from "yaml";
import { parseRules } from "@gitops-platform/rules/rules";
import { environmentsFile } from "@gitops-platform/components/repository/written-files";
import { graph } from "@gitops-platform/environments/environments";
import { unexpectedFiles } from "../../validate/unexpected-files";
import { TWO_PRODUCTIONS } from "@gitops-platform/test-support/graphs";
import { candidate } from "../../validate/candidate";
import { movingTags, rulesFor } from "../../validate/broken-rules";
import { mirrored } from "../../validate/values";
import { values } from "@gitops-platform/test-support/gitops-repository";
import { LocalRepository } from "@gitops-platform/test-support/local-repository";

const DEV = "environments/dev/api.yaml";
const STAGING = "environments/staging/api.yaml";
const PROD = "environments/prod/api.yaml";
const STRICT = "tags: { kinds: { commit: false } }\n";
const withEnv = (level: string) => `${values("sha-1111111")}env:\n  LOG_LEVEL: ${level}\n`;

describe("the paths of other sources in which staging may differ", () => {
  const read = (entry: string) =>
    parseRules(`staging: { sources: [${entry}] }\n`).problems.map(({ message }) => message);

  it("are those of charts and of manifests", () => {
    assert.deepEqual(read("{ source: charts/shop, path: a.*.b }, { source: manifests, path: Job/a.spec }"), []);
  });

  for (const [what, entry, said] of [
    ["the service chart", "{ source: charts/service, path: a }", /sources\[0\]\.source: got "charts\/service"/],
    ["something else", "{ source: a, path: a }", /sources\[0\]\.source: got "a"/],
    ["everything", "{ source: manifests, path: '*.*' }", /sources\[0\]\.path: .*expected a path with a name in it/],
    ["a missing path", "{ source: manifests }", /sources\[0\]: .*expected source and path/],
    ["an unknown key", "{ source: manifests, path: a, service: b }", /sources\[0\]\.service: /],
  ] as const) {
    it(`are not those of ${what}`, () => {
      assert.match(read(entry).join("\n"), said);
    });
  }
});

describe("the rules for a change", () => {
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

  /** The problems of a commit on top of a base. */
  async function problems(branch: string, base: string, files: Record<string, string | null>): Promise<string[]> {
    local.git("checkout", "--quiet", "--detach", base);
    const change = await candidate(local.clone, branch, base, local.commit(files), graph);
    const { rules, problems: wrong } = await rulesFor(change);
    const found = [...(await movingTags(change, rules.tags)), ...(await mirrored(change, rules.staging))];
    return [...wrong, ...found].map(({ file, message }) => `${file ?? ""}: ${message.split(";")[0] ?? ""}`);
  }
  const main = () => local.git("rev-parse", "refs/remotes/origin/main");

  it("refuse a moving tag without a digest", async () => {
    assert.deepEqual(await problems("main", main(), { [DEV]: values("1.4.2-SNAPSHOT") }), [
      `${DEV}: image.tag: got "1.4.2-SNAPSHOT"`,
    ]);
    const digest = `  digest: "sha256:${"0a".repeat(32)}"\n`;
    assert.deepEqual(await problems("main", main(), { [DEV]: values("1.4.2-SNAPSHOT") + digest }), []);
    assert.deepEqual(await problems("main", main(), { [DEV]: values("build-1234") }), []);
  });

  it("refuse a moving tag in every other image of the service", async () => {
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
    // An earlier problem does not block another change.
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
    it(`refuse an image with a tag ${what}`, async () => {
      const text = `image:\n  repository: ghcr.io/vaarak/api\n${image}`;
      assert.equal((await problems("main", main(), { [DEV]: text })).length, 1);
    });
  }

  it("do not block an unrelated change after they became stricter", async () => {
    setMain(local.commit({ "gitops.yaml": STRICT }));
    assert.deepEqual(await problems("main", main(), { [DEV]: `replicaCount: 2\n${values("sha-1111111")}` }), []);
    assert.equal((await problems("main", main(), { [DEV]: values("sha-b2c3d4e") })).length, 1);
  });

  it("refuse a new difference between staging and production, unless they permit it", async () => {
    const files = { [STAGING]: withEnv("debug") };
    assert.deepEqual(await problems("main", main(), files), [`${STAGING}: env.LOG_LEVEL: got "debug"`]);
    const rules = "staging: { mayDiffer: [env.LOG_LEVEL] }\n";
    assert.deepEqual(await problems("main", main(), { ...files, "gitops.yaml": rules }), []);
  });

  it("are those of the merge result on main: with the change, and with main's newest commit", async () => {
    const before = main();
    assert.deepEqual(await problems("main", before, { [DEV]: values("sha-b2c3d4e"), "gitops.yaml": STRICT }), [
      `${DEV}: image.tag: got "sha-b2c3d4e"`,
    ]);
    local.git("checkout", "--quiet", "--detach", before);
    const head = local.commit({ [DEV]: values("sha-b2c3d4e") });
    local.git("checkout", "--quiet", "--detach", before);
    const base = local.commit({ "gitops.yaml": STRICT });
    const { rules } = await rulesFor(await candidate(local.clone, "main", base, head, graph));
    assert.equal(rules.tags.kinds.has("commit"), false);
  });

  it("are those of main on env/prod, regardless of the branch and the change", async () => {
    const production = local.commit({ "gitops.yaml": "tags: { patterns: ['latest-[0-9]{1,2}'] }\n" });
    const files = { [PROD]: values("latest-1"), "gitops.yaml": "staging: {}\n" };
    assert.deepEqual(await problems("env/prod", production, files), [`${PROD}: image.tag: got "latest-1"`]);
    setMain(production);
    assert.deepEqual(await problems("env/prod", production, files), []);
    setMain(local.commit({ "gitops.yaml": "tag: {}\n" }));
    const [wrong] = await problems("env/prod", production, files);
    assert.equal(wrong, "gitops.yaml: tag: got {}");
  });

  it("are the defaults if the file's path is a folder", async () => {
    assert.deepEqual(await problems("main", main(), { "gitops.yaml/x": STRICT, [DEV]: values("sha-b2c3d4e") }), []);
  });

  it("compare staging with each environment that gets its versions, and name the one that differs", async () => {
    const at = (environment: string) => `environments/${environment}/web.yaml`;
    const text = (level: string) => `${values("sha-1111111", "web")}env:\n  LEVEL: ${level}\n`;
    const same = { [at("staging")]: text("a"), [at("prod")]: text("a"), [at("prod-eu")]: text("a") };
    const base = local.commit(same);
    const change = await candidate(
      local.clone,
      "main",
      base,
      local.commit({ [at("prod-eu")]: text("b") }),
      TWO_PRODUCTIONS,
    );
    const { rules } = await rulesFor(change);
    const found = await mirrored(change, rules.staging);
    assert.deepEqual(
      found.map(({ file, message }) => `${file ?? ""}: ${message.split(";")[0] ?? ""}`),
      [`${at("staging")}: Compared with prod-eu: env.LEVEL: got "a"`],
    );
  });

  it("use the environments file of the change, and refuse a change that breaks it", async () => {
    const entries = TWO_PRODUCTIONS.environments;
    const { path, text } = environmentsFile(entries);
    const base = local.commit({ [path]: environmentsFile(graph.environments).text });
    const brings = { [path]: text, "environments/prod-eu/api.yaml": values("sha-1111111") };
    const change = await candidate(local.clone, "main", base, local.commit(brings), graph);
    assert.deepEqual([change.graph.names, unexpectedFiles(change)], [TWO_PRODUCTIONS.names, []]);
    local.git("checkout", "--quiet", "--detach", base);
    const without = await candidate(
      local.clone,
      "main",
      base,
      local.commit({ "environments/prod-eu/api.yaml": "a: 1\n" }),
      graph,
    );
    assert.equal(unexpectedFiles(without).length, 1);
    local.git("checkout", "--quiet", "--detach", base);
    const cycle = local.commit({ [path]: text.replace("name: dev,", "name: dev, promotesFrom: prod,") });
    await assert.rejects(
      candidate(local.clone, "main", base, cycle, graph),
      /environments\.dev\.promotesFrom: got a cycle/,
    );
    local.git("checkout", "--quiet", "--detach", base);
    const removed = local.commit({ [path]: null });
    await assert.rejects(candidate(local.clone, "main", base, removed, graph), /Keep the file\.$/);
    // On an environment branch, main's file applies.
    const branch = await candidate(local.clone, "env/prod", base, cycle, graph);
    assert.equal(branch.graph, graph);
  });
});
