import assert from "node:assert/strict";
import { preflight, type Account, type Requirements } from "@gitops-platform/environments/preflight";
import { formatProblem } from "@gitops-platform/contract/problems";

// Tests what is refused, depending on the known facts about an account. The program does not read them from GitHub,
// because it must run without calls to GitHub.

const visibilityProblem = (got: string, rest: string) => `repository.visibility: got "${got}"; expected ${rest}`;
const owners = { "repository.approvers.prod": ["ada", "vaarak/approvers"] };
const team = (people: number, mayWrite: boolean): Account => ({ teams: { "vaarak/approvers": { people, mayWrite } } });
const onlyEnterprise = "private or public: only GitHub Enterprise has internal repositories. Remove it for private.";
const key = 'repository.approvers.prod: got "vaarak/approvers"; expected';

describe("the preflight", () => {
  const cases: [what: string, account: Account, visibility: Requirements["visibility"], messages: string[]][] = [
    ["accepts an unknown account", {}, "private", []],
    ["accepts a private repository on the Team plan", { plan: "team" }, "private", []],
    ["accepts a public repository on the Free plan", { plan: "free" }, "public", []],
    ["accepts an internal repository on the Enterprise plan", { plan: "enterprise" }, "internal", []],
    [
      "refuses a private repository on the Free plan",
      { plan: "free" },
      "private",
      [
        visibilityProblem(
          "private",
          "public on the Free plan, which has neither rulesets nor environments for private repositories. " +
            "Change the account's plan to Team, or Pro for a user, or make the repository public.",
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
      "refuses a team that does not exist",
      { teams: {} },
      "private",
      [`${key} a team that exists. Create it on GitHub, visible to the organisation, or correct its name.`],
    ],
    [
      "refuses a team without write access",
      team(3, false),
      "private",
      [
        `${key} a team with write access to the repository. ` +
          "Give it the role Write: GitHub ignores code owners without it.",
      ],
    ],
    [
      "refuses a team of one",
      team(1, true),
      "private",
      [`${key} a team of two people or more, not of 1. Add people: nobody can approve their own change.`],
    ],
    ["accepts a team of two with write access", team(2, true), "private", []],
  ];
  for (const [what, account, visibility, messages] of cases) {
    it(what, () => {
      assert.deepEqual(preflight(account, { visibility, owners }).map(formatProblem), messages);
    });
  }
});
