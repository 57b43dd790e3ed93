/** Requests to Argo CD's own endpoints by anyone who can reach them: unsigned events, and calls without a token. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { rememberedPorts } from "@gitops-platform/sandbox/ports";
import { argocdUrls, repositoryUrl } from "@gitops-platform/sandbox/stack-files";
import { until } from "@gitops-platform/clients/until";
import { callArgocd } from "../e2e/support/project-role";
import { credentials } from "../e2e/support/people";
import { cluster, paths } from "../e2e/support/platform";
import { attack } from "./support/attack";

const kind = "endpoints";
const API = { apiVersion: "argoproj.io/v1alpha1", kind: "Application", namespace: "argocd", name: "api" } as const;

/** The time when production's Application was last compared with Git. */
async function comparedAt(): Promise<string> {
  const found = (await cluster("prod").get(API))?.status as { reconciledAt?: string } | undefined;
  return found?.reconciledAt ?? "never";
}

async function send(headers: Record<string, string>, body: string): Promise<{ status: number; text: string }> {
  const { webhook } = argocdUrls(await rememberedPorts(paths), "prod");
  const response = await fetch(webhook, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body,
  });
  return { status: response.status, text: (await response.text()).trim() };
}

describe(kind, () => {
  let url = "";
  const github = () =>
    JSON.stringify({
      ref: "refs/heads/env/prod",
      before: "0".repeat(40),
      after: "1".repeat(40),
      commits: [],
      repository: { html_url: url, default_branch: "main" },
    });
  const signature = (secret: string) => `sha256=${createHmac("sha256", secret).update(github()).digest("hex")}`;
  before(async () => {
    url = repositoryUrl(await rememberedPorts(paths));
    // Otherwise an endpoint that ignores every event would pass.
    const before = await comparedAt();
    const signed = { "X-GitHub-Event": "push", "X-Hub-Signature-256": signature(credentials().webhookSecrets.prod) };
    assert.equal((await send(signed, github())).status, 200);
    await until("a signed event to be followed", async () => {
      const now = await comparedAt();
      return now === before ? { waitingFor: now } : { done: true };
    });
  });

  const zero = "0".repeat(40);
  const senders: [what: string, headers: () => Record<string, string>, body: () => object | string][] = [
    ["a push event of GitHub without a signature", () => ({ "X-GitHub-Event": "push" }), github],
    [
      "a push event of GitHub with a signature by another key",
      () => ({ "X-GitHub-Event": "push", "X-Hub-Signature-256": signature("guess") }),
      github,
    ],
    [
      "a push event of GitHub signed with dev's secret",
      () => ({ "X-GitHub-Event": "push", "X-Hub-Signature-256": signature(credentials().webhookSecrets.dev) }),
      github,
    ],
    [
      "a push event of GitHub with only a SHA-1 signature",
      () => ({ "X-GitHub-Event": "push", "X-Hub-Signature": `sha1=${zero}` }),
      github,
    ],
    [
      "a pull request event of GitHub",
      () => ({ "X-GitHub-Event": "pull_request" }),
      () => ({ action: "opened", repository: { html_url: url } }),
    ],
    [
      "a package event of GitHub's registry",
      () => ({ "X-GitHub-Event": "package" }),
      () => ({ action: "published", package: { name: "api", package_type: "container" } }),
    ],
    [
      "a push event of GitLab",
      () => ({ "X-Gitlab-Event": "Push Hook" }),
      () => ({
        object_kind: "push",
        ref: "refs/heads/env/prod",
        project: { web_url: url, default_branch: "main" },
        commits: [],
      }),
    ],
    [
      "a push event of GitLab with a wrong token",
      () => ({ "X-Gitlab-Event": "Push Hook", "X-Gitlab-Token": "guess" }),
      () => ({ object_kind: "push", ref: "refs/heads/env/prod", project: { web_url: url } }),
    ],
    [
      "a tag event of GitLab",
      () => ({ "X-Gitlab-Event": "Tag Push Hook" }),
      () => ({ object_kind: "tag_push", ref: "refs/tags/env/prod", project: { web_url: url } }),
    ],
    [
      "a push event of Gogs",
      () => ({ "X-Gogs-Event": "push" }),
      () => ({ ref: "refs/heads/env/prod", repository: { html_url: url, default_branch: "main" }, commits: [] }),
    ],
    [
      "a push event of Bitbucket",
      () => ({ "X-Event-Key": "repo:push", "X-Hook-UUID": "guess" }),
      () => ({ push: { changes: [{ new: { name: "env/prod" } }] }, repository: { links: { html: { href: url } } } }),
    ],
    [
      "a push event of Bitbucket Server",
      () => ({ "X-Event-Key": "repo:refs_changed" }),
      () => ({
        changes: [{ ref: { id: "refs/heads/env/prod" } }],
        repository: { links: { clone: [{ href: url, name: "http" }] } },
      }),
    ],
    [
      "a push event of Azure DevOps",
      () => ({ "X-Vss-Activityid": "1" }),
      () => ({
        eventType: "git.push",
        resource: {
          refUpdates: [{ name: "refs/heads/env/prod" }],
          repository: { remoteUrl: url, defaultBranch: "refs/heads/main" },
        },
      }),
    ],
    [
      "a push event of Azure DevOps with a wrong password",
      () => ({ "X-Vss-Activityid": "1", Authorization: `Basic ${Buffer.from("x:y").toString("base64")}` }),
      () => ({
        eventType: "git.push",
        resource: { refUpdates: [{ name: "refs/heads/env/prod" }], repository: { remoteUrl: url } },
      }),
    ],
  ];
  for (const [what, headers, body] of senders) {
    attack({
      class: kind,
      by: "nobody",
      what,
      try: () => {
        const content = body();
        return send(headers(), typeof content === "string" ? content : JSON.stringify(content));
      },
      holds: ({ status, text }) => {
        assert.notEqual(status, 200, "Argo CD accepted it");
        return `Argo CD: ${status} ${text}`;
      },
    });
  }

  const calls: [what: string, method: string, path: string, body?: object][] = [
    ["the list of Applications", "GET", "applications"],
    ["a sync of production", "POST", "applications/api/sync", { revision: "main" }],
    ["the deletion of production's Application", "DELETE", "applications/api"],
    [
      "another source for production",
      "PATCH",
      "applications/api",
      { patch: '{"spec":{"source":{"targetRevision":"main"}}}', patchType: "merge" },
    ],
    ["a rollback without Git", "POST", "applications/api/rollback", { id: 0 }],
    ["the credentials of repositories", "GET", "repositories"],
    ["the list of Argo CD's accounts", "GET", "account"],
    ["a login with the initial password", "POST", "session", { username: "admin", password: "admin" }],
  ];
  for (const [what, method, path, body] of calls) {
    attack({
      class: kind,
      by: "nobody",
      what: `${what}, without a token`,
      try: () => callArgocd("prod", undefined, method, path, body),
      holds: ({ status, text }) => {
        assert.ok(status === 401 || status === 403, `Argo CD responded with ${status}`);
        return `Argo CD: ${status} ${text}`;
      },
    });
  }
});
