import assert from "node:assert/strict";
import { ciFile } from "@gitops-platform/components/repository/ci-file";
import { mainCodeOwners, decidingRule } from "@gitops-platform/contract/code-owners";
import { parseCi } from "@gitops-platform/gitops/requests/ci";

// Tests that workflows read what the program writes, and who owns the file.

describe("the CI file", () => {
  it("is parsed to the values that were written", () => {
    const settings = { accounts: ["ci", "build-1"], repositories: { web: "vaarak/web.app", api: "vaarak/api" } };
    assert.deepEqual(parseCi(ciFile(settings).text), settings);
    const none = { accounts: [], repositories: {} };
    assert.deepEqual(parseCi(ciFile(none).text), none);
  });

  it("belongs to the platform team", () => {
    const rules = mainCodeOwners({ platformTeam: ["vaarak/platform"], codeOwners: { "*": ["ada", "bob"] } });
    assert.deepEqual(decidingRule(rules, ciFile({ accounts: [], repositories: {} }).path)?.owners, ["vaarak/platform"]);
  });

  for (const text of [
    "",
    "[]",
    "accounts: ci\nrepositories: {}\n",
    "accounts: [1]\nrepositories: {}\n",
    "accounts: [a",
  ]) {
    it(`is refused as ${JSON.stringify(text)}, and not read as empty`, () => {
      assert.throws(
        () => parseCi(text),
        /ci\.yaml: got another format of .*; expected .*\. Restore the platform's file/,
      );
    });
  }
});
