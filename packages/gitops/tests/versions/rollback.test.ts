import assert from "node:assert/strict";
import { describeOutcome } from "../../versions/outcome";
import { rollback } from "../../versions/rollback";
import { GitopsRepository, repository, values } from "@gitops-platform/test-support/gitops-repository";

const DEV = "environments/dev/api.yaml";
const PROD = "environments/prod/api.yaml";

describe("a rollback", function () {
  this.slow(5000);
  let gitops: GitopsRepository;
  let bad: string;
  let badInProd: string;
  beforeEach(async () => {
    gitops = new GitopsRepository();
    await gitops.makeEmpty();
    await gitops.commit("First", { [DEV]: values("sha-1111111"), [PROD]: values("sha-1111111") });
    bad = await gitops.commit("Bad", { [DEV]: values("sha-2222222"), [PROD]: values("sha-2222222") });
    await gitops.commit("More pods", { [DEV]: `replicaCount: 2\n${values("sha-2222222")}` });
    badInProd = await gitops.commit("Released", {}, "env/prod");
    // This version of production is on main, but not released.
    await gitops.commit("Promoted", { [PROD]: values("sha-3333333") });
  });
  afterEach(() => gitops.remove());

  const run = (environment: string, to?: string, said: string[] = []) =>
    gitops.change(
      (session, waiting) => rollback(session, { service: "api", environment, reason: "it\nfails", to }, waiting),
      {
        said,
      },
    );

  it("restores the previous version, and changes nothing else", async () => {
    const outcome = await run("dev");
    assert.deepEqual([outcome.state, outcome.image, outcome.release], ["merged", "sha-1111111", undefined]);
    assert.equal(await gitops.read(DEV), `replicaCount: 2\n${values("sha-1111111")}`);
    assert.equal(
      (await gitops.log())[0],
      "Roll back api in dev to sha-1111111 (#1)\n\nit fails\n\n" +
        `Service: api\nEnvironment: dev\nImage: sha-1111111\nReverts: ${bad}\nRequested-By: @dora`,
    );
  });

  it("lists what else the version's commit changed, which stays, and how to undo it", async () => {
    const both = `replicaCount: 9\nprobes:\n  path: /x\n${values("sha-4444444")}`;
    const commit = await gitops.commit("Much", { [DEV]: both, "charts/service/values.yaml": "a: 1\n" });
    await gitops.commit("Fewer again", { [DEV]: `replicaCount: 2\nprobes:\n  path: /x\n${values("sha-4444444")}` });
    const outcome = await run("dev");
    const undo = `git revert ${commit.slice(0, 12)}`;
    const files = ["charts/service/values.yaml"];
    // The replicas are back already.
    assert.deepEqual(outcome.kept, [{ commit, undo, values: ["probes.path"], files }]);
    const line = describeOutcome(outcome).split("\n")[1] ?? "";
    assert.match(
      line,
      /^Only the image went back: .* stays \(probes\.path, charts\/service\/values\.yaml\)\. .*: git revert /,
    );
    assert.equal((await gitops.pulls()).at(-1)?.body?.includes(line), true);
    // A commit with bumps of several services changes nothing else of this one.
    await gitops.commit("Bumps", { [DEV]: values("sha-5555555"), "environments/dev/web.yaml": values("sha-5555555") });
    await gitops.commit("Bumps", { [DEV]: values("sha-6666666"), "environments/dev/web.yaml": values("sha-6666666") });
    assert.equal((await run("dev")).kept, undefined);
  });

  it("changes nothing if it is repeated, unless it names a version", async () => {
    await run("dev");
    const said: string[] = [];
    assert.equal((await run("dev", undefined, said)).state, "already");
    assert.match(said.join("\n"), /api in dev went back to sha-1111111 already/);
    assert.equal((await run("dev", "sha-2222222")).state, "merged");
    assert.equal(await gitops.read(DEV), `replicaCount: 2\n${values("sha-2222222")}`);
  });

  it("of production starts at the released version, and also removes an unreleased promotion", async () => {
    const said: string[] = [];
    const outcome = await run("prod", undefined, said);
    assert.deepEqual([outcome.state, outcome.image, outcome.release], ["merged", "sha-1111111", "env/prod"]);
    assert.match(said.join("\n"), /sha-3333333 on main, not released yet, is rolled back too\./);
    assert.equal(await gitops.read(PROD), values("sha-1111111"));
    assert.equal(await gitops.read(PROD, "env/prod"), values("sha-2222222"));
    assert.match((await gitops.log())[0] ?? "", new RegExp(`\nReverts: ${bad}\n`));
    assert.notEqual(badInProd, bad);
    const again = await run("prod");
    assert.deepEqual([again.state, again.release], ["already", "env/prod"]);
  });

  it("keeps the environment's present registry, and says that the tag was from another one", async () => {
    const moved = (tag: string) => values(tag).replace("ghcr.io/vaarak/api", "registry.example/api");
    await gitops.commit("Registry", { [DEV]: moved("sha-2222222") });
    await gitops.commit("Bump", { [DEV]: moved("sha-4444444") });
    const said: string[] = [];
    assert.equal((await run("dev", "sha-1111111", said)).state, "merged");
    assert.equal(await gitops.read(DEV), moved("sha-1111111"));
    assert.match(
      said.join("\n"),
      /It comes from `ghcr\.io\/vaarak\/api:sha-1111111` and .* as `registry\.example\/api:sha-1111111`\. No digest/,
    );
    assert.match((await gitops.pulls()).at(-1)?.body ?? "", /\*\*No digest says that both are the same image\.\*\*/);
  });

  it("is refused to a moving tag under the present rules, unless a digest pins it", async () => {
    const digest = `  digest: "sha256:${"0a".repeat(32)}"\n`;
    await gitops.commit("Moving", { [DEV]: values("1.4.2-SNAPSHOT") });
    await gitops.commit("Pinned", { [DEV]: values("latest") + digest });
    await gitops.commit("Next", { [DEV]: values("48213") });
    await assert.rejects(
      run("dev", "1.4.2-SNAPSHOT"),
      /^Failure: tag: got "1\.4\.2-SNAPSHOT"; expected the tag of one build/,
    );
    assert.equal((await run("dev", "latest")).state, "merged");
    assert.equal(await gitops.read(DEV), values("latest") + digest);
  });

  it("is refused if there is no earlier version", async () => {
    await gitops.commit("Web", { "environments/dev/web.yaml": values("sha-1111111", "web") }, "main");
    await assert.rejects(
      gitops.change((session, waiting) =>
        rollback(session, { service: "web", environment: "dev", reason: "x", to: undefined }, waiting),
      ),
      /environments\/dev\/web\.yaml: sha-1111111 is its first version/,
    );
    const { data } = await gitops.octokit("owner").rest.pulls.list({ ...repository, state: "all" });
    assert.deepEqual(data, []);
  });
});
