import assert from "node:assert/strict";
import { APPROVERS_PATH } from "@gitops-platform/contract/paths";
import {
  approversFile,
  codeOwnersFile,
  environmentCodeOwners,
} from "@gitops-platform/components/repository/written-files";
import { decidingRule, mainCodeOwners } from "@gitops-platform/contract/code-owners";
import { ownersProblems, parseApprovers } from "../../validate/environment-branch";

const approvers = ["my-org/approvers", "ann"];
const written = (...owners: string[]) => codeOwnersFile("env/prod", environmentCodeOwners(owners)).text;

describe("CODEOWNERS of an environment's branch", () => {
  it("may be what gitops platform writes, with approvers in the settings", () => {
    assert.deepEqual(ownersProblems("env/prod", written("my-org/approvers"), approvers), []);
    assert.deepEqual(ownersProblems("env/prod", written("Ann", "my-org/Approvers"), approvers), []);
    assert.deepEqual(ownersProblems("env/prod", written("anybody"), undefined), []);
  });

  const refused: [what: string, text: string | undefined, says: RegExp][] = [
    ["removed", undefined, /^Got nothing; expected the approvers of env\/prod/],
    ["empty", "", /^Got other lines/],
    ["without an owner", "*\n", /^Got other lines/],
    ["for some paths only", "/charts/ @ann\n", /^Got other lines/],
    ["with a path without an owner", `${written("ann")}/environments/\n`, /^Got other lines/],
    ["with another owner of a path", `${written("ann")}/environments/ @developer\n`, /^Got other lines/],
    ["with a second rule for everything", `${written("ann")}* @ann\n`, /^Got other lines/],
    ["with a rule behind another line end", written("ann").replace("#", "#\r* @developer\r#"), /^Got other lines/],
    ["with an indented rule", " * @ann\n", /^Got other lines/],
    [
      "with somebody else",
      written("ann", "developer"),
      /^Got the owner @developer; expected one of my-org\/approvers, ann\./,
    ],
    ["with an address", "* dev@example.com\n", /^Got other lines/],
  ];
  for (const [what, text, says] of refused) {
    it(`is refused ${what}`, () => {
      const [problem, ...others] = ownersProblems("env/prod", text, approvers);
      assert.match(problem ?? "", says);
      assert.match(problem ?? "", /close and reopen this one, so that it is checked again\.$/);
      assert.deepEqual(others, []);
    });
  }

  it("may have no owner if the settings have none", () => {
    assert.equal(ownersProblems("env/prod", written("ann"), []).length, 1);
  });
});

describe("the file of the approvers", () => {
  it("is read as it was written", () => {
    const settings = { prod: ["my-org/approvers", "ann"], staging: [] };
    assert.deepEqual(parseApprovers(approversFile(settings).text), settings);
  });

  it("belongs to the platform team", () => {
    const rules = mainCodeOwners({ platformTeam: ["vaarak/platform"], codeOwners: { "*": ["ann"] } });
    assert.deepEqual(decidingRule(rules, APPROVERS_PATH)?.owners, ["vaarak/platform"]);
  });

  for (const text of ["{", "[]", "prod: ann", "prod: [1]", ""]) {
    it(`is refused as ${JSON.stringify(text)}, and not read as empty`, () => {
      assert.throws(() => parseApprovers(text), /approvers\.yaml: got something else/);
    });
  }
});
