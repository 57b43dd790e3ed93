import assert from "node:assert/strict";
import { ROOT } from "./blocks";
import { callProblems, mentionProblems } from "./check-call";
import { settingProblems } from "./configuration";

/** Commands that a document might name by mistake, and what is said of each. */
const WRONG: readonly [command: string, said: RegExp][] = [
  ["npx gitops promote api --form dev --to staging", /unknown option '--form'/],
  ["npx gitops promot api --from dev", /unknown command 'promot'/],
  ["gitops promote api --from qa --to staging", /--from: got qa; expected one of dev, staging, prod/],
  ["npx gitops preflight --stack-file Pulumi.qa.yaml", /Pulumi\.qa\.yaml: expected a file/],
  ["npx gitops preflight", /required option '--stack-file/],
  ["npx mocha", /expected gitops/],
  ["npm install https://example.com/gitops-platform-0.1.0.tgz", /expected https:\/\/github\.com\//],
  ["pulumi new https://github.com/vaarak/gitops-platform/tree/main/templates/typescript", /expected the tag v/],
  ["npm run reviews", /expected a script/],
  ["npm run check --fix", /got arguments/],
  ["npm run review prod --against main", /options before --/],
  ["npm run review -- --agains main", /unknown option '--agains'/],
  ["pulumi up -s qa", /--stack: got qa/],
  ["pulumi up --expect-no-change", /Unknown option/],
  ["pulumi stack init --secret", /pulumi stack init: got --secret/],
  ["pulumi preview --policy-pack policy", /policy: expected a file or folder/],
  ["pulumi upp", /pulumi: got upp/],
  ["kubectl get pods --al", /Unknown option/],
  ["helm lint charts/service -f environments/qa/api.yaml", /environments\/qa\/api\.yaml: expected a file/],
  ["gh workflow run break.yaml", /expected a workflow of gitops-repo/],
  ["gh workflow run break-glass.yaml -f service=api -f environment=prod", /input reason/],
];

const WRONG_SETTINGS: readonly [command: string, said: RegExp][] = [
  ["pulumi config set context", /context: got no value/],
  ["pulumi config set contxt prod", /contxt: .*expected a known key/],
  ["pulumi config set githubToken", /githubToken: got no --secret/],
  ["pulumi config set repository.owner my-org", /repository\.owner: got no --path/],
  ["pulumi config set --path handover[1].name web", /handover\[0\]: got null/],
  ["pulumi config set --path repository.checksApp app", /repository\.checksApp: got "app"/],
  ["pulumi config set kubeconfig /home/reader/.kube/config", /kubeconfig: got a home folder/],
];

function call(command: string) {
  const [program = "", ...args] = command.split(" ");
  return { folder: ROOT, program, args };
}

describe("the check of commands in documents", () => {
  for (const [command, said] of WRONG) {
    it(`refuses ${command}`, () => {
      assert.match(callProblems(call(command)).join("\n"), said);
    });
  }

  for (const [command, said] of WRONG_SETTINGS) {
    it(`refuses ${command}`, () => {
      assert.match(settingProblems([call(command)]).join("\n"), said);
    });
  }

  it("refuses commands and options in sentences that do not exist", () => {
    for (const command of [
      "gitops promot",
      "npx gitops platform --chek",
      "gitops service add web --teem x",
      "npm run reviews",
      "pulumi u",
      "pulumi up -x",
    ])
      assert.equal(mentionProblems(command).length, 1, command);
  });
});
