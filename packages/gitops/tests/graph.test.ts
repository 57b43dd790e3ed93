import assert from "node:assert/strict";
import { environmentsFile } from "@gitops-platform/components/repository/written-files";
import { missingBranches, parseGraph } from "../graph";
import { LocalRepository } from "@gitops-platform/test-support/local-repository";
import { TWO_PRODUCTIONS } from "@gitops-platform/test-support/graphs";

describe("the repository's file of environments", () => {
  it("is read as it was written", () => {
    const { text } = environmentsFile(TWO_PRODUCTIONS.environments);
    assert.match(
      text,
      /^ {2}- \{ name: prod-eu, stage: production, promotesFrom: staging, waitsForApproval: true \}$/m,
    );
    const { environments } = parseGraph(text);
    assert.deepEqual(
      JSON.parse(JSON.stringify(environments)),
      JSON.parse(JSON.stringify(TWO_PRODUCTIONS.environments)),
    );
  });

  for (const text of [
    "",
    "[]",
    "environments: {}",
    "environments: [dev]",
    "a: 1\nenvironments: []",
    "{",
    "environments: []\nb: 1",
  ]) {
    it(`is refused as ${JSON.stringify(text)}`, () => {
      assert.throws(() => parseGraph(text), /^Failure: \.github\/gitops\/environments\.yaml: got another format; /);
    });
  }

  it("is refused with every problem of its entries", () => {
    const text =
      "environments:\n  - { name: 7, stage: test, gated: true }\n  - { name: b, stage: staging, promotesFrom: [a] }\n";
    assert.throws(
      () => parseGraph(text),
      ({ message }: Error) => {
        const keys = message.split("\n").map((line) => line.split(": ")[1]);
        assert.deepEqual(keys, [
          "environments[0].name",
          "environments[0].stage",
          "environments[0].waitsForApproval",
          "environments[0].gated",
          "environments[1].promotesFrom",
          "environments[1].waitsForApproval",
        ]);
        return true;
      },
    );
  });

  it("is refused if its environments form a cycle", () => {
    const entry = (name: string, from: string) =>
      `  - { name: ${name}, stage: staging, promotesFrom: ${from}, waitsForApproval: true }\n`;
    assert.throws(() => parseGraph(`environments:\n${entry("a", "b")}${entry("b", "a")}`), /a cycle: a → b → a/);
  });
});

describe("an environment that waits for approval", () => {
  it("is reported while its branch is missing, even if another branch starts with the same name", async () => {
    const local = new LocalRepository();
    try {
      const commit = local.commit({ f: "x" });
      local.git("update-ref", "refs/remotes/origin/env/prod-eu", commit);
      const [prod, ...more] = await missingBranches(local.clone, TWO_PRODUCTIONS);
      assert.match(prod ?? "", /^prod: got no branch env\/prod; expected one/);
      assert.deepEqual(more, []);
      local.git("update-ref", "refs/remotes/origin/env/prod", commit);
      assert.deepEqual(await missingBranches(local.clone, TWO_PRODUCTIONS), []);
    } finally {
      local.remove();
    }
  });
});
