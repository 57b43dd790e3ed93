import assert from "node:assert/strict";
import { appCommits, commitsOf } from "../../release/pull-request";
import { commit } from "@gitops-platform/github-stand-in/tests/protected";
import { GitopsRepository } from "@gitops-platform/test-support/gitops-repository";

const image = (tag: string, repository = "ghcr.io/vaarak/api") => ({ repository, tag });

describe("the commits of a new image", () => {
  const none: [what: string, from: ReturnType<typeof image>, to: ReturnType<typeof image>][] = [
    ["a version without a commit", image("v1.0.0"), image("sha-2222222")],
    [
      "another registry",
      image("sha-1111111", "registry.example.com/a/b"),
      image("sha-2222222", "registry.example.com/a/b"),
    ],
    ["another repository than before", image("sha-1111111", "ghcr.io/vaarak/old"), image("sha-2222222")],
    ["a deeper name", image("sha-1111111", "ghcr.io/a/b/c"), image("sha-2222222", "ghcr.io/a/b/c")],
  ];
  for (const [what, from, to] of none) {
    it(`are unknown for ${what}`, () => {
      assert.equal(commitsOf(from, to), undefined);
    });
  }

  it("are read from the app's repository, if the token may read it", async () => {
    const github = new GitopsRepository();
    try {
      await github.makeEmpty();
      const { rest } = github.octokit("owner");
      await rest.repos.createInOrg({ org: "vaarak", name: "api", private: true, auto_init: true });
      const clone = await github.clone("owner");
      await clone.git("remote", "set-url", "origin", github.remote("owner", "api"));
      const commits: string[] = [];
      for (let number = 0; number <= 22; number++) {
        await commit(clone, `Change ${number}\u001b[2J\n\nMore`, { f: String(number) });
        commits.push(await clone.git("rev-parse", "HEAD"));
      }
      await clone.git("push", "--quiet", "--force", "origin", "HEAD:main");
      const [old = "", newest = ""] = [commits[0], commits.at(-1)].map((sha) => sha?.slice(0, 7));
      const ask = (login: string, from: string, to: string) =>
        github.change((session) => appCommits(session, image(`sha-${from}`), image(`sha-${to}`)), { login });
      const found = await ask("owner", old, newest);
      assert.deepEqual([found?.count, found?.gone, found?.first.length], [22, 0, 20]);
      assert.equal(found?.url, `${github.url}/vaarak/api/compare/${old}...${newest}`);
      assert.deepEqual([found.first[0]?.sha, found.first[0]?.subject], [commits[1], "Change 1"]);
      assert.deepEqual(await ask("owner", old, newest), found);
      const back = await ask("owner", newest, old);
      assert.deepEqual([back?.count, back?.gone, back?.first], [0, 22, []]);
      assert.equal(await ask("owner", old, "fffffff"), undefined);
      assert.equal(await ask("release", old, newest), undefined);
    } finally {
      await github.remove();
    }
  });
});
