import assert from "node:assert/strict";
import { signersFile } from "@gitops-platform/components/repository/signers";

// Tests the file's content. The end-to-end tests verify releases with it.

describe("the allowed signers", () => {
  const trusted = (text: string) => text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));

  it("are only the release App, and only for Git", () => {
    const { path, text } = signersFile("ssh-rsa AAAA");
    assert.equal(path, ".github/gitops/allowed_signers");
    assert.deepEqual(trusted(text), ['gitops-release namespaces="git" ssh-rsa AAAA']);
    assert.match(text, /\n$/);
  });

  it("are none without a key, with an explanation of how to add it", () => {
    const { text } = signersFile(undefined);
    assert.deepEqual(trusted(text), []);
    assert.match(text, /ssh-keygen -y -f key\.pem/);
  });
});
