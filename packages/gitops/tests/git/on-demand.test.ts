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

/** The ids of the files that a clone has. */
async function here(clone: Clone): Promise<string[]> {
  const listing = await clone.git("cat-file", "--batch-all-objects", "--batch-check=%(objecttype) %(objectname)");
  return listing.split("\n").flatMap((line) => (line.startsWith("blob ") ? [line.slice("blob ".length)] : []));
}

/** The number of fetches, each of which adds a pack. */
function fetches({ folder }: Clone): number {
  return readdirSync(join(folder, "objects", "pack")).filter((name) => name.endsWith(".pack")).length;
}

describe("a clone that fetches files on demand", function () {
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

  it("has no files at first, and fetches only those that are read", async () => {
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

  it("fetches many files with one request, by their ids or paths", async () => {
    await read(async (clone) => {
      const api = (await clone.find(`${MAIN}:${API}`)) ?? "";
      const names = [api, `${MAIN}~5:${API}`, `${remoteBranch("env/prod")}:manifests/api/manifests.yaml`];
      const texts = await clone.readBlobs([...names, `${MAIN}:environments/dev`]);
      assert.deepEqual([...texts.values()], [values("v20"), values("v15"), "kind: Service\n"]);
      assert.deepEqual([(await here(clone)).length, fetches(clone)], [3, 2]);
    });
  });

  it("fetches files that are read at the same time with two requests at most", async () => {
    await read(async (clone) => {
      const revisions = Array.from({ length: 12 }, (_, index) => `${MAIN}~${index}`);
      const texts = await Promise.all(revisions.map((revision) => clone.read(revision, API)));
      assert.deepEqual(texts.slice(0, 2), [values("v20"), values("v19")]);
      assert.ok(fetches(clone) <= 3, `${fetches(clone)} packs`);
    });
  });

  it("fetches the earlier versions for a rollback with one request", async () => {
    await read(async (clone) => {
      assert.equal((await pastVersions(clone, MAIN, { environment: "dev", service: "api" })).length, 20);
      assert.deepEqual([(await here(clone)).length, fetches(clone)], [20, 2]);
    });
  });

  it("fetches only the newest change of each service for the status", async () => {
    await read(async (clone) => {
      const [dev] = await readGitStatus(clone, ["dev"]);
      assert.equal(dev?.services.get("api")?.declared?.came?.commit, await clone.resolve(MAIN));
      const wanted = [`${MAIN}:${API}`, `${MAIN}~1:${API}`, `${MAIN}:environments/dev/web.yaml`];
      const ids = await Promise.all(wanted.map((name) => clone.find(name)));
      assert.deepEqual((await here(clone)).sort(), ids.sort());
    });
  });

  it("finds the last change of an image below other changes of the values", async () => {
    repository.commit({ message: "More", files: { [API]: values("v20", 2) } });
    repository.commit({ message: "Even more", files: { [API]: values("v20", 3) } });
    repository.commit({ message: "Back", files: { [API]: values("v20", 2) } });
    await read(async (clone) => {
      const [dev] = await readGitStatus(clone, ["dev"]);
      assert.equal(dev?.services.get("api")?.declared?.came?.commit, await clone.resolve(`${MAIN}~3`));
    });
  });

  it("merges and pushes without unread files, except those that a merge needs", async () => {
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
      // Three versions, the merged one, and the new file.
      assert.equal((await here(clone)).length, 5);
      await clone.fetch();
      assert.equal(await clone.resolve(MAIN), to);
    });
    assert.equal(repository.inRemote("show", "main:environments/dev/web.yaml"), values("v9").trim());
    repository.inRemote("fsck", "--strict", "--connectivity-only");
  });

  it("does not fetch a commit outside the fetched branches, even by its id", async () => {
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

  it("has all files if the server does not support filters", async () => {
    repository.inRemote("config", "uploadpack.allowFilter", "false");
    await read(async (clone) => {
      assert.equal((await here(clone)).length, 23);
      assert.equal(await clone.read(MAIN, API), values("v20"));
      assert.equal(fetches(clone), 1);
    });
  });

  it("reports a file that cannot be fetched, keeps the others, and can fetch it later", async () => {
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

  it("has only the newest commit of each branch on request", async () => {
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
