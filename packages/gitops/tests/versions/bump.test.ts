import assert from "node:assert/strict";
import { bump } from "../../versions/bump";
import { until } from "@gitops-platform/clients/until";
import { commit } from "@gitops-platform/github-stand-in/tests/protected";
import { repository, values } from "@gitops-platform/test-support/gitops-repository";
import { pathOf, short, WithQueue } from "./queue";

const QUEUED = "bump-queue/dev/api";

describe("a bump", function () {
  this.slow(5000);
  this.timeout(180_000);
  let gitops: WithQueue;
  beforeEach(async () => {
    gitops = new WithQueue(["api", "web"]);
    await gitops.begin();
  });
  afterEach(() => gitops.remove());

  /** The commits of the queue's branch that are not on `main`, newest first. */
  async function queued(format = "%s"): Promise<string[]> {
    const clone = await gitops.clone("owner");
    const log = await clone.git("log", `--format=${format}%x00`, "origin/main..origin/bump-queue/dev/api");
    return log
      .split("\0")
      .map((text) => text.trim())
      .filter((text) => text !== "");
  }

  it("by a workflow ends with a commit in the queue that GitHub signed", async () => {
    assert.deepEqual(await gitops.bump("api", "sha-2222222"), {
      service: "api",
      environment: "dev",
      image: "sha-2222222",
      state: "queued",
      summary: "Deploy api sha-2222222 to dev",
    });
    assert.deepEqual(await gitops.branches(), [QUEUED]);
    assert.deepEqual(await gitops.pulls(), []);
    const trailers = "Service: api\nEnvironment: dev\nImage: sha-2222222\nRequested-By: @dora";
    assert.deepEqual(await queued("%B"), [`Deploy api sha-2222222 to dev\n\n${trailers}`]);
    assert.equal(await gitops.read(pathOf("api"), QUEUED), values("sha-2222222"));
    const { data } = await gitops.octokit("owner").rest.repos.getCommit({ ...repository, ref: QUEUED });
    assert.deepEqual([data.commit.verification?.verified, data.author?.login], [true, "bump[bot]"]);
  });

  it("uses one of GitHub's limited writes", async () => {
    const writes: string[] = [];
    const order = { service: "api", environment: "dev", version: { tag: "sha-2222222" } };
    await gitops.change((session, waiting) => {
      session.github.hook.before("request", ({ method, url }) => {
        if (method !== "GET") writes.push(`${method} ${url}`);
      });
      return bump(session, order, waiting);
    });
    assert.deepEqual(writes, ["PUT /repos/{owner}/{repo}/contents/{path}"]);
  });

  it("changes nothing if its version is on main or in the queue", async () => {
    assert.equal((await gitops.bump("api", "sha-1111111")).state, "already");
    assert.deepEqual(await gitops.branches(), []);
    await gitops.bump("api", "sha-2222222");
    assert.equal((await gitops.bump("api", "sha-2222222")).state, "queued");
    assert.deepEqual(await queued(), ["Deploy api sha-2222222 to dev"]);
  });

  it("is added on top of a waiting bump of the same service", async () => {
    await gitops.bump("api", "sha-2222222");
    await gitops.bump("api", "sha-3333333");
    assert.deepEqual(await queued(), ["Deploy api sha-3333333 to dev", "Deploy api sha-2222222 to dev"]);
  });

  it("is not lost among other bumps of the same service at the same time", async () => {
    const tags = ["sha-2222222", "sha-3333333", "sha-4444444"];
    await Promise.all(tags.map((tag) => gitops.bump("api", tag)));
    assert.deepEqual(
      (await queued()).sort(),
      tags.map((tag) => `Deploy api ${tag} to dev`),
    );
  });

  it("starts at main if somebody else created the queue's branch, or if main has a newer version", async () => {
    const clone = await gitops.clone("pat");
    await commit(clone, "Deploy api sha-6666666 to dev", { [pathOf("api")]: values("sha-6666666") });
    await clone.git("push", "--quiet", "origin", `HEAD:refs/heads/${QUEUED}`);
    await gitops.bump("api", "sha-2222222");
    assert.deepEqual(await queued(), ["Deploy api sha-2222222 to dev"]);
    gitops.judge();
    assert.equal((await gitops.bump("api", "sha-3333333", { login: "pat" })).state, "merged");
    await gitops.bump("api", "sha-4444444");
    assert.deepEqual(await queued(), ["Deploy api sha-4444444 to dev"]);
  });

  it("is added on top of the App's own commit, without what somebody else pushed", async () => {
    await gitops.bump("api", "sha-2222222");
    await gitops.push(
      "pat",
      QUEUED,
      QUEUED,
      { [pathOf("api")]: values("sha-6666666") },
      "Deploy api sha-6666666 to dev",
    );
    await gitops.bump("api", "sha-3333333");
    assert.deepEqual(await queued(), ["Deploy api sha-3333333 to dev", "Deploy api sha-2222222 to dev"]);
  });

  it("by a person has their own pull request", async () => {
    gitops.judge();
    assert.equal((await gitops.bump("api", "sha-2222222", { login: "pat" })).state, "merged");
    const [pull] = await gitops.pulls();
    assert.deepEqual([pull?.head.ref, pull?.user?.login], ["bump/dev-api", "pat"]);
    assert.deepEqual(await gitops.branches(), []);
  });

  it("of an unknown service is refused, with the names of the existing ones", async () => {
    await assert.rejects(
      gitops.bump("wbe", "sha-2222222"),
      /^Failure: service: got wbe, but there is no environments\/dev\/wbe\.yaml; expected one of api, web\./,
    );
  });

  describe("that waits for its merge", () => {
    /** Starts a bump that waits, and waits until it is in the queue. */
    async function start(tag: string): Promise<{ running: ReturnType<WithQueue["bump"]> }> {
      const said: string[] = [];
      const running = gitops.bump("api", tag, { wait: true, said });
      running.catch(() => undefined);
      await until("the bump is in the queue", () => {
        const isIn = said.includes("Waiting for the workflow Land to merge it");
        return Promise.resolve(isIn ? { done: true } : { waitingFor: tag });
      });
      return { running };
    }

    it("ends after its merge", async () => {
      const { running } = await start("sha-2222222");
      gitops.judge();
      await gitops.landQueue();
      const { state, pullRequest, commit } = await running;
      assert.deepEqual([state, pullRequest?.number], ["merged", 1]);
      const { data } = await gitops.octokit("owner").rest.repos.getBranch({ ...repository, branch: "main" });
      assert.equal(commit, data.commit.sha);
    });

    it("reports a later bump that replaced it", async () => {
      const { running } = await start("sha-2222222");
      await gitops.bump("api", "sha-3333333");
      gitops.judge();
      assert.deepEqual((await gitops.landQueue()).map(short), ["api merged"]);
      const { state, replacedBy } = await running;
      assert.deepEqual([state, replacedBy], ["merged", "sha-3333333"]);
    });

    it("ends if it is refused", async () => {
      const { running } = await start("sha-2222222");
      gitops.judge(() => "failure");
      await gitops.landQueue();
      const { state, reason } = await running;
      assert.equal(state, "refused");
      assert.match(reason ?? "", /actions\/workflows\/land\.yaml$/);
    });

    it("ends if main has a newer version", async () => {
      const { running } = await start("sha-2222222");
      gitops.judge();
      await gitops.bump("api", "sha-3333333", { login: "pat" });
      assert.deepEqual((await gitops.landQueue()).map(short), ["api overtaken"]);
      const { state, replacedBy } = await running;
      assert.deepEqual([state, replacedBy], ["overtaken", "sha-3333333"]);
    });

    it("ends after its timeout, and stays in the queue", async () => {
      await assert.rejects(
        gitops.bump("api", "sha-2222222", { wait: true, timeout: 300 }),
        /still for the workflow Land to merge it\. Nothing is undone/,
      );
      assert.deepEqual(await gitops.branches(), [QUEUED]);
    });
  });
});
