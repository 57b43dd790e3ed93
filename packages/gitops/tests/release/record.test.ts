import { recordTag } from "@gitops-platform/contract/tags";
import assert from "node:assert/strict";
import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { SIGNERS_PATH } from "@gitops-platform/components/repository/signers";
import { withRecords } from "../../release/record";
import { withSigningKey } from "../../release/write-record";
import { authorizedKey } from "@gitops-platform/test-support/keys";
import { LocalRepository } from "@gitops-platform/test-support/local-repository";

const pair = () =>
  generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "pkcs1", format: "pem" },
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
  });
const MESSAGE =
  "Release api sha-2222222 to prod\n\nEnvironment: prod\nPull-Request: 12\n" +
  "Approved-By: @ann\nApproved-By: @art\nPromoted-By: @dora";

describe("the record of an approval", () => {
  const [ours, foreign] = [pair(), pair()];
  let local: LocalRepository;
  let commit: string;
  let tag: string;
  beforeEach(() => {
    local = new LocalRepository();
    commit = local.commit({ [SIGNERS_PATH]: `gitops-release namespaces="git" ${authorizedKey(ours)}\n` });
    local.git("update-ref", "refs/remotes/origin/main", commit);
    tag = recordTag("prod", commit);
  });
  afterEach(() => {
    local.remove();
  });

  const sign = (key = ours.privateKey, name = tag, on = commit) =>
    withSigningKey(key, (file) => {
      const config = ["-c", "gpg.format=ssh", "-c", `user.signingkey=${file}`];
      return Promise.resolve(local.git(...config, "tag", "-s", "-f", "-m", MESSAGE, name, on));
    });
  const verify = (on = commit) => withRecords(local.clone, (find) => find("prod", on));
  const reason = async (on = commit) => {
    const found = await verify(on);
    return "reason" in found ? found.reason : assert.fail("it verifies");
  };

  it("names the approvers, if the release App signed it", async () => {
    await sign();
    assert.deepEqual(await verify(), {
      approvedBy: ["@ann", "@art"],
      refused: [],
      promotedBy: ["@dora"],
      pullRequest: 12,
      breakGlass: undefined,
    });
  });

  it("is verified with either of two keys, while a key is being replaced", async () => {
    const both = [foreign, ours].map((key) => `gitops-release namespaces="git" ${authorizedKey(key)}\n`).join("");
    local.git("update-ref", "refs/remotes/origin/main", local.commit({ [SIGNERS_PATH]: both }));
    await sign();
    assert.equal("approvedBy" in (await verify()), true);
  });

  it("is not valid if it is missing, unsigned or signed by another key", async () => {
    assert.match(await reason(), /^there is no record release.prod/);
    local.git("tag", tag, commit);
    assert.match(await reason(), /has no message/);
    local.git("tag", "-f", "-a", "-m", MESSAGE, tag, commit);
    assert.match(await reason(), /is not signed by the platform/);
    await sign(foreign.privateKey);
    assert.match(await reason(), /is not signed by the platform/);
  });

  it("is found under a numbered name if the first one is taken, but only under the signed name", async () => {
    local.git("tag", tag, commit);
    await sign(foreign.privateKey, `${tag}-2`);
    await sign(ours.privateKey, `${tag}-10`);
    const found = await verify();
    assert.deepEqual("approvedBy" in found && found.approvedBy, ["@ann", "@art"]);
    local.git("update-ref", `refs/tags/${tag}-3`, local.git("rev-parse", `refs/tags/${tag}-10`));
    local.git("tag", "-d", `${tag}-10`);
    assert.match(await reason(), /-3 is the record of something else/);
  });

  it("is not valid for another commit: moved, renamed or rewritten", async () => {
    await sign();
    const other = local.commit({ f: "x" });
    const elsewhere = recordTag("prod", other);
    local.git("update-ref", `refs/tags/${elsewhere}`, local.git("rev-parse", `refs/tags/${tag}`));
    assert.match(await reason(other), /is the record of something else/);
    await sign(ours.privateKey, elsewhere, commit);
    assert.match(await reason(other), /is the record of something else/);
    const forged = `${local.git("cat-file", "tag", `refs/tags/${tag}`)}\n`.replace("@ann", "@eve");
    const object = await local.clone.git("hash-object", "-t", "tag", "-w", local.write(forged));
    local.git("update-ref", `refs/tags/${tag}`, object);
    assert.match(await reason(), /is not signed by the platform/);
  });

  it("is not valid while main has no allowed signers", async () => {
    await sign();
    local.git("update-ref", "refs/remotes/origin/main", local.commit({ [SIGNERS_PATH]: null }));
    assert.match(await reason(), /main has no .*allowed_signers/);
  });

  it("is signed with a key in any form of a secret: PKCS#8, escaped line ends, base64, quotes", async () => {
    const { privateKey } = ours;
    const pkcs8 = createPrivateKey(privateKey).export({ type: "pkcs8", format: "pem" }).toString();
    for (const key of [
      pkcs8,
      pkcs8.replaceAll("\n", "\\n"),
      privateKey.replaceAll("\n", "\\n"),
      privateKey.replaceAll("\n", "\r\n"),
      `'${privateKey.trimEnd()}' `,
      Buffer.from(privateKey).toString("base64"),
    ]) {
      await sign(key);
      assert.ok("approvedBy" in (await verify()), key.slice(0, 10));
    }
  });

  it("is not signed with an invalid key, and leaves no key file behind", async () => {
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
