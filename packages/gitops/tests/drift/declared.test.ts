import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { declaredIn } from "../../drift/declared";
import { LocalRepository } from "@gitops-platform/test-support/local-repository";

const API = { environment: "prod", service: "api" };
const manifests = (name: string) => `---\napiVersion: v1\nkind: Service\nmetadata:\n  name: ${name}\n`;

describe("the objects that Git declares for a service", () => {
  let local: LocalRepository;
  beforeEach(() => (local = new LocalRepository()));
  afterEach(() => {
    local.remove();
  });

  it("are those of its rendered manifests at the commit", async () => {
    const first = local.commit({ "manifests/api/manifests.yaml": manifests("one") });
    const second = local.commit({ "manifests/api/manifests.yaml": manifests("two") });
    const declares = declaredIn(local.clone);
    for (const [commit, name] of [
      [first, "one"],
      [second, "two"],
    ] as const) {
      assert.deepEqual(await declares(API, commit), {
        objects: [{ apiVersion: "v1", kind: "Service", metadata: { name } }],
      });
    }
  });

  it("are read once for the same content, even in several commits", async () => {
    const first = local.commit({ "manifests/api/manifests.yaml": manifests("one") });
    const second = local.commit({ "README.md": "more" });
    const declares = declaredIn(local.clone);
    assert.equal(await declares(API, first), await declares(API, second));
  });

  it("are read once for each commit, and cached for the two newest commits", async () => {
    const versions = ["one", "two", "three"];
    const commits = versions.map((name) => local.commit({ "manifests/api/manifests.yaml": manifests(name) }));
    let asked = 0;
    const clone = local.clone;
    const resolve = (revision: string) => {
      asked += 1;
      return clone.resolve(revision);
    };
    const declares = declaredIn({
      resolve,
      find: (name) => clone.find(name),
      read: (revision, path) => clone.read(revision, path),
      list: (revision, ...paths) => clone.list(revision, ...paths),
      git: (...args) => clone.git(...args),
      readBytes: (names) => clone.readBytes(names),
    });
    for (const commit of [...commits, ...commits.slice(1), ...commits.slice(1)]) await declares(API, commit);
    assert.equal(asked, 3);
    await declares(API, commits[0] ?? "");
    assert.equal(asked, 4);
    await declares(API, "refs/heads/main");
    await declares(API, "refs/heads/main");
    assert.equal(asked, 6);
  });

  it("are unknown for a missing commit", async () => {
    local.commit({ "README.md": "x" });
    const found = await declaredIn(local.clone)(API, "0".repeat(40));
    assert.deepEqual(found, { reason: "commit 0000000 is not on the remote's branches" });
  });

  it("are unknown without Helm on a branch with charts, and are read again", async () => {
    const commit = local.commit({
      "charts/service/Chart.yaml": "apiVersion: v2\nname: service\nversion: 0.0.0\n",
      "environments/prod/api.yaml": "image: {}\n",
    });
    const { PATH } = process.env;
    const folder = mkdtempSync(join(tmpdir(), "no-helm-"));
    symlinkSync(execFileSync("which", ["git"], { encoding: "utf8" }).trim(), join(folder, "git"));
    process.env.PATH = folder;
    try {
      const declares = declaredIn(local.clone);
      const found = await declares(API, commit);
      assert.match("reason" in found ? found.reason : "", /^helm: got nothing on PATH; expected Helm/);
      assert.notEqual(await declares(API, commit), found);
    } finally {
      process.env.PATH = PATH;
      rmSync(folder, { recursive: true });
    }
  });
});
