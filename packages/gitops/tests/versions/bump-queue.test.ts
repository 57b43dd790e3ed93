/** Two that do the same at once: what one of them saw in line is not there any more. */
import assert from "node:assert/strict";
import { commitTree, withFiles } from "../../git/commits";
import { MAIN } from "../../git/refs";
import type { Session } from "../../session";
import { BumpBatch, loadOf } from "../../versions/bump-batch";
import { BumpQueue, type WaitingBump } from "../../versions/bump-queue";
import { GitopsRepository, repository, values } from "@gitops-platform/test-support/gitops-repository";

describe("bumps that another took off the line", function () {
  this.timeout(60_000);
  this.slow(5000);
  const pathOf = (service: string) => `environments/dev/${service}.yaml`;
  let gitops: GitopsRepository;
  beforeEach(async () => {
    gitops = new GitopsRepository();
    await gitops.make({
      files: { [pathOf("api")]: values("sha-1111111"), [pathOf("web")]: values("sha-1111111", "web") },
    });
  });
  afterEach(() => gitops.remove());

  /** Puts the bumps of api and web in line. */
  async function twoIn(session: Session, queue: BumpQueue): Promise<[WaitingBump, WaitingBump]> {
    const author = { name: "bump[bot]", email: "bump@example.com" };
    for (const service of ["api", "web"]) {
      const changes = new Map([[pathOf(service), values("sha-2222222", service)]]);
      const tree = await withFiles(session.clone, MAIN, changes);
      const commit = await commitTree(session.clone, { tree, parents: [MAIN], message: `Deploy ${service}` }, author);
      assert.equal(await queue.put(service, commit, undefined), true);
    }
    await session.clone.fetch();
    const [first, second] = await queue.waiting();
    assert.ok(first && second);
    return [first, second];
  }

  async function branches(): Promise<string[]> {
    return (await gitops.octokit("owner").rest.repos.listBranches(repository)).data.map(({ name }) => name);
  }

  it("are in no further batch", async () => {
    await gitops.change(async (session) => {
      const [queue, batch] = [new BumpQueue(session, "dev"), new BumpBatch(session, "dev")];
      const bumps = await twoIn(session, queue);
      const main = await session.clone.git("rev-parse", MAIN);
      const load = await loadOf(session.clone, { environment: "dev", main }, bumps);
      assert.ok(load);
      await queue.remove([bumps[1]]);
      assert.equal(await batch.begin(main, load, undefined, queue.hold(bumps)), false);
      assert.ok(!(await branches()).includes("bump/dev"));
      assert.equal(await batch.begin(main, load, undefined, queue.hold([bumps[0]])), true);
      assert.ok((await branches()).includes("bump/dev"));
    });
  });

  it("are passed over where the rest is taken off", async () => {
    await gitops.change(async (session) => {
      const queue = new BumpQueue(session, "dev");
      const bumps = await twoIn(session, queue);
      await queue.remove([bumps[0]]);
      await queue.remove(bumps, { ref: "refs/heads/bump/dev", at: bumps[0].tip });
      assert.deepEqual(await branches(), ["env/prod", "main"]);
    });
  });
});
