import assert from "node:assert/strict";
import { signersFile } from "../../../components/repository/signers";

// Proves what the file says. That Git verifies releases with it is for the end-to-end tests.

describe("the allowed signers", () => {
  const trusted = (text: string) => text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));

  it("are the release App alone, for Git alone", () => {
    const { path, text } = signersFile("ssh-rsa AAAA");
    assert.equal(path, ".github/gitops/allowed_signers");
    assert.deepEqual(trusted(text), ['gitops-release namespaces="git" ssh-rsa AAAA']);
    assert.match(text, /\n$/);
  });

  it("are nobody without a key, and say where it comes from", () => {
    const { text } = signersFile(undefined);
    assert.deepEqual(trusted(text), []);
    assert.match(text, /ssh-keygen -y -f key\.pem/);
  });
});
