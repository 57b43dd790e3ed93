import assert from "node:assert/strict";
import { FETCHED, fetchOf, fetchOfPull, MAIN, remoteBranch } from "../../git/refs";
import { readGitStatus } from "../../status/declared";
import { gitops } from "../command";
import { LocalRepository } from "@gitops-platform/test-support/local-repository";
import { GitopsRepository } from "@gitops-platform/test-support/gitops-repository";

const FILE = "environments/prod/api.yaml";

/** Names that Git may resolve instead of a remote's branch if a command uses the branch's short name. */
const LOOK_ALIKES = [
  "refs/tags/origin/main",
  "refs/tags/origin/env/prod",
  "refs/tags/main",
  "refs/tags/env/prod",
  "refs/tags/refs/remotes/origin/main",
  "refs/tags/refs/heads/main",
  "refs/heads/origin/main",
  "refs/heads/refs/remotes/origin/main",
  "refs/heads/refs/heads/env/prod",
  "refs/heads/Main",
  "refs/heads/HEAD",
];

describe("look-alike refs that writers push", () => {
  const github = new GitopsRepository();
  let main = "";

  before(async () => {
    await github.make();
    // Commands must be safe without the rulesets that reserve names.
    await github.disable("release", "reserved branches");
    const clone = await github.clone("dev");
    main = await clone.git("rev-parse", "refs/remotes/origin/main");
    await clone.git("checkout", "--quiet", "--detach", main);
    await clone.git("rm", "--quiet", "-r", "--", "environments");
    await clone.git("commit", "--quiet", "-m", "Without any service");
    // Git fetches tags on fetched commits by default.
    await clone.git("push", "--quiet", "origin", `${main}:refs/tags/on-main`);
    for (const name of LOOK_ALIKES) await clone.git("push", "--quiet", "origin", `HEAD:${name}`);
  });
  after(() => github.remove());

  it("are not used as main or as an environment's branch", async () => {
    await github.as("release", async ({ clone }) => {
      assert.equal(await clone.resolve(MAIN), main);
      assert.notEqual(await clone.read(MAIN, FILE), undefined);
      assert.notEqual(await clone.read(remoteBranch("env/prod"), FILE), undefined);
      const [prod] = await readGitStatus(clone, ["prod"]);
      assert.deepEqual([...(prod?.services.keys() ?? [])], ["api"]);
    });
  });

  it("are not fetched, unless they have the platform's own names", async () => {
    await github.as("release", async ({ clone }) => {
      const refs = (await clone.git("for-each-ref", "--format=%(refname)")).split("\n");
      assert.deepEqual(refs, ["refs/remotes/origin/env/prod", "refs/remotes/origin/main"]);
    });
  });

  it("do not change what validate compares a clone with", async () => {
    const local = new LocalRepository();
    const before = process.cwd();
    try {
      local.git("update-ref", "refs/remotes/origin/main", local.commit({ f: "x" }));
      local.commit({ link: "-> /etc/passwd" });
      // If validate compared with this tag, which has the link already, it would find nothing.
      local.git("tag", "origin/main");
      local.git("tag", "main");
      process.chdir(local.folder);
      const { stdout, code } = await gitops({}, "validate", "--json");
      assert.deepEqual([(JSON.parse(stdout) as { valid: boolean }).valid, code], [false, 1]);
    } finally {
      process.chdir(before);
      local.remove();
    }
  });
});

describe("the refs that commands read", () => {
  it("are full names on both sides", () => {
    assert.equal(MAIN, remoteBranch("main"));
    assert.equal(fetchOf("env/*"), "+refs/heads/env/*:refs/remotes/origin/env/*");
    for (const refspec of [...FETCHED, fetchOfPull(7)]) {
      assert.match(refspec, /^\+refs\/(heads|tags|pull)\/[^:]+:refs\/(remotes\/origin|tags|pull)\/[^:]+$/);
    }
  });
});
