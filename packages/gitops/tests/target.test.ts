import assert from "node:assert/strict";
import { findTarget } from "../target";
import { LocalRepository } from "@gitops-platform/test-support/local-repository";

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

  it("is the clone's origin, if that is on GitHub", async () => {
    local.git("remote", "add", "origin", "git@github.com:vaarak/gitops.git");
    const { owner, name, api } = await find({});
    assert.deepEqual([owner, name, api], ["vaarak", "gitops", "https://api.github.com"]);
  });

  it("is not on an unconfigured host that the clone names, which would receive the token", async () => {
    local.git("remote", "add", "origin", "https://user:password@git.example.com/vaarak/gitops");
    await assert.rejects(find({}), (error: Error) => {
      assert.match(error.message, /^origin: got https:\/\/git\.example\.com; expected https:\/\/github\.com\./);
      assert.equal(/secret|password/.test(error.message), false);
      return true;
    });
    assert.equal((await find({ GITHUB_SERVER_URL: "https://git.example.com" })).api, "https://git.example.com/api/v3");
    assert.equal((await find({}, "https://git.example.com/vaarak/gitops")).server, "https://git.example.com");
  });

  it("is accessed with the token without spaces and quotes, and an invalid token is not shown", async () => {
    for (const given of ["ghp_t0k3n\n", " ghp_t0k3n ", '"ghp_t0k3n"\r\n']) {
      assert.equal((await find({ GITHUB_TOKEN: given }, "vaarak/gitops")).token, "ghp_t0k3n");
    }
    await assert.rejects(find({ GITHUB_TOKEN: "GITHUB_TOKEN=\nghp_t0k3n" }, "vaarak/gitops"), (error: Error) => {
      assert.match(error.message, /^GITHUB_TOKEN: got a value with spaces, line ends or other letters in it; /);
      return !error.message.includes("ghp_");
    });
    await assert.rejects(find({ GITHUB_TOKEN: " \n" }, "vaarak/gitops"), /^Failure: GITHUB_TOKEN: got nothing/);
  });
});
