import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFirstService } from "../../init/answers";
import { readStacks, type Values } from "../../init/stacks";
import { NewPlatform } from "./support";

describe("the answers of gitops init", function () {
  this.timeout(120_000);
  this.slow(20_000);
  const platform = new NewPlatform();
  const none = { cluster: [], platformTeam: [], approvers: [] };
  before(() => platform.make());
  after(() => platform.remove());

  it("can come from a person, with what pulumi new asked for as defaults", async () => {
    const file = join(platform.project, "Pulumi.dev.yaml");
    const asDelivered = readFileSync(file, "utf8");
    const asked: string[] = [];
    const answers: Record<string, string> = {
      "The GitOps repository, as <organisation>/<name>": "vaarak/gitops",
      "staging: the context in that file": "my-staging",
      "prod: the context in that file": "my-prod",
      "Owners of charts and workflows, separated by commas": "pat, art",
      "Go on? (yes or no)": "no",
    };
    const ask = (question: string, byDefault = "") => {
      asked.push(question);
      return Promise.resolve(answers[question] ?? byDefault);
    };
    const unanswered = { ...none, repo: undefined as unknown as string, visibility: "public", yes: false };
    const prompted = asDelivered
      .replace("~/.kube/config", platform.kubeconfig)
      .replace("context: dev", "context: my-dev");
    writeFileSync(file, prompted);
    const message = await platform.refusal(unanswered, { ask });
    assert.match(message, /"vaarak\/prod-approvers"; expected a team that exists/);
    assert.equal(asked.length, 9);
    answers["Approvers for prod, separated by commas"] = "vaarak/approvers";
    assert.equal(await platform.refusal(unanswered, { ask }), "Nothing was changed.");
    writeFileSync(file, asDelivered);
  });

  it("can come from a file, and GitHub and the cluster get the same webhook secret", async () => {
    const file = join(platform.project, "answers.yaml");
    const cluster = (name: string) => `  ${name}: { kubeconfig: ${platform.kubeconfig}, context: my-${name} }\n`;
    writeFileSync(
      file,
      `repository: vaarak/hooked\nvisibility: public\nplatformTeam: [vaarak/platform]\nciAccounts: [ci]\n` +
        `approvers: { prod: [vaarak/approvers] }\nwebhooks: { dev: https://argocd.example/api/webhook }\n` +
        `clusters:\n${["dev", "staging", "prod"].map(cluster).join("")}`,
    );
    platform.hasBrowser = false;
    platform.visit = async (browser, url) => {
      const install = await browser.press(await browser.press(await browser.open(url)));
      await browser.press(install, { repository_id: "hooked" });
    };
    await platform.init({ ...none, repo: undefined as unknown as string, from: file });
    const secrets = platform
      .calls()
      .filter(({ args }) => /^gitops-platform:webhookSecret(s\.dev)?$/.test(args.at(-4) ?? ""));
    const dev = secrets.filter(
      ({ args }) => args.includes("dev") || args.includes("gitops-platform:webhookSecrets.dev"),
    );
    assert.equal(dev.length, 2);
    assert.equal(new Set(dev.map(({ stdin }) => stdin)).size, 1);
    assert.ok(dev.some(({ args }) => args.includes("--path")));
    const { repository, webhooks } = platform.settings("prod");
    assert.deepEqual(webhooks, { dev: "https://argocd.example/api/webhook" });
    assert.deepEqual((repository as { ciAccounts: string[] }).ciAccounts, ["ci"]);
    assert.equal(platform.said.match(/ssh -L (\d+):127\.0\.0\.1:\1 <this machine>/g)?.length, 1);
  });
});

describe("the first service of gitops init", () => {
  const team = "vaarak/platform";
  const approvers = { "repository.approvers": { prod: ["ann", "vaarak/Approvers"] } };
  const hello = { seed: ["hello"] };
  const rows: [what: string, settings: Values, seed: Readonly<Record<string, unknown>>][] = [
    ["the platform team, which is the default", { ...approvers, "repository.platformTeam": ["pat", team] }, hello],
    ["the approvers, where the platform has users", approvers, { ...hello, seedTeam: "approvers" }],
    ["the team of the settings", { ...approvers, "repository.seedTeam": "own" }, { ...hello, seedTeam: "own" }],
    ["nobody: without a team there is none", { "repository.approvers": { prod: ["ann"] } }, { seed: [] }],
    ["whom the settings say, with their own list", { "repository.seed": ["api"] }, { seed: ["api"] }],
  ];
  for (const [what, settings, expected] of rows) {
    it(`belongs to ${what}`, () => {
      const stacks = readStacks(tmpdir());
      stacks.owner.set({ "repository.platformTeam": ["pat", "art"], ...settings });
      setFirstService(stacks);
      const { seed, seedTeam } = stacks.owner.get("repository") as Readonly<Record<string, unknown>>;
      assert.deepEqual({ seed, ...(seedTeam !== undefined && { seedTeam }) }, expected);
    });
  }
});
