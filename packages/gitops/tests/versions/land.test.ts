import assert from "node:assert/strict";
import type { Session } from "../../session";
import { commit } from "@gitops-platform/github-stand-in/tests/protected";
import { useAlerts } from "@gitops-platform/test-support/alerts";
import { repository, values } from "@gitops-platform/test-support/gitops-repository";
import { pathOf, short, WithQueue } from "./queue";

const [FIRST, NEW, OTHER] = ["sha-1111111", "sha-2222222", "sha-6666666"];
const QUEUED = "bump-queue/dev/web";

describe("landing the queue", function () {
  this.slow(8000);
  this.timeout(300_000);
  const alerts = useAlerts();
  let gitops: WithQueue;
  beforeEach(async () => {
    gitops = new WithQueue();
    gitops.alertsUrl = alerts.url;
    alerts.received.length = 0;
    await gitops.begin();
  });
  afterEach(() => gitops.remove());

  const told = () => alerts.received.map(({ payload }) => String(payload.event));

  async function queue(...services: string[]): Promise<void> {
    await gitops.queue(services, NEW);
  }

  /** The comments on a pull request. */
  async function comments(issue_number: number): Promise<string[]> {
    const { data } = await gitops.octokit("owner").rest.issues.listComments({ ...repository, issue_number });
    return data.map(({ body }) => body ?? "");
  }

  it("merges all bumps with one pull request, each as its own commit, and leaves no branch", async () => {
    await queue("api", "web", "jobs");
    gitops.judge();
    const outcomes = await gitops.landQueue();
    assert.deepEqual(outcomes.map(({ service, state, pullRequest }) => [service, state, pullRequest?.number]).sort(), [
      ["api", "merged", 1],
      ["jobs", "merged", 1],
      ["web", "merged", 1],
    ]);
    assert.deepEqual(await gitops.tags(), [NEW, NEW, NEW]);
    assert.deepEqual(await gitops.branches(), []);
    // The oldest first; those of the same second are in the order of their names.
    const lines = outcomes.map(({ service }) => `Deploy ${service} ${NEW} to dev`);
    assert.equal((await gitops.log())[0], `Deploy 3 services to dev (#1)\n\n${lines.join("\n")}\n\nEnvironment: dev`);
    const clone = await gitops.clone("owner");
    for (const service of ["api", "web", "jobs"]) {
      const log = ["log", "--no-merges", "--max-count=1", "--format=%B", "origin/main", "--", pathOf(service)];
      assert.match(
        await clone.git(...log),
        new RegExp(`^Deploy ${service} ${NEW} to dev\n\n.*Requested-By: @dora`, "s"),
      );
    }
    assert.deepEqual(await gitops.landQueue(), []);
  });

  it("merges a single bump unchanged, even after other changes of main", async () => {
    await queue("api");
    gitops.judge();
    await gitops.bump("web", OTHER, { login: "pat" });
    const clone = await gitops.clone("owner");
    const queued = await clone.git("rev-parse", "origin/bump-queue/dev/api");
    assert.deepEqual((await gitops.landQueue()).map(short), ["api merged"]);
    const [pull] = (await gitops.pulls()).slice(-1);
    assert.deepEqual([pull?.head.sha, pull?.head.ref], [queued, "bump/dev"]);
    const trailers = `Service: api\nEnvironment: dev\nImage: ${NEW}\nRequested-By: @dora`;
    assert.equal((await gitops.log())[0], `Deploy api ${NEW} to dev (#2)\n\n${trailers}`);
  });

  it("makes only commits that GitHub signed", async () => {
    await gitops.octokit("owner").rest.repos.createRepoRuleset({
      ...repository,
      name: "signed",
      target: "branch",
      enforcement: "active",
      conditions: { ref_name: { include: ["~ALL"], exclude: [] } },
      rules: [{ type: "required_signatures" }],
    });
    const before = (await gitops.octokit("owner").rest.repos.getBranch({ ...repository, branch: "main" })).data;
    gitops.judge();
    await queue("api");
    await gitops.landQueue();
    await gitops.bump("api", "sha-3333333");
    await queue("web");
    assert.deepEqual((await gitops.landQueue()).map(short), ["api merged", "web merged"]);
    const basehead = `${before.commit.sha}...main`;
    const { repos } = gitops.octokit("owner").rest;
    const { data } = await repos.compareCommitsWithBasehead({ ...repository, basehead, per_page: 100 });
    assert.ok(data.commits.length >= 5, `${data.commits.length} commits`);
    for (const { commit, author } of data.commits) {
      assert.deepEqual([commit.verification?.verified, author?.login], [true, "bump[bot]"], commit.message);
    }
  });

  it("refuses an invalid bump with a comment and an alert, and merges the others", async () => {
    await queue("api", "web", "jobs");
    gitops.judge(async (_, head) => ((await gitops.has(head, "web", NEW)) ? "failure" : "success"));
    const outcomes = await gitops.landQueue();
    assert.deepEqual(outcomes.map(short).sort(), ["api merged", "jobs merged", "web refused"]);
    assert.deepEqual(await gitops.tags(), [NEW, FIRST, NEW]);
    assert.deepEqual(await gitops.branches(), []);
    assert.deepEqual(told(), ["bump-refused"]);
    assert.match(String(alerts.received[0]?.payload.text), /^dev\/web: Deploy web sha-2222222 to dev: refused, /);
    const refused = outcomes.find(({ state }) => state === "refused");
    assert.match(refused?.reason ?? "", /pull\/\d+: the check validate failed\.\nfailure of bump\/dev\n/);
    const closed = (await gitops.pulls()).find(({ merged_at }) => merged_at === null);
    const [comment] = await comments(closed?.number ?? 0);
    assert.match(comment ?? "", /^\*\*Deploy web sha-2222222 to dev: refused, .*\*\* .*the check validate failed/);
    // The refused version can be requested again.
    assert.equal((await gitops.bump("web", NEW)).state, "queued");
  });

  it("refuses all bumps of a pull request that somebody closes", async () => {
    await queue("api", "web");
    const running = gitops.landQueue();
    const number = await gitops.openPull("bump/dev");
    await gitops.octokit("pat").rest.pulls.update({ ...repository, pull_number: number, state: "closed" });
    const outcomes = await running;
    assert.deepEqual(outcomes.map(short), ["api refused", "web refused"]);
    assert.match(outcomes[0]?.reason ?? "", /pull\/1: closed without being merged/);
    assert.deepEqual(await gitops.branches(), []);
    assert.deepEqual(told(), ["bump-refused", "bump-refused"]);
  });

  it("makes a pull request again if its branch is deleted, and refuses nothing", async () => {
    await queue("api", "web");
    const running = gitops.landQueue();
    await gitops.openPull("bump/dev");
    await gitops.octokit("pat").rest.git.deleteRef({ ...repository, ref: "heads/bump/dev" });
    gitops.judge();
    assert.deepEqual((await running).map(short).sort(), ["api merged", "web merged"]);
    assert.deepEqual(told(), []);
    assert.deepEqual(await gitops.tags(), [NEW, NEW, FIRST]);
  });

  it("makes a pull request again that waits for a file's owner, if its branch is deleted", async () => {
    await gitops.remove();
    gitops = new WithQueue();
    gitops.alertsUrl = alerts.url;
    await gitops.begin({ "/environments/dev/web.yaml": ["vaarak/platform"] });
    await queue("web");
    const running = gitops.landQueue();
    await gitops.openPull("bump/dev-web");
    await gitops.octokit("pat").rest.git.deleteRef({ ...repository, ref: "heads/bump/dev-web" });
    gitops.judge();
    assert.deepEqual((await running).map(short), ["web waits"]);
    assert.deepEqual(told(), []);
  });

  it("does not refuse a half because GitHub still lists the pull request of the other half", async () => {
    await queue("api", "web");
    gitops.judge(async (_, head) => ((await gitops.has(head, "api", NEW)) ? "failure" : "success"));
    let stale = 0;
    const late = (session: Session) => {
      session.github.hook.wrap("request", async (request, options) => {
        const response = await request(options);
        const isSearch = /\/pulls\?.*state=open/.test(options.url);
        if (!isSearch || (response.data as unknown[]).length > 0) return response;
        const [abandoned] = await gitops.pulls();
        if (stale > 0 || abandoned?.state !== "closed") return response;
        stale++;
        response.data = [{ ...abandoned, state: "open" }];
        return response;
      });
      return session;
    };
    const outcomes = await gitops.landQueue({ in: late });
    assert.equal(stale, 1);
    assert.deepEqual(outcomes.map(short).sort(), ["api refused", "web merged"]);
  });

  it("keeps its own shared branch whose push GitHub has not recorded yet", async () => {
    await queue("api", "web");
    await assert.rejects(gitops.landQueue({ timeout: 1 }), /still for #1/);
    gitops.judge();
    let looks = 0;
    const said: string[] = [];
    const late = (session: Session) => {
      session.github.hook.wrap("request", async (request, options) => {
        const response = await request(options);
        if (decodeURIComponent(options.url).includes("/activity?ref=refs/heads/bump/dev&") && looks++ < 2) {
          response.data = [];
        }
        return response;
      });
      return session;
    };
    assert.deepEqual((await gitops.landQueue({ in: late, said })).map(short), ["api merged", "web merged"]);
    assert.ok(said.includes("Waiting for GitHub to record who pushed bump/dev"));
    assert.equal((await gitops.pulls()).length, 1);
  });

  it("continues an interrupted run, together with newer bumps", async () => {
    await queue("api", "web");
    await assert.rejects(gitops.landQueue({ timeout: 1 }), /still for #1: the check validate\. Nothing is undone/);
    assert.deepEqual(told(), []);
    await queue("jobs");
    gitops.judge();
    const outcomes = await gitops.landQueue();
    assert.deepEqual(outcomes.map(short).sort(), ["api merged", "jobs merged", "web merged"]);
    assert.deepEqual(
      (await gitops.pulls()).map(({ number, title }) => [number, title]),
      [[1, "Deploy 3 services to dev"]],
    );
  });

  it("uses an existing pull request with the same bumps unchanged", async () => {
    await queue("api", "web");
    await assert.rejects(gitops.landQueue({ timeout: 1 }), /still for #1/);
    const [before] = await gitops.pulls();
    gitops.judge();
    await gitops.landQueue();
    const [after, ...more] = await gitops.pulls();
    assert.deepEqual([after?.head.sha, after?.merged_at !== null, more], [before?.head.sha, true, []]);
  });

  it("only removes from the queue what an interrupted run has merged", async () => {
    await queue("api", "web");
    gitops.judge();
    const noRemoval = (session: Session) => {
      const push: Session["clone"]["push"] = (...moves) => {
        if (moves.some(({ to }) => to === null)) throw new Error("stopped");
        return session.clone.push(...moves);
      };
      return { ...session, clone: withPush(session.clone, push) };
    };
    await assert.rejects(gitops.landQueue({ in: noRemoval }), /stopped/);
    assert.deepEqual(await gitops.tags(), [NEW, NEW, FIRST]);
    assert.deepEqual((await gitops.branches()).length, 2);
    assert.deepEqual(await gitops.landQueue(), []);
    assert.deepEqual(await gitops.branches(), []);
    assert.equal((await gitops.pulls()).length, 1);
  });

  it("drops bumps for which main has a newer version or the same one", async () => {
    await queue("api", "web", "jobs");
    gitops.judge();
    await gitops.bump("api", "sha-3333333", { login: "pat" });
    await gitops.bump("web", NEW, { login: "pat" });
    const outcomes = await gitops.landQueue();
    assert.deepEqual(outcomes.map(short).sort(), ["api overtaken", "jobs merged", "web already"]);
    assert.deepEqual(await gitops.tags(), ["sha-3333333", NEW, NEW]);
    assert.deepEqual(await gitops.branches(), []);
  });

  it("makes the pull request again if main gets a newer version than one of its bumps", async () => {
    await queue("api", "web");
    let isOvertaken = false;
    gitops.judge((branch) => (branch === "bump/dev" && !isOvertaken ? undefined : "success"));
    const running = gitops.landQueue();
    await gitops.openPull("bump/dev");
    await gitops.bump("api", "sha-3333333", { login: "pat" });
    isOvertaken = true;
    assert.deepEqual((await running).map(short).sort(), ["api overtaken", "web merged"]);
    assert.deepEqual(await gitops.tags(), ["sha-3333333", NEW, FIRST]);
  });

  it("merges a later bump of a service after the one in progress", async () => {
    await queue("api");
    const running = gitops.landQueue();
    await gitops.openPull("bump/dev");
    await gitops.bump("api", "sha-3333333");
    gitops.judge();
    const outcomes = await running;
    assert.deepEqual(
      outcomes.map(({ image, state }) => `${image} ${state}`),
      [`${NEW} merged`, "sha-3333333 merged"],
    );
    assert.deepEqual(await gitops.tags(), ["sha-3333333", FIRST, FIRST]);
  });

  it("waits for the owner of a file without blocking other bumps, and merges after the review", async () => {
    await gitops.remove();
    gitops = new WithQueue();
    await gitops.begin({ "/environments/dev/web.yaml": ["vaarak/platform"] });
    await queue("api", "web", "jobs");
    gitops.judge();
    const outcomes = await gitops.landQueue();
    assert.deepEqual(outcomes.map(short), ["api merged", "jobs merged", "web waits"]);
    const waits = outcomes.at(-1);
    assert.equal(waits?.waitsFor, "review by @vaarak/platform");
    assert.deepEqual((await gitops.branches()).sort(), [QUEUED, "bump/dev-web"]);
    await gitops.approve("pat", waits.pullRequest?.number ?? 0);
    assert.deepEqual((await gitops.landQueue()).map(short), ["web merged"]);
    assert.match((await gitops.log())[0] ?? "", /^Deploy web .*Requested-By: @dora$/s);
    assert.deepEqual(await gitops.branches(), []);
    // Another version, on top of a bump that was merged as another commit.
    await gitops.bump("web", "sha-3333333");
    await gitops.bump("web", "sha-4444444");
    assert.deepEqual((await gitops.landQueue()).map(short), ["web waits"]);
    const number = await gitops.openPull("bump/dev-web");
    await gitops.octokit("pat").rest.pulls.update({ ...repository, pull_number: number, state: "closed" });
    const [refused] = await gitops.landQueue();
    assert.match(refused?.reason ?? "", /closed without being merged/);
    assert.deepEqual(await gitops.branches(), []);
  });

  describe("to which others can push", () => {
    const theirs = (service: string, tag = OTHER) => ({ [pathOf(service)]: values(tag, service) });

    it("merges nothing that another account queued", async () => {
      const clone = await gitops.clone("pat");
      await commit(clone, `Deploy web ${OTHER} to dev\n\nRequested-By: @dora`, theirs("web"));
      for (const service of ["web", "<!channel>"]) {
        await clone.git("push", "--quiet", "origin", `HEAD:refs/heads/bump-queue/dev/${service}`);
      }
      await queue("api");
      gitops.judge();
      const said: string[] = [];
      // Any writer could alert people otherwise, or fail the run.
      assert.deepEqual((await gitops.landQueue({ said })).map(short), ["api merged"]);
      assert.deepEqual(told(), []);
      assert.match(
        said.join("\n"),
        /^bump-queue\/dev\/web: got a push by somebody else; expected bump\[bot\] alone\. .* Removed\.$/m,
      );
      assert.match(said.join("\n"), /^bump-queue\/dev\/<!channel>: service: got "<!channel>"; .* Removed\.$/m);
      assert.deepEqual(await gitops.branches(), []);
      assert.deepEqual(await gitops.tags(), [NEW, FIRST, FIRST]);
    });

    it("merges a bump without what another account pushed on top of it", async () => {
      await queue("web");
      const message = `Deploy web ${OTHER} to dev\n\nRequested-By: @dora`;
      await gitops.push("pat", QUEUED, QUEUED, { ...theirs("web"), ...theirs("jobs") }, message);
      gitops.judge();
      assert.deepEqual((await gitops.landQueue()).map(short), ["web merged"]);
      assert.deepEqual(await gitops.tags(), [FIRST, NEW, FIRST]);
      assert.doesNotMatch((await gitops.log("main", "-m")).join("\n"), new RegExp(OTHER));
    });

    it("does not merge a refused bump whose branch another account restored", async () => {
      await queue("web");
      const clone = await gitops.clone("pat");
      const refused = await clone.git("rev-parse", `origin/${QUEUED}`);
      gitops.judge(() => "failure");
      assert.deepEqual((await gitops.landQueue()).map(short), ["web refused"]);
      await clone.git("push", "--quiet", "origin", `${refused}:refs/heads/${QUEUED}`);
      const said: string[] = [];
      assert.deepEqual(await gitops.landQueue({ said }), []);
      assert.match(said.join("\n"), /got a push by somebody else/);
      assert.equal((await gitops.pulls()).length, 1);
    });

    it("merges nothing from the App that gitops bump would refuse", async () => {
      const clone = await gitops.clone("bump");
      const queued: [service: string, tag: string][] = [
        ["web", "latest"],
        ["jobs", "a b"],
        ["nothing", NEW],
      ];
      for (const [service, tag] of queued) {
        await clone.git("checkout", "--quiet", "origin/main");
        await commit(clone, `Deploy ${service} to dev`, theirs(service, tag));
        await clone.git("push", "--quiet", "origin", `HEAD:refs/heads/bump-queue/dev/${service}`);
      }
      const reasons = (await gitops.landQueue()).map(({ service, reason }) => `${service}: ${reason ?? ""}`).sort();
      assert.match(reasons[0] ?? "", /^jobs: tag: got "a b"; expected /);
      assert.match(
        reasons[1] ?? "",
        /^nothing: service: got nothing, but there is no environments\/dev\/nothing\.yaml/,
      );
      assert.match(reasons[2] ?? "", /^web: tag: got "latest"; expected the tag of one build/);
      assert.deepEqual(await gitops.pulls(), []);
    });

    it("does not use a shared branch that another account pushed to", async () => {
      await queue("api", "web");
      await assert.rejects(gitops.landQueue({ timeout: 1 }), /still for #1/);
      await gitops.push("pat", "bump/dev", "bump/dev", theirs("jobs"));
      gitops.judge();
      assert.deepEqual((await gitops.landQueue()).map(short), ["api merged", "web merged"]);
      assert.deepEqual(await gitops.tags(), [NEW, NEW, FIRST]);
      assert.deepEqual(
        (await gitops.pulls()).map(({ merged_at }) => merged_at !== null),
        [false, true],
      );
    });
  });

  it("waits until GitHub has recorded who pushed a bump", async () => {
    await queue("api");
    gitops.judge();
    let looks = 0;
    const said: string[] = [];
    const late = (session: Session) => {
      session.github.hook.wrap("request", async (request, options) => {
        const response = await request(options);
        if (options.url.includes("/activity") && looks++ < 2) response.data = [];
        return response;
      });
      return session;
    };
    assert.deepEqual((await gitops.landQueue({ in: late, said })).map(short), ["api merged"]);
    assert.ok(said.includes("Waiting for GitHub to record who pushed bump-queue/dev/api"));
  });

  it("ends with one alert if no bump can be merged, and keeps the queue", async () => {
    await queue("api", "web");
    const { repos } = gitops.octokit("owner").rest;
    await repos.createRepoRuleset({
      ...repository,
      name: "linear",
      target: "branch",
      enforcement: "active",
      conditions: { ref_name: { include: ["~DEFAULT_BRANCH"], exclude: [] } },
      rules: [{ type: "required_linear_history" }],
    });
    gitops.judge();
    for (let times = 0; times < 2; times++) await assert.rejects(gitops.landQueue(), /cannot be merged by gitops/);
    assert.deepEqual(told(), ["bumps-blocked"]);
    assert.equal((await comments(1)).length, 1);
    assert.deepEqual((await gitops.branches()).sort(), ["bump-queue/dev/api", QUEUED, "bump/dev"]);
  });

  it("is refused to all accounts but the App that queues bumps", async () => {
    await assert.rejects(gitops.landQueue({ login: "pat" }), /^Failure: GITOPS_BOT: got nothing; expected the App/);
  });
});

/** A clone with another `push`. */
function withPush(clone: Session["clone"], push: Session["clone"]["push"]): Session["clone"] {
  return new Proxy(clone, {
    get: (target, key) => {
      const value: unknown = key === "push" ? push : Reflect.get(target, key, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}
