/**
 * What an attacker with a stolen token or key can do on GitHub without an approval: pushes, API writes, settings,
 * checks and workflows.
 */
import assert from "node:assert/strict";
import type { Actor } from "./support/actors";
import { attack } from "./support/attack";
import { tipOf, Workshop } from "./support/git";
import { call, refused, RIGHTS, RULES } from "./support/github";
import { evilCommit, released } from "./support/production";
import { checkName, close, merge, type Pull, propose, validated } from "./support/pulls";

const kind = "credentials";
const PROD = "environments/prod/api.yaml";
const NO = new RegExp(`${RULES.source}|${RIGHTS.source}`);

const everybody: Actor[] = [
  "developer",
  "approver",
  "engineer",
  "CI's token",
  "Argo CD's token",
  "the board's token",
  "the organisation's owner",
  "the key of gitops-bump",
  "the key of gitops-release",
  "the key of argocd-prod",
];

describe(kind, () => {
  let workshop: Workshop;
  let tips: Record<string, string> = {};
  let pull: Pull;
  const now = async () => ({ main: await tipOf("main"), production: await tipOf("env/prod") });
  before(async () => {
    await released();
    workshop = await Workshop.open();
    const values = workshop.show(workshop.tip("env/prod"), PROD);
    const files = { [PROD]: values.replace(/minReplicas: \d+/, "minReplicas: 4") };
    pull = await propose(workshop, "developer", "env/prod", files, { title: "Four pods" });
    await validated(pull);
    tips = await now();
  });
  afterEach(async () => {
    assert.deepEqual(await now(), tips, "a protected branch moved");
  });
  after(async () => {
    await close(pull.number);
    workshop.close();
  });

  for (const by of everybody) {
    attack({
      class: kind,
      by,
      what: "a push to env/prod",
      try: () => workshop.push(by, `${evilCommit(workshop, "env/prod")}:refs/heads/env/prod`),
      holds: refused(NO),
    });
    attack({
      class: kind,
      by,
      what: "a merge into production without an approval",
      try: () => merge(by, pull.number),
      holds: refused(NO),
    });
  }

  const pushes: [by: Actor, what: string, refspec: () => string][] = [
    ["developer", "a push to main", () => `${evilCommit(workshop, "main")}:refs/heads/main`],
    ["the key of gitops-bump", "a push to main", () => `${evilCommit(workshop, "main")}:refs/heads/main`],
    ["the key of gitops-release", "a push to main", () => `${evilCommit(workshop, "main")}:refs/heads/main`],
    [
      "the organisation's owner",
      "a force push that moves env/prod back",
      () => `${workshop.tip("env/prod")}^1:refs/heads/env/prod`,
    ],
    [
      "the key of gitops-release",
      "a force push that moves env/prod back",
      () => `${workshop.tip("env/prod")}^1:refs/heads/env/prod`,
    ],
    ["the organisation's owner", "the deletion of env/prod", () => ":refs/heads/env/prod"],
    ["developer", "the deletion of main", () => ":refs/heads/main"],
    [
      "the key of gitops-bump",
      "a push of an open pull request's head to env/prod",
      () => `${pull.head.sha}:refs/heads/env/prod`,
    ],
  ];
  for (const [by, what, refspec] of pushes) {
    attack({ class: kind, by, what, try: () => workshop.push(by, refspec()), holds: refused(NO) });
  }

  const content = Buffer.from("replicaCount: 1\n").toString("base64");
  const calls: [by: Actor, what: string, method: string, path: string, body?: () => object][] = [
    [
      "developer",
      "a change of a file on env/prod by the contents API",
      "PUT",
      `contents/${PROD}`,
      () => ({ branch: "env/prod", message: "x", content, sha: blob() }),
    ],
    [
      "the key of gitops-release",
      "a change of a file on env/prod by the contents API",
      "PUT",
      `contents/${PROD}`,
      () => ({ branch: "env/prod", message: "x", content, sha: blob() }),
    ],
    [
      "developer",
      "a new file on main by the contents API",
      "PUT",
      "contents/x.txt",
      () => ({ branch: "main", message: "x", content }),
    ],
    [
      "approver",
      "the deletion of a file on env/prod by the contents API",
      "DELETE",
      `contents/${PROD}`,
      () => ({ branch: "env/prod", message: "x", sha: blob() }),
    ],
    [
      "developer",
      "a change of env/prod by the refs API",
      "PATCH",
      "git/refs/heads/env/prod",
      () => ({ sha: pull.head.sha, force: true }),
    ],
    [
      "the key of gitops-bump",
      "a change of env/prod by the refs API",
      "PATCH",
      "git/refs/heads/env/prod",
      () => ({ sha: pull.head.sha }),
    ],
    ["developer", "the deletion of env/prod by the refs API", "DELETE", "git/refs/heads/env/prod"],
    [
      "developer",
      "a tag named env/prod, by the refs API",
      "POST",
      "git/refs",
      () => ({ ref: "refs/tags/env/prod", sha: pull.head.sha }),
    ],
    [
      "developer",
      "a branch named env/x/y, by the refs API",
      "POST",
      "git/refs",
      () => ({ ref: "refs/heads/env/x/y", sha: pull.head.sha }),
    ],
    ["developer", "a new name for env/prod", "POST", "branches/env%2Fprod/rename", () => ({ new_name: "old" })],
    [
      "developer",
      "a new name below env/ for another branch",
      "POST",
      `branches/$branch/rename`,
      () => ({ new_name: "env/x" }),
    ],
    ["developer", "a change of the default branch", "PATCH", "", () => ({ default_branch: "env/prod" })],
    [
      "the key of gitops-release",
      "a change of the default branch",
      "PATCH",
      "",
      () => ({ default_branch: "env/prod" }),
    ],
    ["approver", "a new ruleset", "POST", "rulesets", () => ({ name: "x", target: "branch", enforcement: "disabled" })],
    ["engineer", "a new webhook", "POST", "hooks", () => ({ config: { url: "http://127.0.0.1:9/" } })],
    [
      "engineer",
      "a deploy key that can write",
      "POST",
      "keys",
      () => ({ title: "x", key: "ssh-ed25519 AAAA", read_only: false }),
    ],
    ["developer", "a new collaborator", "PUT", "collaborators/ci", () => ({ permission: "admin" })],
    [
      "engineer",
      "access to the environment's keys for every branch",
      "POST",
      "environments/release/deployment-branch-policies",
      () => ({ name: "*" }),
    ],
    [
      "engineer",
      "an environment release without limits on branches",
      "PUT",
      "environments/release",
      () => ({ deployment_branch_policy: null }),
    ],
    [
      "developer",
      "permission for Actions to approve pull requests",
      "PUT",
      "actions/permissions/workflow",
      () => ({ can_approve_pull_request_reviews: true }),
    ],
    [
      "developer",
      "a new member of the approvers' team",
      "PUT",
      "/orgs/vaarak/teams/production-approvers/memberships/developer",
      () => ({ role: "member" }),
    ],
    [
      "the key of gitops-release",
      "a new member of the approvers' team",
      "PUT",
      "/orgs/vaarak/teams/production-approvers/memberships/developer",
      () => ({ role: "member" }),
    ],
    ["developer", "a forged check by a person", "POST", "check-runs", () => check("success")],
    ["CI's token", "a forged check by CI", "POST", "check-runs", () => check("success")],
    ["the key of gitops-bump", "a forged check by the bump App", "POST", "check-runs", () => check("success")],
    ["the key of argocd-prod", "a forged check by a cluster's App", "POST", "check-runs", () => check("success")],
    ["the board's token", "an approval", "POST", `pulls/$pull/reviews`, () => ({ event: "APPROVE" })],
    ["CI's token", "an approval", "POST", `pulls/$pull/reviews`, () => ({ event: "APPROVE" })],
    ["the key of argocd-prod", "an approval", "POST", `pulls/$pull/reviews`, () => ({ event: "APPROVE" })],
    [
      "Argo CD's token",
      "a bump",
      "POST",
      "actions/workflows/bump.yaml/dispatches",
      () => ({ ref: "main", inputs: { service: "api", tag: "sha-1" } }),
    ],
    [
      "the board's token",
      "a promotion",
      "POST",
      "actions/workflows/promote.yaml/dispatches",
      () => ({ ref: "main", inputs: {} }),
    ],
    [
      "the key of gitops-bump",
      "a start of the workflow Release by the bump App",
      "POST",
      "actions/workflows/release.yaml/dispatches",
      () => ({ ref: "main" }),
    ],
  ];
  const blob = () => workshop.git("rev-parse", `${workshop.tip("env/prod")}:${PROD}`);
  const check = (conclusion: string) => ({
    name: checkName("four-eyes", "env/prod"),
    head_sha: pull.head.sha,
    status: "completed",
    conclusion,
  });
  for (const [by, what, method, path, body] of calls) {
    attack({
      class: kind,
      by,
      what: `${what} (${method} ${path.split("/")[0] === "" ? "organisation" : path})`,
      try: () =>
        call(
          by,
          method,
          path.replace("$pull", String(pull.number)).replace("$branch", encodeURIComponent(pull.head.ref)),
          body?.(),
        ),
      holds: refused(NO),
    });
  }
});
