import assert from "node:assert/strict";
import { preflight, type Account, type Demands } from "../../environments/preflight";
import { formatProblem } from "../../environments/problems";

// Proves what is refused for what is known of an account. Reading an account is not the program's: it runs under two
// engines, and without a call to GitHub while it is evaluated.

const visibilityProblem = (got: string, rest: string) => `repository.visibility: got "${got}"; expected ${rest}`;
const owners = { "repository.approvers.prod": ["ada", "vaarak/approvers"] };
const team = (people: number, mayWrite: boolean): Account => ({ teams: { "vaarak/approvers": { people, mayWrite } } });
const onlyEnterprise = "private or public: only GitHub Enterprise has internal repositories. Remove it for private.";
const key = 'repository.approvers.prod: got "vaarak/approvers"; expected';

describe("the preflight", () => {
  const cases: [what: string, account: Account, visibility: Demands["visibility"], messages: string[]][] = [
    ["lets an unknown account pass", {}, "private", []],
    ["lets a private repository pass on the plan team", { plan: "team" }, "private", []],
    ["lets a public repository pass on the plan free", { plan: "free" }, "public", []],
    ["lets an internal repository pass on the plan enterprise", { plan: "enterprise" }, "internal", []],
    [
      "refuses a private repository on the plan free",
      { plan: "free" },
      "private",
      [
        visibilityProblem(
          "private",
          "public on the plan free: there GitHub has neither rulesets nor environments for private repositories. Change the account's plan to Team, or Pro for a user, or make the repository public.",
        ),
      ],
    ],
    [
      "refuses an internal repository outside an enterprise",
      { plan: "team" },
      "internal",
      [visibilityProblem("internal", onlyEnterprise)],
    ],
    [
      "refuses an internal repository and teams of a personal account",
      { type: "user" },
      "internal",
      [
        visibilityProblem("internal", onlyEnterprise),
        `${key} users: a personal account has no teams. Name two people, or move the repository to an organisation.`,
      ],
    ],
    [
      "refuses a team that is not there",
      { teams: {} },
      "private",
      [`${key} a team that exists. Make it on GitHub, visible to the organisation, or correct its name.`],
    ],
    [
      "refuses a team that may only read",
      team(3, false),
      "private",
      [`${key} a team that may write to the repository. Give it the role Write: GitHub passes over any other.`],
    ],
    [
      "refuses a team of one",
      team(1, true),
      "private",
      [`${key} a team of two people or more, not of 1. Add people: nobody can approve their own change.`],
    ],
    ["lets a team of two who may write pass", team(2, true), "private", []],
  ];
  for (const [what, account, visibility, messages] of cases) {
    it(what, () => {
      assert.deepEqual(preflight(account, { visibility, owners }).map(formatProblem), messages);
    });
  }
});
