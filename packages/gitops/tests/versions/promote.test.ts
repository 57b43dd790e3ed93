import assert from "node:assert/strict";
import { until } from "@gitops-platform/clients/until";
import { bump } from "../../versions/bump";
import { promote } from "../../versions/promote";
import { GitopsRepository, repository, values } from "@gitops-platform/test-support/gitops-repository";

const order = { service: "api", from: "dev", to: "staging", force: undefined as string | undefined };
const DIGEST = `sha256:${"0a".repeat(32)}`;
const dev = values("sha-2222222").replace(" # Updated", ` # x\n  digest: "${DIGEST}" # Updated`);

describe("a promotion", function () {
  this.slow(5000);
  let gitops: GitopsRepository;
  let main: string;
  beforeEach(async () => {
    gitops = new GitopsRepository();
    await gitops.make({
      files: {
        "environments/dev/api.yaml": dev,
        "environments/staging/api.yaml": values("sha-1111111"),
        "environments/prod/api.yaml": values("sha-1111111"),
      },
    });
    const { data } = await gitops.octokit("owner").rest.git.getRef({ ...repository, ref: "heads/main" });
    main = data.object.sha;
  });
  afterEach(() => gitops.remove());

  const run = (more: Partial<typeof order> = {}, timeout?: number, said: string[] = []) =>
    gitops.change((session, waiting) => promote(session, { ...order, ...more }, waiting), {
      said,
      ...(timeout && { timeout }),
    });

  async function report(environment: string, state: "success" | "failure", ref = main): Promise<void> {
    const { rest } = gitops.octokit("argocd");
    const asked = { ...repository, ref, environment, auto_merge: false, required_contexts: [] };
    const { data } = await rest.repos.createDeployment(asked);
    assert.ok("id" in data);
    await rest.repos.createDeploymentStatus({ ...repository, deployment_id: data.id, state });
  }

  it("copies tag and digest of the Healthy version, and changes nothing else", async () => {
    await report("dev/api", "success");
    gitops.judge();
    const outcome = await run();
    assert.equal(outcome.state, "merged");
    assert.equal(outcome.image, `sha-2222222@${DIGEST}`);
    const staging = values("sha-2222222").trimEnd() + `\n  digest: "${DIGEST}"\n`;
    assert.equal(await gitops.read("environments/staging/api.yaml"), staging);
    assert.equal(
      (await gitops.log())[0],
      "Promote api sha-2222222 from dev to staging (#1)\n\n" +
        `Service: api\nEnvironment: staging\nImage: sha-2222222@${DIGEST}\nPromoted-From: dev\nRequested-By: @dora`,
    );
    assert.equal((await run()).state, "already");
    assert.equal((await gitops.pulls()).length, 1);
  });

  it("keeps each environment's registry, and says whether both have the same image", async () => {
    const STAGING = "environments/staging/api.yaml";
    const mirrored = (text: string) => text.replace("ghcr.io/vaarak/api", "registry.staging.example/api");
    await gitops.commit("Registry", { [STAGING]: mirrored(values("sha-1111111")) }, "registry");
    const pull = { ...repository, head: "registry", base: "main", title: "Registry" };
    const { number } = (await gitops.octokit("owner").rest.pulls.create(pull)).data;
    gitops.judge();
    await until("the registry is on main", async () => {
      await gitops.octokit("owner").rest.pulls.merge({ ...repository, pull_number: number });
      return { done: true };
    });
    await report("dev/api", "success");
    const said: string[] = [];
    assert.equal((await run({}, undefined, said)).state, "merged");
    const promoted = mirrored(values("sha-2222222")).trimEnd() + `\n  digest: "${DIGEST}"\n`;
    assert.equal(await gitops.read(STAGING), promoted);
    const places =
      /It comes from `ghcr\.io\/vaarak\/api:sha-2222222@sha256:0a0a.*` and .* as `registry\.staging\.example\/api:/;
    assert.match(said.join("\n"), places);
    assert.match(said.join("\n"), /: the digest says that both are the same image\./);
    assert.match((await gitops.pulls()).at(-1)?.body ?? "", places);
  });

  it("is refused by the rules of main, even with --force, but not by those of another branch", async () => {
    await report("dev/api", "success");
    await gitops.commit("Rules", { "gitops.yaml": "tags: { kinds: { commit: false } }\n" }, "rules");
    gitops.judge();
    const order = { service: "api", environment: "dev", version: { tag: "sha-c3c3c3c" } };
    await gitops.change((session, waiting) => bump(session, order, waiting), { login: "pat" });
    const pull = { ...repository, head: "rules", base: "main", title: "Rules" };
    const { number } = (await gitops.octokit("owner").rest.pulls.create(pull)).data;
    await gitops.approve("pat", number);
    await until("the rules are on main", async () => {
      await gitops.octokit("owner").rest.pulls.merge({ ...repository, pull_number: number });
      return { done: true };
    });
    await assert.rejects(
      run({ force: "now" }),
      /^Failure: tag: got "sha-c3c3c3c"; expected the tag of one build: a version/,
    );
    const again = { ...order, version: { tag: "sha-d4d4d4d" } };
    await assert.rejects(
      gitops.change((session, waiting) => bump(session, again, waiting)),
      /^Failure: tag: got "sha-d4d4d4d"/,
    );
    const pinned = { ...order, version: { tag: "latest", digest: DIGEST } };
    assert.equal(
      (await gitops.change((session, waiting) => bump(session, pinned, waiting), { login: "pat" })).state,
      "merged",
    );
  });

  it("is continued by the same command after an interruption", async () => {
    await report("dev/api", "success");
    await assert.rejects(run({}, 300), /still for #1: the check validate/);
    gitops.judge();
    const outcome = await run();
    assert.deepEqual([outcome.state, outcome.pullRequest?.number], ["merged", 1]);
  });

  it("happens once if two commands run at the same time", async () => {
    await report("dev/api", "success");
    gitops.judge();
    const outcomes = await Promise.all([run(), run()]);
    assert.ok(outcomes.every(({ state }) => state !== "waits"));
    assert.equal((await gitops.pulls()).length, 1);
  });

  it("is refused with all reasons if nothing is known of the source", async () => {
    await assert.rejects(run(), /^Failure: health: nothing is known of api in dev;.*\nTo promote it anyway: --force/);
    assert.deepEqual(await gitops.pulls(), []);
  });

  it("is refused if the source is not Healthy, unless it is forced, which is recorded", async () => {
    await report("dev/api", "failure");
    await assert.rejects(run(), /^Failure: health: api in dev is not Healthy: Degraded/);
    gitops.judge();
    const said: string[] = [];
    assert.equal((await run({ force: "only this\nhelps" }, undefined, said)).state, "merged");
    assert.match((await gitops.log())[0] ?? "", /\nForced: only this helps\n/);
    assert.match(said.join("\n"), /Forced although health: api in dev is not Healthy/);
  });

  it("is refused while another version is being promoted", async () => {
    await report("dev/api", "success");
    await gitops.commit("Other", { "environments/staging/api.yaml": values("sha-3333333") }, "promote/api-to-staging");
    const { rest } = gitops.octokit("owner");
    await rest.pulls.create({ ...repository, head: "promote/api-to-staging", base: "main", title: "Other" });
    await assert.rejects(run(), /^Failure: promotion: .*\/pull\/1 brings sha-3333333 to staging already/);
  });

  it("changes only main if it is to production, and says that a release waits", async () => {
    await report("staging/api", "success");
    gitops.judge();
    const prod = await gitops.change((session, waiting) =>
      promote(session, { service: "api", from: "staging", to: "prod", force: undefined }, waiting),
    );
    assert.deepEqual([prod.state, prod.release], ["already", undefined]);
    await report("dev/api", "success");
    await run();
    const { data } = await gitops.octokit("owner").rest.git.getRef({ ...repository, ref: "heads/main" });
    await report("staging/api", "success", data.object.sha);
    const next = await gitops.change((session, waiting) =>
      promote(session, { service: "api", from: "staging", to: "prod", force: undefined }, waiting),
    );
    assert.deepEqual([next.state, next.release], ["merged", "env/prod"]);
    assert.equal(await gitops.read("environments/prod/api.yaml", "env/prod"), values("sha-1111111"));
  });
});
