import assert from "node:assert/strict";
import { join } from "node:path";
import { NameTaken, namesAbove } from "../../git/refs";
import { TestRepository, values } from "@gitops-platform/test-support/cloned-repository";

describe("a ref name that conflicts with another", () => {
  const repository = new TestRepository();
  let tip = "";
  before(() => {
    repository.commit({ message: "Begin", files: { "environments/dev/api.yaml": values("sha-0000001") } });
    tip = repository.commit({ message: "Go on" });
  });
  after(() => {
    repository.remove();
  });

  /** Pushes a new ref while others exist, which are deleted afterwards. Returns the error, if any. */
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

  it("is each of its parent paths", () => {
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
    it(`is reported if ${other} blocks ${ref}`, async () => {
      const error = await refused(ref, other);
      assert.ok(error instanceof NameTaken, String(error));
      assert.deepEqual(error.taken, [other]);
      assert.match(error.message, says);
    });
  }

  it("is not one that only starts or ends with the same text", async () => {
    assert.equal(
      await refused("refs/heads/release/prod/api", "refs/heads/other/release", "refs/heads/release-1"),
      undefined,
    );
  });

  it("is not reported if somebody else pushed the same branch first", async () => {
    const error = await refused("refs/heads/promote/api-to-prod", "refs/heads/promote/api-to-prod");
    assert.equal(error, "Somebody else was faster.");
  });

  describe("if the remote cannot list its refs", () => {
    /** Pushes a new ref while another one exists and the remote cannot be listed. */
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

    it("is not looked for after somebody else pushed the same branch first", async () => {
      const ref = "refs/heads/promote/api-to-prod";
      assert.deepEqual(await push(ref, ref), { isPushed: false, listings: 0 });
    });

    it("is looked for once if the server cannot lock the ref", async () => {
      const lost = await push("refs/heads/bump-queue/dev/api", "refs/heads/bump-queue");
      assert.deepEqual(lost, { isPushed: false, listings: 1 });
    });
  });
});
