import assert from "node:assert/strict";
import { findTarget } from "../../gitops/target";
import { LocalRepository } from "./support/local";

describe("the repository that a command works on", () => {
  let local: LocalRepository;
  const find = (env: Record<string, string>, repository?: string) =>
    findTarget({ repository, folder: local.folder, env: { GITHUB_TOKEN: "secret", ...env } });
  beforeEach(() => {
    local = new LocalRepository();
  });
  afterEach(() => {
    local.remove();
  });

  it("is the clone's origin, where that is on GitHub", async () => {
    local.git("remote", "add", "origin", "git@github.com:vaarak/gitops.git");
    const { owner, name, api } = await find({});
    assert.deepEqual([owner, name, api], ["vaarak", "gitops", "https://api.github.com"]);
  });

  it("is not on whatever host a clone names: the token would go there", async () => {
    local.git("remote", "add", "origin", "https://user:password@git.example.com/vaarak/gitops");
    await assert.rejects(find({}), (error: Error) => {
      assert.match(error.message, /^origin: got https:\/\/git\.example\.com; expected https:\/\/github\.com\./);
      assert.equal(/secret|password/.test(error.message), false);
      return true;
    });
    assert.equal((await find({ GITHUB_SERVER_URL: "https://git.example.com" })).api, "https://git.example.com/api/v3");
    assert.equal((await find({}, "https://git.example.com/vaarak/gitops")).server, "https://git.example.com");
  });
});
