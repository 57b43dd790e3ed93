import assert from "node:assert/strict";
import { readAccount } from "../../platform/account";
import { connect } from "../../github/client";
import { GitopsRepository } from "@gitops-platform/test-support/gitops-repository";

describe("the facts about the account on GitHub", function () {
  this.timeout(30_000);
  const github = new GitopsRepository();
  before(async () => {
    await github.makeEmpty();
  });
  after(() => github.remove());
  const ask = (owner: string, repository: string, ...owners: string[]) => {
    const client = connect({ api: `${github.url}/api/v3`, token: "token-of-owner" }, (text) => assert.fail(text));
    return readAccount(client, { owner, repository, owners });
  };

  it("include each team's size and write access, and no team for a person", async () => {
    const { account } = await ask("vaarak", "gitops", "vaarak/platform", "vaarak/readers", "vaarak/nobody", "ann");
    assert.equal(account.type, "organization");
    assert.deepEqual(account.teams, {
      "vaarak/platform": { people: 2, mayWrite: true },
      "vaarak/readers": { people: 1, mayWrite: false },
      "vaarak/nobody": undefined,
    });
  });

  it("assume write access if the repository does not exist yet, and note that", async () => {
    const { account, notes } = await ask("vaarak", "later", "vaarak/readers");
    assert.deepEqual(account.teams, { "vaarak/readers": { people: 1, mayWrite: true } });
    assert.match(notes.at(-1) ?? "", /^vaarak\/later does not exist yet/);
  });

  it("are of the type user if the owner is not an organisation", async () => {
    assert.deepEqual(await ask("ann", "gitops"), { account: { type: "user" }, notes: [] });
  });
});
