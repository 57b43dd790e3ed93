import assert from "node:assert/strict";
import { join } from "node:path";
import { NameTaken, namesAbove } from "../../git/refs";
import { TestRepository, values } from "@gitops-platform/test-support/cloned-repository";

describe("a name that Git keeps from another", () => {
  const repository = new TestRepository();
  let tip = "";
  before(() => {
    repository.commit({ message: "Begin", files: { "environments/dev/api.yaml": values("sha-0000001") } });
    tip = repository.commit({ message: "Go on" });
  });
  after(() => {
    repository.remove();
  });

  /** What a push says that makes a ref beside others, which go again. */
  async function refused(ref: string, ...others: string[]): Promise<unknown> {
    for (const other of others) repository.git("push", "--quiet", "origin", `HEAD~1:${other}`);
    const error = await repository.read((clone) =>
      clone.push({ ref, to: tip, from: null }).then(
        (isPushed) => (isPushed ? undefined : "Somebody else was faster."),
        (thrown: unknown) => thrown,
      ),
    );
    for (const other of others) repository.git("push", "--quiet", "origin", `:${other}`);
    return error;
  }

  it("is every one above it", () => {
    assert.deepEqual(namesAbove("refs/heads/release/prod/api"), ["refs/heads/release", "refs/heads/release/prod"]);
    assert.deepEqual(namesAbove("refs/heads/main"), []);
  });

  const cases: readonly [string, string, RegExp][] = [
    ["refs/heads/release/prod/api", "refs/heads/release", /^release\/prod\/api: got the branch release in its way;/],
    ["refs/heads/release/prod/api", "refs/heads/release/prod", /got the branch release\/prod in its way/],
    ["refs/heads/release/prod/api", "refs/heads/release/prod/api/x/y", /got the branch release\/prod\/api\/x\/y in/],
    ["refs/heads/bump-queue/dev/api", "refs/heads/bump-queue", /git push origin :refs\/heads\/bump-queue$/],
    ["refs/heads/bump/dev", "refs/heads/bump/dev/api", /Anyone who may write to the repository can: git push/],
    ["refs/tags/release/prod/0123456789ab", "refs/tags/release", /got the tag release in its way/],
    ["refs/tags/release/prod/0123456789ab", "refs/tags/release/prod", /An administrator of the repository can,/],
  ];
  for (const [ref, other, says] of cases) {
    it(`is told where ${other} keeps ${ref} from being made`, async () => {
      const error = await refused(ref, other);
      assert.ok(error instanceof NameTaken, String(error));
      assert.deepEqual(error.taken, [other]);
      assert.match(error.message, says);
    });
  }

  it("is none that only ends like it, or begins like it", async () => {
    assert.equal(
      await refused("refs/heads/release/prod/api", "refs/heads/other/release", "refs/heads/release-1"),
      undefined,
    );
  });

  it("is not what another's push of the same branch is taken for", async () => {
    const error = await refused("refs/heads/promote/api-to-prod", "refs/heads/promote/api-to-prod");
    assert.equal(error, "Somebody else was faster.");
  });

  describe("is not needed to tell what became of a push, where the remote cannot be asked", () => {
    /** Pushes a new ref beside another one, while the remote lists nothing. */
    async function push(ref: string, other: string) {
      repository.git("push", "--quiet", "origin", `HEAD~1:${other}`);
      let listings = 0;
      try {
        const isPushed = await repository.read((clone) => {
          const git = clone.git.bind(clone);
          clone.git = (command = "", ...args) => {
            if (command !== "ls-remote") return git(command, ...args);
            listings += 1;
            return git("ls-remote", join(repository.folder, "nowhere"));
          };
          return clone.push({ ref, to: tip, from: null });
        });
        return { isPushed, listings };
      } finally {
        repository.git("push", "--quiet", "origin", `:${other}`);
      }
    }

    it("a lost race is one, and nothing is listed for it", async () => {
      const ref = "refs/heads/promote/api-to-prod";
      assert.deepEqual(await push(ref, ref), { isPushed: false, listings: 0 });
    });

    it("a ref that the server cannot lock is looked at again", async () => {
      const lost = await push("refs/heads/bump-queue/dev/api", "refs/heads/bump-queue");
      assert.deepEqual(lost, { isPushed: false, listings: 1 });
    });
  });
});
