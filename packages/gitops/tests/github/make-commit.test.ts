import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "@gitops-platform/contract/failure";
import { carry, type NewCommit, withFiles } from "../../git/commits";
import { MAIN, remoteBranch } from "../../git/refs";
import { makeCommit } from "../../github/make-commit";
import type { Session } from "../../session";
import { GitopsRepository, repository } from "@gitops-platform/test-support/gitops-repository";
import { Keys } from "@gitops-platform/test-support/keys";

const LARGE = "0123456789abcdef\n".repeat(40_000);

describe("a commit of gitops", function () {
  this.slow(5000);
  this.timeout(60_000);
  const gitops = new GitopsRepository();
  before(async () => {
    await gitops.make({ files: { "a/b.yaml": "1\n", "a/gone.yaml": "1\n", "run.sh": "#!/bin/sh\n" } });
    const clone = await gitops.clone("owner");
    await clone.git("checkout", "--quiet", "-b", "release/prod/other");
    writeFileSync(join(clone.folder, "picture.png"), Buffer.from([0x89, 0x50, 0xff, 0xfe, 0x00]));
    await clone.git("add", ".");
    await clone.git("update-index", "--chmod=+x", "run.sh");
    await clone.git("commit", "--quiet", "-m", "Other");
    await clone.git("push", "--quiet", "origin", "release/prod/other");
  });
  after(() => gitops.remove());

  const OTHER = remoteBranch("release/prod/other");
  const idOf = async ({ clone }: Session, revision: string) => (await clone.resolve(revision)) ?? "";
  const read = async (sha: string) =>
    (await gitops.octokit("owner").rest.repos.getCommit({ ...repository, ref: sha })).data;
  const change = async (session: Session, base: string, text = "2\n"): Promise<NewCommit> => {
    const parent = await idOf(session, base);
    const tree = await withFiles(session.clone, parent, new Map([["a/b.yaml", text]]));
    return { tree, parents: [parent], message: "Change\n\nService: api\nRequested-By: @dora\n" };
  };

  it("has the App as its author, GitHub's signature and the given files, and is on no branch", async () => {
    await gitops.change(async (session) => {
      const { clone } = session;
      const parent = await idOf(session, OTHER);
      const changes = new Map([
        ["a/b.yaml", "ä\r\n"],
        ["a/gone.yaml", null],
        ["run.sh", "#!/bin/bash\n"],
        ["new/large.txt", LARGE],
      ]);
      const tree = await withFiles(clone, parent, changes);
      const sha = await makeCommit(session, { tree, parents: [parent], message: "Change\n\nService: api\n" });
      assert.equal(await clone.git("rev-parse", `${sha}^{tree}`), tree);
      assert.equal(await clone.git("rev-parse", `${sha}^@`), parent);
      assert.match(await clone.git("ls-tree", sha, "run.sh"), /^100755 blob /);
      assert.equal(await clone.read(sha, "new/large.txt"), LARGE);
      assert.equal(await clone.git("log", "-1", "--format=%(trailers:key=Service,valueonly)%cn", sha), "api\nGitHub");
      assert.equal(await clone.git("for-each-ref", "--contains", sha), "");
      const { commit, author } = await read(sha);
      assert.deepEqual([commit.verification?.verified, commit.verification?.reason], [true, "valid"]);
      assert.equal(author?.login, "bump[bot]");
    });
  });

  it("can have several parents, and unchanged files of another branch", async () => {
    await gitops.change(async (session) => {
      const parents = [await idOf(session, MAIN), await idOf(session, OTHER)] as const;
      const tree = await carry(session.clone, parents[0], parents[1], "picture.png", "run.sh");
      const sha = await makeCommit(session, { tree, parents, message: "Merge" });
      assert.equal(await session.clone.git("rev-parse", `${sha}^{tree}`), tree);
      assert.equal((await session.clone.git("rev-parse", `${sha}^@`)).replace("\n", " "), parents.join(" "));
      assert.equal((await read(sha)).commit.verification?.verified, true);
    });
  });

  it("can be without changes", async () => {
    await gitops.change(async (session) => {
      const parent = await idOf(session, MAIN);
      const tree = await session.clone.git("rev-parse", `${parent}^{tree}`);
      const sha = await makeCommit(session, { tree, parents: [parent], message: "Nothing" });
      assert.equal(await session.clone.git("rev-parse", `${sha}^{tree}`), tree);
    });
  });

  it("does not move a branch that somebody else moved", async () => {
    await gitops.change(async (session) => {
      const from = await idOf(session, OTHER);
      const to = await makeCommit(session, await change(session, OTHER));
      const theirs = await gitops.commit("Theirs", {}, "release/prod/taken");
      assert.equal(await session.clone.push({ ref: "refs/heads/release/prod/taken", to, from }), false);
      await session.clone.fetch();
      assert.equal(await idOf(session, remoteBranch("release/prod/taken")), theirs);
      assert.equal(await session.clone.push({ ref: "refs/heads/release/prod/taken", to, from: theirs }), true);
    });
  });

  it("is refused if GitHub makes another tree", async () => {
    await gitops.change(async (session) => {
      const sha = "0".repeat(40);
      const git = { createTree: () => Promise.resolve({ data: { sha } }) };
      const github = { rest: { git } } as unknown as Session["github"];
      const wanted = await change(session, MAIN);
      const message = `commit: got the tree ${sha} from GitHub; expected ${wanted.tree}, which was made here.`;
      await assert.rejects(makeCommit({ ...session, github }, wanted), (error: Error) => {
        assert.ok(error instanceof Failure);
        return error.message.startsWith(message);
      });
    });
  });

  it("is made locally and unsigned if the person's Git does not sign", async () => {
    await gitops.change(
      async (session) => {
        const sha = await makeCommit(session, await change(session, MAIN));
        assert.equal(await session.clone.git("log", "-1", "--format=%an %cn", sha), "pat[bot] pat[bot]");
        assert.doesNotMatch(await session.clone.git("cat-file", "commit", sha), /gpgsig/);
      },
      { login: "pat" },
    );
  });

  describe("by a person whose Git signs", () => {
    const keys = new Keys();
    const { env } = process;
    afterEach(() => {
      process.env = env;
    });
    after(() => {
      keys.remove();
    });
    const signing = (key: string) => {
      const config = join(gitops.folder, "signing");
      writeFileSync(config, `[commit]\n gpgSign\n[gpg]\n format = ssh\n[user]\n signingKey = ${key}\n`);
      process.env = { ...env, GIT_CONFIG_GLOBAL: config };
    };

    it("is signed", async () => {
      signing(keys.make("key").key);
      await gitops.change(
        async (session) => {
          const sha = await makeCommit(session, await change(session, MAIN));
          assert.match(await session.clone.git("cat-file", "commit", sha), /\ngpgsig -----BEGIN SSH SIGNATURE-----\n/);
        },
        { login: "pat" },
      );
    });

    it("is refused in one line if the key is missing", async () => {
      signing("/nowhere/key");
      await gitops.change(
        async (session) => {
          await assert.rejects(makeCommit(session, await change(session, MAIN)), (error: Error) => {
            assert.ok(error instanceof Failure);
            assert.match(
              error.message,
              /^commit\.gpgSign: got git commit-tree: [^]*; expected a signed commit\. Repair/,
            );
            return true;
          });
        },
        { login: "pat" },
      );
    });

    it("is by the App and signed by GitHub in a workflow", async () => {
      signing("/nowhere/key");
      await gitops.change(async (session) => {
        const sha = await makeCommit(session, await change(session, MAIN));
        assert.equal((await read(sha)).commit.verification?.verified, true);
      });
    });
  });
});
