import assert from "node:assert/strict";
import { readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "@gitops-platform/contract/failure";
import type { Clone, CloneOptions } from "../../git/clone";
import { commitTree, mergedTree, withFiles } from "../../git/commits";
import { MAIN, remoteBranch } from "../../git/refs";
import { withRecords } from "../../release/record";
import { readGitStatus } from "../../status/declared";
import { pastVersions } from "../../versions/rollback";
import { TestRepository, values } from "@gitops-platform/test-support/cloned-repository";

const API = "environments/dev/api.yaml";
const author = { name: "Ada", email: "ada@example.com" };

/** The files that are here, by their ids. */
async function here(clone: Clone): Promise<string[]> {
  const listing = await clone.git("cat-file", "--batch-all-objects", "--batch-check=%(objecttype) %(objectname)");
  return listing.split("\n").flatMap((line) => (line.startsWith("blob ") ? [line.slice("blob ".length)] : []));
}

/** How many times something was fetched: each time brings a pack. */
function fetches({ folder }: Clone): number {
  return readdirSync(join(folder, "objects", "pack")).filter((name) => name.endsWith(".pack")).length;
}

describe("a clone of a long history", function () {
  this.timeout(60_000);
  let repository: TestRepository;

  beforeEach(() => {
    repository = new TestRepository({ filters: true });
    const others = Object.fromEntries(["web", "cart"].map((name) => [`environments/dev/${name}.yaml`, values("v0")]));
    repository.commit({ message: "Begin", files: { ...others, "charts/service/values.yaml": "a: 1\n" } });
    for (let version = 1; version <= 20; version += 1) {
      repository.commit({ message: `Bump api to v${version}`, files: { [API]: values(`v${version}`) } });
    }
    repository.branch("env/prod");
    repository.commit({ message: "Release", files: { "manifests/api/manifests.yaml": "kind: Service\n" } });
    repository.branch("main");
  });
  afterEach(() => {
    repository.remove();
  });

  const read = <T>(use: (clone: Clone) => Promise<T>, options?: CloneOptions) => repository.read(use, options);

  it("has no file until one is read, and then that one", async () => {
    await read(async (clone) => {
      assert.deepEqual(await here(clone), []);
      assert.equal(await clone.read(MAIN, API), values("v20"));
      assert.deepEqual(await here(clone), [await clone.find(`${MAIN}:${API}`)]);
      assert.equal(await clone.read(MAIN, "environments/dev/nowhere.yaml"), undefined);
      assert.equal(await clone.read(MAIN, "environments"), undefined);
      assert.equal(await clone.read("refs/heads/nowhere", API), undefined);
      assert.equal(fetches(clone), 2);
    });
  });

  it("fetches many files by one request, by whatever they are named", async () => {
    await read(async (clone) => {
      const api = (await clone.find(`${MAIN}:${API}`)) ?? "";
      const names = [api, `${MAIN}~5:${API}`, `${remoteBranch("env/prod")}:manifests/api/manifests.yaml`];
      const texts = await clone.readBlobs([...names, `${MAIN}:environments/dev`]);
      assert.deepEqual([...texts.values()], [values("v20"), values("v15"), "kind: Service\n"]);
      assert.deepEqual([(await here(clone)).length, fetches(clone)], [3, 2]);
    });
  });

  it("fetches what is read side by side by two requests at most", async () => {
    await read(async (clone) => {
      const revisions = Array.from({ length: 12 }, (_, index) => `${MAIN}~${index}`);
      const texts = await Promise.all(revisions.map((revision) => clone.read(revision, API)));
      assert.deepEqual(texts.slice(0, 2), [values("v20"), values("v19")]);
      assert.ok(fetches(clone) <= 3, `${fetches(clone)} packs`);
    });
  });

  it("fetches the versions that a rollback chooses from by one request", async () => {
    await read(async (clone) => {
      assert.equal((await pastVersions(clone, MAIN, API)).length, 20);
      assert.deepEqual([(await here(clone)).length, fetches(clone)], [20, 2]);
    });
  });

  it("tells the status from the newest change of each service", async () => {
    await read(async (clone) => {
      const [dev] = await readGitStatus(clone, ["dev"]);
      assert.equal(dev?.services.get("api")?.declared?.came?.commit, await clone.resolve(MAIN));
      const wanted = [`${MAIN}:${API}`, `${MAIN}~1:${API}`, `${MAIN}:environments/dev/web.yaml`];
      const ids = await Promise.all(wanted.map((name) => clone.find(name)));
      assert.deepEqual((await here(clone)).sort(), ids.sort());
    });
  });

  it("finds the change of an image below others of the values", async () => {
    repository.commit({ message: "More", files: { [API]: values("v20", 2) } });
    repository.commit({ message: "Even more", files: { [API]: values("v20", 3) } });
    repository.commit({ message: "Back", files: { [API]: values("v20", 2) } });
    await read(async (clone) => {
      const [dev] = await readGitStatus(clone, ["dev"]);
      assert.equal(dev?.services.get("api")?.declared?.came?.commit, await clone.resolve(`${MAIN}~3`));
    });
  });

  it("merges and pushes on top of files that nobody reads, and fetches those that a merge takes apart", async () => {
    const text = (first: string, last: string) => `first: ${first}\n${"same: x\n".repeat(9)}last: ${last}\n`;
    repository.commit({ message: "Both", files: { both: text("1", "1") } });
    repository.branch("env/prod");
    repository.git("merge", "--quiet", "-m", "Bring main", "main");
    repository.commit({ message: "Here", files: { both: text("2", "1") } });
    repository.branch("main");
    repository.commit({ message: "There", files: { both: text("1", "2") } });
    await read(async (clone) => {
      const tree = await mergedTree(clone, MAIN, remoteBranch("env/prod"));
      assert.equal(await clone.read(tree ?? "", "both"), text("2", "2"));
      const main = (await clone.resolve(MAIN)) ?? "";
      const changes = new Map([["environments/dev/web.yaml", values("v9")]]);
      const changed = await withFiles(clone, main, changes);
      const to = await commitTree(clone, { tree: changed, parents: [main], message: "Change" }, author);
      assert.equal(await clone.push({ ref: "refs/heads/main", to, from: main }), true);
      // Three versions and the merge's; the new file.
      assert.equal((await here(clone)).length, 5);
      await clone.fetch();
      assert.equal(await clone.resolve(MAIN), to);
    });
    assert.equal(repository.inRemote("show", "main:environments/dev/web.yaml"), values("v9").trim());
    repository.inRemote("fsck", "--strict", "--connectivity-only");
  });

  it("does not fetch a commit that no fetch brought, no matter who names it", async () => {
    repository.git("checkout", "--quiet", "--detach");
    const theirs = repository.commit({ message: "Theirs", files: { [API]: values("evil") } });
    repository.git("branch", "topic", theirs);
    repository.branch("main");
    await read(async (clone) => {
      assert.equal(repository.inRemote("rev-parse", "topic"), theirs);
      assert.equal(await clone.resolve(theirs), undefined);
      assert.equal(await clone.read(theirs, API), undefined);
      assert.deepEqual(await here(clone), []);
    });
  });

  it("has everything where the server cannot leave files out", async () => {
    repository.inRemote("config", "uploadpack.allowFilter", "false");
    await read(async (clone) => {
      assert.equal((await here(clone)).length, 23);
      assert.equal(await clone.read(MAIN, API), values("v20"));
      assert.equal(fetches(clone), 1);
    });
  });

  it("says that a file cannot be fetched, keeps what it has, and goes on when it can", async () => {
    await read(async (clone) => {
      await clone.read(MAIN, API);
      const [there, away] = [repository.remote, `${repository.remote}.away`];
      renameSync(there, away);
      const isTold = (error: Error) => error instanceof Failure && error.message.startsWith("git fetch: fatal: ");
      await assert.rejects(clone.read(`${MAIN}~1`, API), isTold);
      await assert.rejects(
        withRecords(clone, () => clone.read(`${MAIN}~1`, API)),
        isTold,
      );
      assert.equal(await clone.read(MAIN, API), values("v20"));
      renameSync(away, there);
      assert.equal(await clone.read(`${MAIN}~1`, API), values("v19"));
    });
  });

  it("has only the newest commit of each branch where that is enough", async () => {
    repository.git("tag", "-a", "-m", "A record", "release/prod/0123456789ab");
    await read(
      async (clone) => {
        assert.equal(await clone.git("rev-list", "--count", "--all"), "2");
        assert.equal(await clone.read(MAIN, API), values("v20"));
        await clone.fetch();
        assert.equal(await clone.git("for-each-ref", "--format=%(refname)", "refs/tags"), "");
      },
      { onlyTips: true },
    );
  });
});
