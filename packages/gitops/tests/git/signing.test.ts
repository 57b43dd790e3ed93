import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Clone } from "../../git/clone";
import { commitTree } from "../../git/commits";
import { isolated, isolatedRemote, personalSigning } from "@gitops-platform/clients/git/environment";

describe("the program that signs a person's commits", () => {
  const { env } = process;
  let folder: string;
  const git = (...args: string[]) =>
    execFileSync("git", args, { cwd: folder, env: isolated(), encoding: "utf8" }).trim();
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "gitops-signing-"));
    git("init", "--quiet");
    process.env = { ...env, GIT_CONFIG_GLOBAL: join(folder, "global") };
  });
  afterEach(() => {
    process.env = env;
    rmSync(folder, { recursive: true, force: true });
  });

  it("is taken from the user's settings, not from the clone's", async () => {
    writeFileSync(join(folder, "global"), '[gpg "ssh"]\n program = /usr/bin/ssh-keygen\n');
    for (const [key, value] of [
      ["commit.gpgSign", "true"],
      ["gpg.format", "ssh"],
      ["gpg.ssh.program", "/tmp/stranger"],
      ["gpg.program", "/tmp/stranger"],
      ["gpg.ssh.defaultKeyCommand", "/tmp/stranger"],
      ["user.signingKey", "key"],
    ] as const)
      git("config", key, value);
    assert.deepEqual((await personalSigning(folder))?.settings, [
      ["gpg.ssh.program", "/usr/bin/ssh-keygen"],
      ["gpg.format", "ssh"],
      ["user.signingkey", "key"],
    ]);
  });

  it("does not get the token", async () => {
    const [program, seen] = [join(folder, "sign"), join(folder, "seen")];
    writeFileSync(
      program,
      `#!/bin/sh\nenv > ${seen}\ncat > /dev/null\necho "-----BEGIN PGP SIGNATURE-----"\n` +
        "printf '\\n[GNUPG:] SIG_CREATED x\\n' >&2\n",
    );
    chmodSync(program, 0o755);
    writeFileSync(
      join(folder, "global"),
      `[commit]\n gpgSign\n[gpg]\n program = ${program}\n[user]\n signingKey = key\n`,
    );
    const identity = { name: "Dora", email: "dora@example.com" };
    const tree = git("mktree", "--missing");
    const clone = Clone.at(join(folder, ".git"));
    // The environment of a command's own clone, which can push.
    Object.assign(clone, { env: isolatedRemote({ server: "https://github.com", token: "secret" }, []) });
    const parent = await commitTree(
      clone,
      {
        tree,
        parents: [git("-c", "user.name=x", "-c", "user.email=x@example.com", "commit-tree", tree, "-m", "First")],
        message: "x",
      },
      identity,
    );
    const signing = await personalSigning(folder);
    const commit = await commitTree(clone, { tree, parents: [parent], message: "Signed" }, identity, signing);
    assert.match(git("cat-file", "commit", commit), /\ngpgsig -----BEGIN PGP SIGNATURE-----/);
    const basic = Buffer.from("x-access-token:secret").toString("base64");
    assert.ok(!readFileSync(seen, "utf8").includes(basic));
  });
});
