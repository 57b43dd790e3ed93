/**
 * Forged checks, statuses and deployments, and the tokens and keys of workflows that a person with write access pushes.
 */
import assert from "node:assert/strict";
import type { Actor } from "./support/actors";
import { attack } from "./support/attack";
import { afterwards } from "./support/cleaning";
import { tipOf, Workshop } from "./support/git";
import { type Answer, call, refused, RIGHTS, RULES } from "./support/github";
import { released } from "./support/production";
import { checkName, close, freshBranch, merge, type Pull, propose, validated } from "./support/pulls";
import { curl, endedOn, withWorkflowToken } from "./support/workflows";

const kind = "credentials";
const PROD = "environments/prod/api.yaml";
const NO = new RegExp(`${RULES.source}|${RIGHTS.source}`);

describe(`${kind}, of workflows and clusters`, () => {
  let workshop: Workshop;
  let production = "";
  let pull: Pull;
  before(async () => {
    await released();
    workshop = await Workshop.open();
    const values = workshop.show(workshop.tip("env/prod"), PROD);
    const files = { [PROD]: values.replace(/minReplicas: \d+/, "minReplicas: 4") };
    pull = await propose(workshop, "developer", "env/prod", files, { title: "Four pods" });
    await validated(pull);
    production = await tipOf("env/prod");
  });
  afterEach(async () => {
    assert.equal(await tipOf("env/prod"), production, "env/prod moved");
  });
  after(async () => {
    await close(pull.number);
    workshop.close();
  });

  const content = Buffer.from("replicaCount: 1\n").toString("base64");
  const blob = () => workshop.git("rev-parse", `${workshop.tip("env/prod")}:${PROD}`);
  const check = (conclusion: string) => ({
    name: checkName("four-eyes", "env/prod"),
    head_sha: pull.head.sha,
    status: "completed",
    conclusion,
  });

  const forged: [by: Actor, what: string, forge: () => Promise<Answer>][] = [
    ["developer", "a status with the check's name", () => status("developer", checkName("four-eyes", "env/prod"))],
    ["the key of gitops-bump", "a status with the check's name", () => status("the key of gitops-bump", "four-eyes")],
    [
      "the key of gitops-release",
      "a check four-eyes with the release App's key",
      () => call("the key of gitops-release", "POST", "check-runs", check("success")),
    ],
    [
      "the key of gitops-release",
      "a check four-eyes with the earlier name, which has no branch",
      () => call("the key of gitops-release", "POST", "check-runs", { ...check("success"), name: "four-eyes" }),
    ],
  ];
  const status = (by: Actor, context: string) =>
    call(by, "POST", `statuses/${pull.head.sha}`, { context, state: "success" });
  for (const [by, what, forge] of forged) {
    attack({
      class: kind,
      by,
      what: `${what}, and a merge`,
      try: async () => {
        await forge();
        return merge("approver", pull.number);
      },
      holds: refused(NO),
    });
  }

  const withToken: [what: string, permissions: Record<string, "read" | "write">, script: () => string, no: RegExp][] = [
    [
      "a change of a file on env/prod",
      { contents: "write" },
      () => curl("PUT", `contents/${PROD}`, { branch: "env/prod", message: "x", content, sha: blob() }),
      /status 4\d\d/,
    ],
    [
      "a tag named env/prod",
      { contents: "write" },
      () => curl("POST", "git/refs", { ref: "refs/tags/env/prod", sha: pull.head.sha }),
      /status 4\d\d/,
    ],
    [
      "the check four-eyes, and a merge",
      { checks: "write", "pull-requests": "write", contents: "write" },
      () => `${curl("POST", "check-runs", check("success"))}; ${curl("PUT", `pulls/${pull.number}/merge`)}`,
      /status 405/,
    ],
    [
      "an approval",
      { "pull-requests": "write" },
      () => curl("POST", `pulls/${pull.number}/reviews`, { event: "APPROVE" }),
      /status 4\d\d/,
    ],
    [
      "the key of the environment release",
      { contents: "read" },
      () => `test -z "$RELEASE_APP_KEY" && echo "status 404 no key"`,
      /status 404/,
    ],
  ];
  for (const [what, permissions, script, no] of withToken) {
    attack({
      class: kind,
      by: "a workflow's token",
      what: `${what}, by a workflow that a person with write access pushes`,
      try: () => withWorkflowToken(workshop, "developer", permissions, script()),
      holds: ({ log }) => {
        assert.match(log, no, "it was accepted");
        const [said = ""] = new RegExp(`.*${no.source}.*|"message":"[^"]*"`).exec(log) ?? [];
        return `GitHub: ${said}`;
      },
    });
  }

  attack({
    class: kind,
    by: "developer",
    what: "a workflow on another branch that uses the environment release and its keys",
    try: async () => {
      const branch = freshBranch("keys");
      const job = {
        "runs-on": "ubuntu-latest",
        environment: "release",
        steps: [{ run: 'echo "length ${#KEY}"', env: { KEY: "${{ secrets.RELEASE_APP_KEY }}" } }],
      };
      const workflow = { name: branch, on: { push: { branches: [branch] } }, jobs: { go: job } };
      const files = { [`.github/workflows/${branch}.yaml`]: JSON.stringify(workflow) };
      await workshop.push("developer", `${workshop.commit(workshop.tip("main"), files)}:refs/heads/${branch}`);
      return endedOn(branch);
    },
    holds: ({ conclusion }) => {
      assert.equal(conclusion, "failure", "the job was allowed to use the environment");
      return "GitHub: the environment is for main only, so the job failed";
    },
  });

  attack({
    class: kind,
    by: "the key of argocd-prod",
    what: "a forged deployment with the status success, by a stolen cluster's App",
    expected: "without effect",
    try: async () => {
      const body = { ref: pull.head.sha, environment: "prod/api", required_contexts: [], auto_merge: false };
      const made = await call("the key of argocd-prod", "POST", "deployments", body);
      const { id } = made.body as { id?: number };
      if (id === undefined) return made;
      afterwards(() => call("the key of argocd-prod", "POST", `deployments/${id}/statuses`, { state: "inactive" }));
      return call("the key of argocd-prod", "POST", `deployments/${id}/statuses`, { state: "success" });
    },
    holds: async (answer) => {
      const said = refused(NO);
      // The App can claim that a commit runs, but that does not allow a merge.
      return said(await merge("approver", pull.number)) + (answer.refused ? `; ${answer.said}` : "");
    },
  });
});
