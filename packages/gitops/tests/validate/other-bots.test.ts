import assert from "node:assert/strict";
import { environmentsFile } from "@gitops-platform/components/repository/written-files";
import { validatePullRequest } from "../../validate/pull-request";
import { TWO_PRODUCTIONS } from "@gitops-platform/test-support/graphs";
import { GitopsRepository } from "@gitops-platform/test-support/gitops-repository";

const repository = { owner: "vaarak", repo: "gitops" };
const environments = environmentsFile(TWO_PRODUCTIONS.environments);
const WORKFLOW = ".github/workflows/lint.yaml";

describe("a pull request of another bot", function () {
  this.timeout(120_000);
  const github = new GitopsRepository();
  before(() => github.make({ files: { [WORKFLOW]: "name: Lint\n" } }));
  after(() => github.remove());

  /** Validates a pull request of Renovate's. Returns its number and its problems. */
  async function found(branch: string, files: Record<string, string>): Promise<[number, string[]]> {
    const number = await github.propose("renovate", "main", branch, `Change ${branch}`, files);
    const { problems } = await github.as("release", (session) => validatePullRequest(session, { number }));
    return [number, problems.map(({ file = "", message }) => `${file}: ${message.split(" ").slice(0, 3).join(" ")}`)];
  }

  it("may update a workflow, and waits for its code owner", async () => {
    const [number, problems] = await found("renovate/actions", { [WORKFLOW]: "name: Lint # v2\n" });
    assert.deepEqual(problems, []);
    await github.sayValid(number);
    const merge = () => github.octokit("renovate").rest.pulls.merge({ ...repository, pull_number: number });
    await assert.rejects(merge(), /code owner review from/);
    await github.approve("pat", number);
    assert.equal((await merge()).data.merged, true);
  });

  const refused: readonly [string, Record<string, string>][] = [
    ["values", { "environments/prod/api.yaml": "image:\n  tag: latest\n" }],
    ["CODEOWNERS", { ".github/CODEOWNERS": "* @vaarak/developers\n" }],
    ["the accounts of CI", { ".github/gitops/ci.yaml": "accounts: []\nrepositories: {}\n" }],
    ["the bundle of gitops", { ".github/gitops/gitops.mjs": "//\n" }],
    ["the environments", { [environments.path]: environments.text }],
    ["the rules", { "gitops.yaml": "tags: { kinds: { commit: false } }\n" }],
    ["other files", { "README.md": "# Mine\n" }],
  ];
  for (const [what, files] of refused) {
    it(`may not change ${what}`, async () => {
      const branch = `renovate/${Object.keys(files)[0]?.replaceAll(/\W/g, "-") ?? ""}`;
      const [, problems] = await found(branch, files);
      const [path = ""] = Object.keys(files);
      assert.ok(problems.includes(`${path}: Got a bot's`), problems.join("\n"));
    });
  }

  it("may not change values together with a workflow", async () => {
    const values = { "environments/dev/api.yaml": "replicaCount: 9\n" };
    const [, problems] = await found("renovate/both", { [WORKFLOW]: "name: Lint # v3\n", ...values });
    assert.ok(problems.includes("environments/dev/api.yaml: Got a bot's"), problems.join("\n"));
    assert.ok(!problems.some((line) => line.startsWith(WORKFLOW)));
  });
});
