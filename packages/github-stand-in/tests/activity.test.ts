import assert from "node:assert/strict";
import { commit, gitops, Protected } from "./protected";
import { refusal } from "./support";

const ZERO = "0".repeat(40);

describe("GitHub stand-in: a repository's activity", function () {
  this.timeout(30_000);
  const github = new Protected();
  before(async () => {
    await github.start();
    await github.set();
  });
  after(() => github.remove());

  const list = async (query: object = {}) =>
    (await github.octokit("rita").rest.repos.listActivities({ ...gitops, ...query })).data;
  const summaries = async (query: object = {}) =>
    (await list(query)).map(({ activity_type, ref, actor }) => [activity_type, ref, actor?.login]);

  it("records who pushed, force-pushed, created and deleted a branch, even after its deletion", async () => {
    const clone = await github.push("dev", "main", "topic", { "a.txt": "one\n" });
    const first = await clone.git("rev-parse", "HEAD");
    await commit(clone, "Second", { "a.txt": "two\n" });
    await clone.git("push", "--quiet", "origin", "topic");
    const second = await clone.git("rev-parse", "HEAD");
    await github.octokit("dora").rest.git.updateRef({ ...gitops, ref: "heads/topic", sha: first, force: true });
    await clone.git("push", "--quiet", "origin", ":topic");
    const ref = "refs/heads/topic";
    assert.deepEqual(
      (await list({ ref: "topic" })).map(({ activity_type, actor, before, after }) => [
        activity_type,
        actor?.login,
        before,
        after,
      ]),
      [
        ["branch_deletion", "dev", first, ZERO],
        ["force_push", "dora", second, first],
        ["push", "dev", first, second],
        ["branch_creation", "dev", ZERO, first],
      ],
    );
    assert.deepEqual(await summaries({ ref, activity_type: "force_push" }), [["force_push", ref, "dora"]]);
    assert.deepEqual(await summaries({ ref, actor: "dora", time_period: "day" }), [["force_push", ref, "dora"]]);
    assert.deepEqual(await summaries({ ref, activity_type: "merge_queue_merge" }), []);
    assert.equal((await refusal(list({ activity_type: "merge" }))).status, 422);
  });

  it("records a merge with its actor, and neither tags nor rejected pushes", async () => {
    const number = await github.release("dev", "ship", { "environments/prod/api.yaml": "tag: ship\n" });
    await github.validate(number);
    assert.equal((await refusal(github.merge("ann", number))).status, 405);
    await github.approve("ann", number);
    const clone = await github.clone("dev");
    await clone.git("tag", "v1");
    await clone.git("push", "--quiet", "origin", "v1");
    await github.merge("platform-app", number);
    const [newest] = await list({ ref: "env/prod" });
    const { data } = await github.octokit("owner").rest.pulls.get({ ...gitops, pull_number: number });
    assert.deepEqual(
      [newest?.activity_type, newest?.actor?.login, newest?.actor?.type, newest?.after],
      ["pr_merge", "platform-app[bot]", "Bot", data.merge_commit_sha],
    );
    assert.deepEqual((await summaries({ ref: "env/prod" })).length, 2);
    assert.deepEqual(await summaries({ ref: "refs/tags/v1" }), []);
  });

  it("begins with the first commit of a new repository", async () => {
    const [oldest] = await list({ direction: "asc", per_page: 1 });
    assert.deepEqual(
      [oldest?.activity_type, oldest?.ref, oldest?.actor?.login],
      ["branch_creation", "refs/heads/main", "owner"],
    );
  });

  it("is paginated with cursors in both directions, which an unmodified paginate follows", async () => {
    const octokit = github.octokit("rita");
    const all = await octokit.paginate(octokit.rest.repos.listActivities, { ...gitops, per_page: 2 });
    const whole = await list({ per_page: 100 });
    assert.ok(whole.length > 4);
    assert.deepEqual(all, whole);
    const first = await octokit.rest.repos.listActivities({ ...gitops, per_page: 2 });
    const next = /[?&]after=([^&>]+)[^>]*>; rel="next"/.exec(String(first.headers.link))?.[1] ?? "";
    const second = await octokit.rest.repos.listActivities({ ...gitops, per_page: 2, after: next });
    const back = /[?&]before=([^&>]+)[^>]*>; rel="prev"/.exec(String(second.headers.link))?.[1] ?? "";
    assert.deepEqual(await list({ per_page: 2, before: back }), first.data);
    assert.equal((await refusal(list({ after: "nonsense" }))).status, 422);
  });

  it("survives a restart, and is deleted with its repository", async () => {
    const kept = await list({ per_page: 100 });
    await github.stop();
    await github.start();
    // The URLs contain the port, which has changed.
    const ids = (entries: typeof kept) => entries.map(({ id, after, timestamp }) => [id, after, timestamp]);
    assert.deepEqual(ids(await list({ per_page: 100 })), ids(kept));
    const owner = github.octokit("owner");
    await owner.rest.repos.delete(gitops);
    await owner.rest.repos.createInOrg({ org: "vaarak", name: "gitops", private: true });
    assert.deepEqual(await list(), []);
  });

  it("can be read with the permission contents", async () => {
    const token = (name: string) => github.octokit(name).rest.repos.listActivities(gitops);
    assert.equal((await token("ci-app-reading")).status, 200);
    assert.equal((await refusal(token("ci-app-members"))).status, 403);
  });
});
