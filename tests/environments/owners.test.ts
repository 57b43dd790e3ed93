import assert from "node:assert/strict";
import { approvedEnvironments } from "@gitops-platform/environments/environments";
import { checkOwners } from "@gitops-platform/environments/settings/owners";
import { parseConfiguration } from "@gitops-platform/environments/settings/parse";
import { formatProblem } from "@gitops-platform/contract/problems";
import { raw } from "@gitops-platform/test-support/stack";

// Tests the errors about owners and approvers that their names alone can reveal. Team members are known only to GitHub.

const good = {
  owner: "vaarak",
  name: "gitops",
  platformTeam: ["vaarak/platform"],
  approvers: { prod: ["ada", "bob"] },
};

function messages(repository: object): string[] {
  const { configuration, problems } = parseConfiguration(raw({ repository: { ...good, ...repository } }));
  return [...problems, ...checkOwners(configuration)].map(formatProblem);
}

describe("owners and approvers", () => {
  const second = "Name a second person or a team: nobody can approve their own change.";
  const lines = "Add lines below it: one - <organisation>/<team>, or at least two - <user>.";
  const nowhere = "GitHub ignores teams of other organisations; name a team of the repository's organisation.";
  const badName =
    "a GitHub user, or a team as <organisation>/<team>, without @. " +
    "Write it as in github.com/<user>, or as in github.com/orgs/<organisation>/teams/<team>.";
  const bot = "a person or a team of people. Remove it: an approval by a bot does not count.";
  const noEffect =
    "a path that is the last match for at least one file. Remove or correct it: it matches no file, or /charts/, " +
    "/gitops.yaml, /gitops.schema.json, /services/, /delivery/, /service.schema.json, /.github/ or a later path " +
    "overrides it.";

  const cases: [what: string, repository: object, messages: string[]][] = [
    ["nothing against teams", {}, []],
    ["nothing against two people", { platformTeam: ["ada", "bob"] }, []],
    ["nothing against a managed user's name", { platformTeam: ["ada_vaarak", "bob"] }, []],
    [
      "missing owners and approvers",
      { platformTeam: undefined, approvers: undefined },
      [
        `repository.platformTeam: got nothing; expected the owners of charts, workflows and CODEOWNERS. ${lines}`,
        `repository.approvers.prod: got nothing; expected the approvers of prod. ${lines}`,
      ],
    ],
    [
      "a single person",
      { approvers: { prod: ["ada"] } },
      [`repository.approvers.prod: got ["ada"]; expected two people or more, or a team. ${second}`],
    ],
    [
      "one person twice",
      { platformTeam: ["ada", "Ada"] },
      [`repository.platformTeam: got ["ada","Ada"]; expected two people or more, or a team. ${second}`],
    ],
    [
      "a single owner of a path",
      { codeOwners: { "/environments/staging/": ["ada"] } },
      [`repository.codeOwners./environments/staging/: got ["ada"]; expected two people or more, or a team. ${second}`],
    ],
    [
      "a CI account as an approver",
      { ciAccounts: ["Ada"] },
      [
        'repository.approvers.prod: got "ada"; expected no account from repository.ciAccounts. ' +
          "Name a person or a team: an approval by a program does not count.",
      ],
    ],
    [
      "invalid names of CI accounts and repositories",
      { ciAccounts: ["ci-app[bot]"], serviceRepositories: { web: "web-app" } },
      [
        'repository.ciAccounts[0]: got "ci-app[bot]"; expected the login of an account that CI uses, without @. ' +
          "Write it as in github.com/<login>. An App is recognized by its suffix [bot] and needs no entry.",
        'repository.serviceRepositories.web: got "web-app"; expected a repository as <owner>/<name>. ' +
          "Write it as in github.com/<owner>/<name>.",
      ],
    ],
    [
      "a team of another organisation",
      { platformTeam: ["acme/platform"] },
      [`repository.platformTeam: got "acme/platform"; expected a team of vaarak. ${nowhere}`],
    ],
    [
      "a team on a personal account",
      { account: { type: "user" }, approvers: { prod: ["vaarak/approvers"] }, platformTeam: ["ada", "bob"] },
      [
        'repository.approvers.prod: got "vaarak/approvers"; expected users: a personal account has no teams. ' +
          "Name two people, or move the repository to an organisation.",
      ],
    ],
    [
      "a private repository on the plan free",
      { account: { plan: "free" } },
      [
        'repository.visibility: got "private"; expected public on the Free plan, which has neither rulesets nor ' +
          "environments for private repositories. Change the account's plan to Team, or Pro for a user, " +
          "or make the repository public.",
      ],
    ],
    ["nothing against a public repository on the plan free", { account: { plan: "free" }, visibility: "public" }, []],
    [
      "a name with @",
      { platformTeam: ["@ada", "bob"] },
      [`repository.platformTeam[0]: got "@ada"; expected ${badName}`],
    ],
    [
      "a team within a team",
      { approvers: { prod: ["vaarak/a/b"] } },
      [`repository.approvers.prod[0]: got "vaarak/a/b"; expected ${badName}`],
    ],
    [
      "an App as an owner",
      { platformTeam: ["ada", "dependabot[bot]"] },
      [`repository.platformTeam[1]: got "dependabot[bot]"; expected ${bot}`],
    ],
    [
      "a program's account as an owner",
      { approvers: { prod: ["ada", "vaarak-bot"] } },
      [`repository.approvers.prod[1]: got "vaarak-bot"; expected ${bot}`],
    ],
    [
      "an empty list",
      { platformTeam: [] },
      [
        "repository.platformTeam: got []; expected at least one team, or two people. " +
          "Write it as lines of - <organisation>/<team>.",
      ],
    ],
    [
      "approvers of an environment without an approval branch",
      { approvers: { ...good.approvers, staging: ["ada", "bob"] } },
      [
        'repository.approvers.staging: got ["ada","bob"]; expected an environment with an approval branch. ' +
          "Remove it: changes of staging do not wait on a branch env/staging. " +
          "To require approvals on main, name owners of /environments/staging/ in repository.codeOwners.",
      ],
    ],
    [
      "approvers of no environment",
      { approvers: { ...good.approvers, prd: ["ada", "bob"] } },
      [
        'repository.approvers.prd: got ["ada","bob"]; expected an environment with an approval branch. ' +
          "Did you mean prod?",
      ],
    ],
    [
      "a team ID without a single team",
      { platformTeamId: 5, platformTeam: ["vaarak/platform", "ada"] },
      [
        "repository.platformTeamId: got 5; expected one team and no other owner in platformTeam. " +
          "Remove it: with several owners, GitHub would require this team's approval besides another owner's.",
      ],
    ],
    ["nothing against the ID of the only team", { platformTeamId: 5 }, []],
    ["nothing against an owner of staging's values", { codeOwners: { "/environments/staging/": ["vaarak/qa"] } }, []],
    [
      "a path that matches nothing",
      { codeOwners: { "/environments/qa/": ["vaarak/qa"] } },
      [`repository.codeOwners["/environments/qa/"]: got owners; expected ${noEffect}`],
    ],
    [
      "a path that the platform owns",
      { codeOwners: { "/charts/service/": ["vaarak/qa"] } },
      [`repository.codeOwners["/charts/service/"]: got owners; expected ${noEffect}`],
    ],
    [
      "a path that a later one overrides",
      { codeOwners: { "/environments/dev/": ["vaarak/dev"], "/environments/": ["vaarak/qa"] } },
      [`repository.codeOwners["/environments/dev/"]: got owners; expected ${noEffect}`],
    ],
    [
      "a path that is not from the root",
      { codeOwners: { "environments/dev": ["vaarak/dev"] } },
      [
        'repository.codeOwners["environments/dev"]: got owners; expected a path from the repository\'s root, ' +
          "of letters, digits and . _ - * /. Write it as /environments/staging/.",
      ],
    ],
  ];
  for (const [what, repository, expected] of cases) {
    it(`report ${what}`, () => {
      assert.deepEqual(messages(repository), expected);
    });
  }

  it("report nothing about the paths of an adopted repository, whose files are unknown", () => {
    assert.deepEqual(messages({ adopt: true, codeOwners: { "/environments/qa/": ["vaarak/qa"] } }), []);
  });

  it("are required for the environments that have an approval branch", () => {
    assert.deepEqual(approvedEnvironments(), ["prod"]);
  });
});
