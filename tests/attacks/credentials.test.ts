/**
 * What each stolen token or key may do at GitHub past the gate: pushes, writes of the API, settings, checks and
 * workflows.
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
      what: "a merge into production that nobody approved",
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
      "env/prod taken back by force",
      () => `${workshop.tip("env/prod")}^1:refs/heads/env/prod`,
    ],
    [
      "the key of gitops-release",
      "env/prod taken back by force",
      () => `${workshop.tip("env/prod")}^1:refs/heads/env/prod`,
    ],
    ["the organisation's owner", "the deletion of env/prod", () => ":refs/heads/env/prod"],
    ["developer", "the deletion of main", () => ":refs/heads/main"],
    [
      "the key of gitops-bump",
      "the head of an open pull request pushed to env/prod",
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
      "a file by the contents API",
      "PUT",
      `contents/${PROD}`,
      () => ({ branch: "env/prod", message: "x", content, sha: blob() }),
    ],
    [
      "the key of gitops-release",
      "a file by the contents API",
      "PUT",
      `contents/${PROD}`,
      () => ({ branch: "env/prod", message: "x", content, sha: blob() }),
    ],
    [
      "developer",
      "a file on main by the contents API",
      "PUT",
      "contents/x.txt",
      () => ({ branch: "main", message: "x", content }),
    ],
    [
      "approver",
      "a file taken away by the contents API",
      "DELETE",
      `contents/${PROD}`,
      () => ({ branch: "env/prod", message: "x", sha: blob() }),
    ],
    [
      "developer",
      "env/prod moved by the refs API",
      "PATCH",
      "git/refs/heads/env/prod",
      () => ({ sha: pull.head.sha, force: true }),
    ],
    [
      "the key of gitops-bump",
      "env/prod moved by the refs API",
      "PATCH",
      "git/refs/heads/env/prod",
      () => ({ sha: pull.head.sha }),
    ],
    ["developer", "env/prod deleted by the refs API", "DELETE", "git/refs/heads/env/prod"],
    [
      "developer",
      "a tag env/prod by the refs API",
      "POST",
      "git/refs",
      () => ({ ref: "refs/tags/env/prod", sha: pull.head.sha }),
    ],
    [
      "developer",
      "a branch env/x/y by the refs API",
      "POST",
      "git/refs",
      () => ({ ref: "refs/heads/env/x/y", sha: pull.head.sha }),
    ],
    ["developer", "env/prod under another name", "POST", "branches/env%2Fprod/rename", () => ({ new_name: "old" })],
    [
      "developer",
      "another branch under env/prod's name",
      "POST",
      `branches/$branch/rename`,
      () => ({ new_name: "env/x" }),
    ],
    ["developer", "another default branch", "PATCH", "", () => ({ default_branch: "env/prod" })],
    ["the key of gitops-release", "another default branch", "PATCH", "", () => ({ default_branch: "env/prod" })],
    [
      "approver",
      "a ruleset of one's own",
      "POST",
      "rulesets",
      () => ({ name: "x", target: "branch", enforcement: "disabled" }),
    ],
    ["engineer", "a webhook of one's own", "POST", "hooks", () => ({ config: { url: "http://127.0.0.1:9/" } })],
    [
      "engineer",
      "a deploy key that may write",
      "POST",
      "keys",
      () => ({ title: "x", key: "ssh-ed25519 AAAA", read_only: false }),
    ],
    ["developer", "a collaborator", "PUT", "collaborators/ci", () => ({ permission: "admin" })],
    [
      "engineer",
      "a branch that gets the environment's keys",
      "POST",
      "environments/release/deployment-branch-policies",
      () => ({ name: "*" }),
    ],
    [
      "engineer",
      "another environment of that name",
      "PUT",
      "environments/release",
      () => ({ deployment_branch_policy: null }),
    ],
    [
      "developer",
      "Actions that approve pull requests",
      "PUT",
      "actions/permissions/workflow",
      () => ({ can_approve_pull_request_reviews: true }),
    ],
    [
      "developer",
      "a member of the approvers' team",
      "PUT",
      "/orgs/vaarak/teams/production-approvers/memberships/developer",
      () => ({ role: "member" }),
    ],
    [
      "the key of gitops-release",
      "a member of the approvers' team",
      "PUT",
      "/orgs/vaarak/teams/production-approvers/memberships/developer",
      () => ({ role: "member" }),
    ],
    ["developer", "a check that a person sets", "POST", "check-runs", () => check("success")],
    ["CI's token", "a check by CI", "POST", "check-runs", () => check("success")],
    ["the key of gitops-bump", "a check by the bump App", "POST", "check-runs", () => check("success")],
    ["the key of argocd-prod", "a check by a cluster's App", "POST", "check-runs", () => check("success")],
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
      "a workflow by the bump App",
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
