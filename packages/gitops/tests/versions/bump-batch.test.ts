import assert from "node:assert/strict";
import { bump } from "../../versions/bump";
import type { Outcome } from "../../versions/outcome";
import { until } from "@gitops-platform/clients/until";
import { commit } from "@gitops-platform/github-stand-in/tests/protected";
import { GitopsRepository, repository, values } from "@gitops-platform/test-support/gitops-repository";

const SERVICES = ["api", "web", "jobs"];
const pathOf = (service: string) => `environments/dev/${service}.yaml`;

describe("bumps that wait at the same time", function () {
  this.slow(8000);
  this.timeout(300_000);
  let gitops: GitopsRepository;
  beforeEach(async () => {
    gitops = new GitopsRepository();
    await gitops.make({
      files: Object.fromEntries(SERVICES.map((service) => [pathOf(service), values("sha-1111111", service)])),
    });
  });
  afterEach(() => gitops.remove());

  /** Runs a bump; the next in line takes over after a tenth of a second, unless told otherwise. */
  function run(service: string, tag: string, { timeout = 240_000, takeover = 100 } = {}): Promise<Outcome> {
    const order = { service, environment: "dev", version: { tag } };
    const running = gitops.change((session, waiting) => bump(session, order, waiting, takeover), { timeout });
    // Awaited later.
    running.catch(() => undefined);
    return running;
  }

  /** The branches besides `env/prod`, which always exists. */
  async function branches(): Promise<string[]> {
    const { data } = await gitops.octokit("owner").rest.repos.listBranches({ ...repository, per_page: 100 });
    return data.map(({ name }) => name).filter((name) => name !== "env/prod");
  }

  /** Waits until GitHub says who pushed the bumps of some services: the leader carries no others. */
  async function inLine(...services: string[]): Promise<void> {
    const { repos } = gitops.octokit("owner").rest;
    for (const service of services) {
      const ref = `refs/heads/bump-queue/dev/${service}`;
      await until(`${service} in line`, async () => {
        const { data } = await repos.listActivities({ ...repository, ref });
        return data.length > 0 ? { done: true } : { waitingFor: "its push" };
      });
    }
  }

  /** A bump of api under way, and the others behind it. */
  async function three(takeover?: number): Promise<Promise<Outcome>[]> {
    const options = takeover === undefined ? {} : { takeover };
    const first = run("api", "sha-2222222", options);
    await gitops.openPull("bump/dev");
    const others = ["web", "jobs"].map((service) => run(service, "sha-2222222", options));
    await inLine("web", "jobs");
    return [first, ...others];
  }

  /** Whether a commit has a service's new version. */
  async function isBumped(service: string, ref: string): Promise<boolean> {
    return (await gitops.read(pathOf(service), ref)).includes("sha-2222222");
  }

  async function tags(): Promise<(string | undefined)[]> {
    const texts = await Promise.all(SERVICES.map((service) => gitops.read(pathOf(service))));
    return texts.map((text) => /sha-\d+/.exec(text)?.[0]);
  }

  it("land by one pull request, behind the one under way, and leave no branch", async () => {
    const running = await three(15_000);
    gitops.judge();
    const outcomes = await Promise.all(running);
    assert.deepEqual(
      outcomes.map(({ state, pullRequest }) => [state, pullRequest?.number]),
      [
        ["merged", 1],
        ["merged", 2],
        ["merged", 2],
      ],
    );
    assert.deepEqual(await tags(), ["sha-2222222", "sha-2222222", "sha-2222222"]);
    assert.match(
      (await gitops.log())[0] ?? "",
      /^Deploy 2 services to dev \(#2\)\n\nDeploy (web|jobs) sha-2222222 to dev\n/,
    );
    await until("the branches are gone", async () => {
      const left = await branches();
      return left.length === 1 ? { done: true } : { waitingFor: left.join(", ") };
    });
  });

  it("keep each a commit of its own, with who asked for it", async () => {
    const running = await three();
    gitops.judge();
    await Promise.all(running);
    const clone = await gitops.clone("owner");
    for (const service of SERVICES) {
      const log = ["log", "--no-merges", "--max-count=1", "--format=%B", "origin/main", "--", pathOf(service)];
      assert.match(
        await clone.git(...log),
        new RegExp(`^Deploy ${service} sha-2222222 to dev\n\n.*Requested-By: @dora`, "s"),
      );
    }
  });

  it("go alone where their pull request fails by one's fault, also where two of them end it at once", async () => {
    const running = await three(0);
    gitops.judge(async (_, head) => ((await isBumped("web", head)) ? "failure" : "success"));
    const [api, web, jobs] = await Promise.allSettled(running);
    assert.deepEqual([api?.status, web?.status, jobs?.status], ["fulfilled", "rejected", "fulfilled"]);
    assert.deepEqual(await tags(), ["sha-2222222", "sha-1111111", "sha-2222222"]);
    assert.deepEqual((await branches()).sort(), ["bump/dev-web", "main"]);
  });

  it("all end where somebody closes their pull request", async () => {
    const running = await three();
    gitops.judge(async (_, head) =>
      (await isBumped("api", head)) && !(await isBumped("web", head)) ? "success" : undefined,
    );
    const number = await until<number>("their pull request", async () => {
      const found = (await gitops.pulls()).find((pull) => pull.state === "open" && pull.number > 1);
      return found ? { done: found.number } : { waitingFor: "the first to land" };
    });
    await gitops.octokit("pat").rest.pulls.update({ ...repository, pull_number: number, state: "closed" });
    const [api, ...others] = await Promise.allSettled(running);
    assert.equal(api?.status, "fulfilled");
    for (const other of others) {
      assert.equal(other.status, "rejected");
      assert.match(String(other.reason), /pull\/2: closed without being merged/);
    }
    assert.deepEqual(await tags(), ["sha-2222222", "sha-1111111", "sha-1111111"]);
  });

  it("land without the one that led them, where that was stopped", async () => {
    const stopped = run("api", "sha-2222222", { timeout: 1000 });
    await gitops.openPull("bump/dev");
    const web = run("web", "sha-2222222");
    await inLine("web");
    await assert.rejects(stopped, /What was begun stays/);
    gitops.judge();
    assert.equal((await web).state, "merged");
    assert.deepEqual(await tags(), ["sha-2222222", "sha-2222222", "sha-1111111"]);
  });

  it("of one service land in their order, and the earlier one says what came over it", async () => {
    const first = run("web", "sha-2222222");
    await gitops.openPull("bump/dev");
    const earlier = run("api", "sha-2222222");
    await inLine("api");
    const later = run("api", "sha-3333333");
    await until("the later one in line", async () => {
      const clone = await gitops.clone("owner");
      const subject = await clone.git("log", "--max-count=1", "--format=%s", "origin/bump-queue/dev/api");
      return subject.includes("sha-3333333") ? { done: true } : { waitingFor: subject };
    });
    gitops.judge();
    const outcomes = await Promise.all([first, earlier, later]);
    assert.deepEqual(
      outcomes.map(({ state, replacedBy }) => [state, replacedBy]),
      [
        ["merged", undefined],
        ["merged", "sha-3333333"],
        ["merged", undefined],
      ],
    );
    assert.deepEqual(await tags(), ["sha-3333333", "sha-2222222", "sha-1111111"]);
  });

  it("carry nothing that another account pushed among them", async () => {
    const clone = await gitops.clone("pat");
    await commit(clone, "Deploy web sha-6666666 to dev", { [pathOf("web")]: values("sha-6666666", "web") });
    await clone.git("push", "--quiet", "origin", "HEAD:refs/heads/bump-queue/dev/web");
    gitops.judge();
    assert.equal((await run("api", "sha-2222222")).state, "merged");
    assert.deepEqual(await tags(), ["sha-2222222", "sha-1111111", "sha-1111111"]);
    // Nor is it built upon by the same service's next.
    assert.equal((await run("web", "sha-3333333")).state, "merged");
    assert.doesNotMatch((await gitops.log("main", "-m")).join("\n"), /sha-6666666/);
    assert.deepEqual(await tags(), ["sha-2222222", "sha-3333333", "sha-1111111"]);
  });

  it("carry nothing that another account pushed on top of one of them", async () => {
    const api = run("api", "sha-2222222");
    await gitops.openPull("bump/dev");
    const web = run("web", "sha-2222222");
    await inLine("web");
    const clone = await gitops.clone("pat");
    await clone.git("checkout", "--quiet", "bump-queue/dev/web");
    await commit(clone, "Deploy web sha-6666666 to dev", {
      [pathOf("web")]: values("sha-6666666", "web"),
      [pathOf("jobs")]: values("sha-6666666", "jobs"),
    });
    await clone.git("push", "--quiet", "origin", "bump-queue/dev/web");
    gitops.judge();
    assert.deepEqual(
      (await Promise.all([api, web])).map(({ state }) => state),
      ["merged", "merged"],
    );
    assert.deepEqual(await tags(), ["sha-2222222", "sha-2222222", "sha-1111111"]);
    assert.doesNotMatch((await gitops.log("main", "-m")).join("\n"), /sha-6666666/);
  });

  it("carry no commit whose command gave up long ago", async () => {
    const clone = await gitops.clone("bump");
    await commit(clone, "Deploy web sha-6666666 to dev", { [pathOf("web")]: values("sha-6666666", "web") });
    await clone.git("commit", "--quiet", "--amend", "--no-edit", "--date=2020-01-01T00:00:00Z");
    await clone.git("rebase", "--quiet", "--force-rebase", "--committer-date-is-author-date", "HEAD~1");
    await clone.git("push", "--quiet", "origin", "HEAD:refs/heads/bump-queue/dev/web");
    gitops.judge();
    assert.equal((await run("api", "sha-2222222")).state, "merged");
    assert.deepEqual(await tags(), ["sha-2222222", "sha-1111111", "sha-1111111"]);
  });
});
