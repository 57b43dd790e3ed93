/**
 * The content and rulesets of the repository that the program created. protection.test.ts tests the rulesets' effects.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { Octokit } from "@octokit/rest";
import { rememberedPorts } from "@gitops-platform/sandbox/ports";
import { git, paths } from "./support/platform";

describe("the GitOps repository", () => {
  let github: Octokit;
  before(async () => {
    const { platformToken } = JSON.parse(await readFile(paths.credentials, "utf8")) as { platformToken: string };
    const { shared } = await rememberedPorts(paths);
    github = new Octokit({ auth: platformToken, baseUrl: `http://127.0.0.1:${shared.github}/api/v3` });
  });

  it("has rulesets for main, production's branch, other env/* branches, approval records and other tags", async () => {
    const { data } = await github.repos.getRepoRulesets({ owner: "vaarak", repo: "gitops" });
    assert.deepEqual(data.map(({ name, enforcement }) => `${name} ${enforcement}`).sort(), [
      "env/* active",
      "env/prod active",
      "main active",
      "release active",
      "release/**/* active",
      "reserved branches active",
    ]);
  });

  it("is owned by the platform team except environments/ on main, and by the approvers on env/prod", async () => {
    await git("fetch", "--quiet");
    const owners = async (branch: string): Promise<string[]> =>
      (await git("show", `origin/${branch}:.github/CODEOWNERS`)).split("\n").filter((line) => !line.startsWith("#"));
    assert.deepEqual(await owners("main"), [
      "* @vaarak/platform",
      "/environments/",
      "/charts/ @vaarak/platform",
      "/gitops.yaml @vaarak/platform",
      "/gitops.schema.json @vaarak/platform",
      ...["/services/", "/delivery/", "/service.schema.json"].map((path) => `${path} @vaarak/platform`),
      "/.github/ @vaarak/platform",
    ]);
    assert.deepEqual(await owners("env/prod"), ["* @vaarak/production-approvers"]);
  });
});
