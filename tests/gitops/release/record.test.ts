import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { ALLOWED_SIGNERS, verify } from "../../../gitops/release/find-record";
import { withSigningKey } from "../../../gitops/release/signing-key";
import { authorizedKey } from "../support/keys";
import { LocalRepository } from "../support/local";

const pair = () =>
  generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "pkcs1", format: "pem" },
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
  });
const MESSAGE =
  "Release api sha-2222222 to prod\n\nEnvironment: prod\nPull-Request: 12\nApproved-By: @ann\nApproved-By: @art\nPromoted-By: @dora";

describe("the record of an approval", () => {
  const [ours, foreign] = [pair(), pair()];
  let local: LocalRepository;
  let commit: string;
  let tag: string;
  beforeEach(() => {
    local = new LocalRepository();
    commit = local.commit({ [ALLOWED_SIGNERS]: `gitops-release namespaces="git" ${authorizedKey(ours)}\n` });
    local.git("update-ref", "refs/remotes/origin/main", commit);
    tag = `release/prod/${commit.slice(0, 12)}`;
  });
  afterEach(() => {
    local.remove();
  });

  const sign = (key = ours.privateKey, name = tag, on = commit) =>
    withSigningKey(key, (file) => {
      const config = ["-c", "gpg.format=ssh", "-c", `user.signingkey=${file}`];
      return Promise.resolve(local.git(...config, "tag", "-s", "-f", "-m", MESSAGE, name, on));
    });
  const reason = async (name = tag) => {
    const found = await verify(local.clone, name);
    return "reason" in found ? found.reason : assert.fail("it verifies");
  };

  it("tells who approved what, where our App signed it", async () => {
    await sign();
    assert.deepEqual(await verify(local.clone, tag), {
      commit,
      approvedBy: ["ann", "art"],
      promotedBy: ["dora"],
      pullRequest: 12,
      breakGlass: undefined,
    });
  });

  it("verifies by either of two keys, for the time in which a key is replaced", async () => {
    const both = [foreign, ours].map((key) => `gitops-release namespaces="git" ${authorizedKey(key)}\n`).join("");
    local.git("update-ref", "refs/remotes/origin/main", local.commit({ [ALLOWED_SIGNERS]: both }));
    await sign();
    assert.equal("approvedBy" in (await verify(local.clone, tag)), true);
  });

  it("proves nothing where there is none, where nobody signed it, or somebody else did", async () => {
    assert.equal(await reason(), "no record");
    local.git("tag", tag, commit);
    assert.match(await reason(), /has no message/);
    local.git("tag", "-f", "-a", "-m", MESSAGE, tag, commit);
    assert.match(await reason(), /nobody in .* signed/);
    await sign(foreign.privateKey);
    assert.match(await reason(), /nobody in .* signed/);
  });

  it("proves nothing of another commit: neither moved, nor renamed, nor rewritten", async () => {
    await sign();
    const other = local.commit({ f: "x" });
    const elsewhere = `release/prod/${other.slice(0, 12)}`;
    local.git("update-ref", `refs/tags/${elsewhere}`, local.git("rev-parse", `refs/tags/${tag}`));
    assert.match(await reason(elsewhere), /is of another commit/);
    await sign(ours.privateKey, elsewhere, commit);
    assert.match(await reason(elsewhere), /is of another commit/);
    const forged = `${local.git("cat-file", "tag", `refs/tags/${tag}`)}\n`.replace("@ann", "@eve");
    const object = await local.clone.git("hash-object", "-t", "tag", "-w", local.write(forged));
    local.git("update-ref", `refs/tags/${tag}`, object);
    assert.match(await reason(), /nobody in .* signed/);
  });

  it("proves nothing while main names no signers", async () => {
    await sign();
    local.git("update-ref", "refs/remotes/origin/main", local.commit({ [ALLOWED_SIGNERS]: null }));
    assert.match(await reason(), /allowed_signers is not on main/);
  });

  it("takes no key but a private one without a password, and leaves none behind", async () => {
    const left = () => readdirSync(tmpdir()).filter((name) => name.startsWith("gitops-key-"));
    const before = left();
    await assert.rejects(sign("secret-that-is-no-key"), (error: Error) => {
      assert.match(error.message, /^GITOPS_SIGNING_KEY: got something else; expected a private key in PEM/);
      assert.equal(error.message.includes("secret-that-is-no-key"), false);
      return true;
    });
    await sign();
    assert.deepEqual(left(), before);
  });
});
