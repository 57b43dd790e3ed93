import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { isolated } from "@gitops-platform/clients/git/environment";
import { completeFiles } from "../../git/clone";
import { TestRepository, values } from "@gitops-platform/test-support/cloned-repository";

const API = "environments/dev/api.yaml";

describe("a user's own partial clone", function () {
  this.timeout(60_000);
  const hostile = process.env.GIT_CONFIG_GLOBAL;
  let repository: TestRepository;
  let folder: string;

  beforeEach(async () => {
    repository = new TestRepository({ filters: true });
    repository.commit({ message: "Begin", files: { [API]: values("v0") } });
    await repository.read(() => Promise.resolve());
    folder = join(repository.folder, "theirs");
    process.env.GIT_CONFIG_GLOBAL = "/dev/null";
  });
  afterEach(() => {
    if (hostile === undefined) delete process.env.GIT_CONFIG_GLOBAL;
    else process.env.GIT_CONFIG_GLOBAL = hostile;
    repository.remove();
  });

  const git = (...args: string[]) =>
    execFileSync("git", args, { cwd: folder, env: isolated(), encoding: "utf8", stdio: "pipe" }).trim();
  /** Makes a clone without the files of the newest commit of `main`. */
  async function clone(...options: string[]): Promise<void> {
    execFileSync("git", ["clone", "--quiet", ...options, `file://${repository.remote}`, folder], { env: isolated() });
    const files = Object.fromEntries(["a", "b", "c"].map((name) => [`environments/dev/${name}.yaml`, values(name)]));
    repository.commit({ message: "More", files: { ...files, [API]: values("v1") } });
    await repository.read(() => Promise.resolve());
    git("fetch", "--quiet");
  }
  const missing = () =>
    git("rev-list", "--objects", "--missing=print", "--no-walk", "origin/main^{tree}").match(/^\?/gm)?.length ?? 0;
  const packs = () => readdirSync(join(folder, ".git/objects/pack")).filter((name) => name.endsWith(".pack")).length;

  it("fetches the missing files of revisions with one request, and changes no refs", async () => {
    await clone("--filter=blob:none");
    const [before, refs] = [packs(), git("for-each-ref")];
    assert.equal(missing(), 4);
    await completeFiles(join(folder, ".git"), ["HEAD", "refs/remotes/origin/main"]);
    assert.deepEqual([missing(), packs(), git("for-each-ref")], [0, before + 1, refs]);
  });

  it("fetches nothing if nothing is missing, so that it works without a network", async () => {
    await clone("--filter=blob:none");
    renameSync(repository.remote, `${repository.remote}.away`);
    await completeFiles(folder, ["HEAD"]);
    await assert.rejects(completeFiles(folder, ["refs/remotes/origin/main"]), /^GitFailure|git fetch: fatal: /);
  });

  it("fetches nothing if it is a full clone", async () => {
    await clone();
    renameSync(repository.remote, `${repository.remote}.away`);
    await completeFiles(folder, ["refs/remotes/origin/main"]);
  });
});
