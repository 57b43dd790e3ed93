import assert from "node:assert/strict";
import { checkMain } from "../../../gitops/release/main-branch";
import type { Candidate } from "../../../gitops/validate/candidate";
import { Receiver } from "../../sandbox/github/support";
import { GitopsRepository } from "../support/repository";

const repository = { owner: "vaarak", repo: "gitops" };

describe("two pull requests, each valid, not together", function () {
  this.timeout(120_000);
  const github = new GitopsRepository();
  const alerts = new Receiver();
  const { GITOPS_ALERTS_URL: address } = process.env;
  before(async () => {
    await Promise.all([github.start(), alerts.start()]);
    process.env.GITOPS_ALERTS_URL = alerts.url;
  });
  after(async () => {
    if (address === undefined) delete process.env.GITOPS_ALERTS_URL;
    else process.env.GITOPS_ALERTS_URL = address;
    await Promise.all([github.remove(), alerts.stop()]);
  });

  /** Stands for Helm and a schema: `a` and `b` may not both be there. */
  const judge = async ({ clone, tree }: Candidate) => {
    const names = await clone.list(tree, "environments/dev/a.yaml", "environments/dev/b.yaml");
    return names.length === 2 ? [{ file: "environments/dev/b.yaml", message: "Not beside a." }] : [];
  };
  const look = () => github.as("release-app", (session) => checkMain(session, judge));
  async function land(name: string, text: string | null): Promise<string> {
    const number = await github.propose("dora", "main", name, name, { [`environments/dev/${name}.yaml`]: text });
    await github.sayValid(number);
    const { pulls } = github.octokit("dora").rest;
    return (await pulls.merge({ ...repository, pull_number: number, merge_method: "merge" })).data.sha;
  }

  it("break main, which is told once with the command that undoes it, until it is repaired", async () => {
    assert.equal(await look(), undefined);
    await land("a", "image: {}\n");
    const second = await land("b", "image: {}\n");
    const outcome = await look();
    assert.equal(outcome?.state, "blocked");
    assert.match(outcome.reason ?? "", new RegExp(`undo the newest .*: git revert -m 1 ${second.slice(0, 12)}\\n`));
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
});
