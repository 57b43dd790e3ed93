import assert from "node:assert/strict";
import { checkMain } from "../../release/main-branch";
import type { Candidate } from "../../validate/candidate";
import { useAlerts } from "@gitops-platform/test-support/alerts";
import { GitopsRepository } from "@gitops-platform/test-support/gitops-repository";

const repository = { owner: "vaarak", repo: "gitops" };

describe("two pull requests that are valid alone but not together", function () {
  this.timeout(120_000);
  const github = new GitopsRepository();
  const alerts = useAlerts();
  before(() => github.make());
  after(() => github.remove());

  /** Stands in for Helm and a schema: `a` and `b` may not both exist. */
  const judge = async ({ clone, base, tree }: Candidate) => {
    const pair = ["environments/dev/a.yaml", "environments/dev/b.yaml"];
    const [before, after] = [await clone.list(base, ...pair), await clone.list(tree, ...pair)];
    // As in validate, a change is not at fault for what was broken before it.
    return after.length === 2 && before.length < 2
      ? [{ file: "environments/dev/b.yaml", message: "Not beside a." }]
      : [];
  };
  const look = () => github.as("release", (session) => checkMain(session, judge));
  async function land(name: string, text: string | null): Promise<string> {
    const number = await github.propose("dora", "main", name, name, { [`environments/dev/${name}.yaml`]: text });
    await github.sayValid(number);
    const { pulls } = github.octokit("dora").rest;
    return (await pulls.merge({ ...repository, pull_number: number, merge_method: "merge" })).data.sha;
  }

  it("break main, which causes one alert with the command that undoes it, until main is valid again", async () => {
    assert.equal(await look(), undefined);
    await land("a", "image: {}\n");
    const second = await land("b", "image: {}\n");
    const outcome = await look();
    assert.equal(outcome?.state, "blocked");
    assert.match(
      outcome.reason ?? "",
      new RegExp(`revert the newest merge.*: git revert -m 1 ${second.slice(0, 12)}\\n`),
    );
    assert.match(outcome.reason ?? "", /environments\/dev\/b\.yaml`?: Not beside a\./);
    assert.equal((await look())?.state, "blocked");
    await land("c", "image: {}\n");
    assert.equal((await look())?.state, "blocked");
    assert.deepEqual(
      alerts.received.map(({ payload }) => payload.event),
      ["main-broken"],
    );
    await land("b", null);
    assert.equal(await look(), undefined);
  });

  /** Lands a number of valid changes, without a check of `main` between them. */
  async function landUnrelated(count: number): Promise<void> {
    const enable = await github.disable("main");
    const clone = await github.clone("owner");
    clone.commitNothing(
      "main",
      Array.from({ length: count }, (_, number) => `Unrelated ${number}`),
    );
    await clone.git("push", "--quiet", "origin", "main");
    await enable();
  }

  it("are reported against the last valid commit, no matter how much follows, with one alert", async () => {
    const valid = await land("d", "image: {}\n");
    assert.equal(await look(), undefined);
    await land("b", "image: {}\n");
    alerts.received.length = 0;
    for (const count of [0, 60, 60]) {
      if (count > 0) await landUnrelated(count);
      const { state, reason = "" } = (await look()) ?? assert.fail("It was declared valid.");
      assert.equal(state, "blocked");
      assert.ok(reason.startsWith(`main is broken by what was merged since ${valid.slice(0, 12)}.`), reason);
    }
    assert.equal(alerts.received.length, 1);
  });

  it("are still found if more commits followed than are searched", async () => {
    await landUnrelated(120);
    assert.equal((await look())?.state, "blocked");
    await land("b", null);
    assert.equal(await look(), undefined);
  });
});
