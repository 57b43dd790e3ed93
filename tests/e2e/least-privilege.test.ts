/**
 * Argo CD refuses whatever a service's AppProject does not allow. The AppProject's content is tested on its builder.
 */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFile } from "node:fs/promises";
import { parse, stringify } from "yaml";
import type { KubernetesClient, KubernetesObject } from "@gitops-platform/clients/kubernetes";
import { until } from "@gitops-platform/clients/until";
import { gitHost, propose } from "./support/people";
import { cluster, paths } from "./support/platform";

interface Spec {
  project: string;
  source: { repoURL: string; path: string; targetRevision: string };
  destination: { server: string; namespace: string };
}

const application = (name: string) => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Application",
  namespace: "argocd",
  name,
});

describe("least privilege in dev", () => {
  let client: KubernetesClient;
  let allowed: Spec;

  before(async () => {
    client = cluster("dev");
    const api = await client.get(application("api"));
    const { project, source } = (api as KubernetesObject & { spec: Spec }).spec;
    allowed = {
      project,
      source: { repoURL: source.repoURL, path: "charts/service", targetRevision: "main" },
      destination: { server: "https://kubernetes.default.svc", namespace: "api" },
    };
  });

  /** Creates an Application that syncs automatically, waits for Argo CD's response, and deletes the Application. */
  async function answerTo(name: string, spec: Spec): Promise<string> {
    await client.apply(
      {
        apiVersion: "argoproj.io/v1alpha1",
        kind: "Application",
        metadata: { name, namespace: "argocd" },
        spec: { ...spec, syncPolicy: { automated: {}, retry: { limit: 0 } } },
      },
      { fieldManager: "test" },
    );
    try {
      return await until<string>(`an answer to ${name}`, async () => {
        const status = (await client.get(application(name)))?.status as
          { conditions?: { message: string }[]; operationState?: { phase: string; message: string } } | undefined;
        const condition = status?.conditions?.[0]?.message;
        if (condition !== undefined) return { done: condition };
        const { phase = "nothing yet", message = "" } = status?.operationState ?? {};
        return ["Failed", "Error", "Succeeded"].includes(phase) ? { done: message } : { waitingFor: phase };
      });
    } finally {
      await client.delete(application(name));
    }
  }

  it("refuses a cluster-scoped object", async () => {
    const everything = {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name: "everything" },
      rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }],
    };
    // On a separate branch, because validate would refuse it on main.
    const files = { "cluster-role/role.yaml": stringify(everything) };
    const branch = "cluster-role";
    await propose({ by: "developer", base: "main", title: "Ask for a ClusterRole", branch, files });
    const source = { ...allowed.source, path: "cluster-role", targetRevision: `refs/heads/${branch}` };
    const answer = await answerTo("cluster-role", { ...allowed, source });
    assert.match(answer, /ClusterRole.* is not permitted in project/);
    const role = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", name: "everything" };
    assert.equal(await client.get(role), undefined);
  });

  it("refuses another namespace", async () => {
    const answer = await answerTo("foreign-namespace", {
      ...allowed,
      destination: { ...allowed.destination, namespace: "argocd" },
    });
    assert.match(answer, /namespace 'argocd' do not match any of the allowed destinations in project/);
  });

  it("refuses another repository", async () => {
    const repoURL = "https://github.com/argoproj/argocd-example-apps.git";
    const answer = await answerTo("foreign-repository", { ...allowed, source: { ...allowed.source, repoURL } });
    assert.match(answer, /application repo .* is not permitted in project/);
  });

  it("refuses everything in the project named default", async () => {
    const answer = await answerTo("default-project", { ...allowed, project: "default" });
    assert.match(
      answer,
      /not permitted in project 'default'|do not match any of the allowed destinations in project 'default'/,
    );
  });
});

describe("the webhook endpoint of production", () => {
  const ref = "refs/heads/env/prod";
  const hmac = (secret: string, body: string) => createHmac("sha256", secret).update(body).digest("hex");

  /** The event that one kind of sender sends for a push to production's branch. */
  interface Sender {
    readonly headers: Readonly<Record<string, string>>;
    readonly body: (repository: string) => object;
    /** The headers that authenticate the sender, from the entries of argocd-secret. */
    readonly proof: (secret: (entry: string) => string, body: string) => Readonly<Record<string, string>>;
  }
  const senders: Readonly<Record<string, Sender>> = {
    GitHub: {
      headers: { "x-github-event": "push" },
      body: (html_url) => ({ ref, repository: { html_url, default_branch: "main" } }),
      proof: (secret, body) => ({ "x-hub-signature-256": `sha256=${hmac(secret("github.secret"), body)}` }),
    },
    GitLab: {
      headers: { "x-gitlab-event": "Push Hook" },
      body: (web_url) => ({ object_kind: "push", ref, project: { web_url, default_branch: "main" } }),
      proof: (secret) => ({ "x-gitlab-token": secret("gitlab.secret") }),
    },
    Gogs: {
      headers: { "x-gogs-event": "push" },
      body: (html_url) => ({ ref, repository: { html_url, default_branch: "main" } }),
      proof: (secret, body) => ({ "x-gogs-signature": hmac(secret("gogs.secret"), body) }),
    },
    Bitbucket: {
      headers: { "x-hook-uuid": "7a1d3b1e-0000-4000-8000-000000000000", "x-event-key": "repo:push" },
      body: (href) => ({
        repository: { links: { html: { href } } },
        push: { changes: [{ new: { name: "env/prod" } }] },
      }),
      proof: (secret) => ({ "x-hook-uuid": secret("bitbucket.uuid") }),
    },
    "Bitbucket Server": {
      headers: { "x-event-key": "repo:refs_changed" },
      body: (href) => ({
        repository: { links: { clone: [{ href: `${href}.git`, name: "http" }] } },
        changes: [{ ref: { id: ref } }],
      }),
      proof: (secret, body) => ({ "x-hub-signature": `sha256=${hmac(secret("bitbucketserver.secret"), body)}` }),
    },
    "Azure DevOps": {
      headers: { "x-vss-activityid": "7a1d3b1e-0000-4000-8000-000000000000" },
      body: (remoteUrl) => ({
        eventType: "git.push",
        resource: { refUpdates: [{ name: ref }], repository: { remoteUrl, defaultBranch: "refs/heads/main" } },
      }),
      proof: (secret) => {
        const login = `${secret("azuredevops.username")}:${secret("azuredevops.password")}`;
        return { authorization: `Basic ${Buffer.from(login).toString("base64")}` };
      },
    },
  };

  let url = "";
  let repository = "";
  let entries: Readonly<Record<string, string>> = {};
  before(async () => {
    const { config } = parse(await readFile(paths.environments.prod.stackFile, "utf8")) as {
      config: { "gitops-platform:argocd": { url: string } };
    };
    url = `${config["gitops-platform:argocd"].url}/api/webhook`;
    repository = `${await gitHost()}/vaarak/gitops`;
    const secret = { apiVersion: "v1", kind: "Secret", namespace: "argocd", name: "argocd-secret" };
    entries = ((await cluster("prod").get(secret)) as KubernetesObject & { data: Record<string, string> }).data;
  });
  const secret = (entry: string) => Buffer.from(entries[`webhook.${entry}`] ?? "", "base64").toString();
  const post = async (headers: Readonly<Record<string, string>>, body: string) => {
    const type = { "content-type": "application/json" };
    return (await fetch(url, { method: "POST", headers: { ...type, ...headers }, body })).status;
  };

  for (const [name, { headers, body, proof }] of Object.entries(senders)) {
    it(`refuses an unsigned push of ${name}`, async () => {
      const text = JSON.stringify(body(repository));
      assert.equal(await post(headers, text), 400);
      const wrong = proof((entry) => (entry === "github.secret" ? "guessed" : secret("github.secret")), text);
      assert.equal(await post({ ...headers, ...wrong }, text), 400);
      // The same event is accepted with a valid signature, so it was not refused for its format.
      assert.equal(await post({ ...headers, ...proof(secret, text) }, text), 200);
    });
  }

  it("accepts no other kind of sender without a secret", async () => {
    const harbor = {
      type: "PUSH_ARTIFACT",
      event_data: { resources: [{ tag: "v1", resource_url: "r.example/a/b:v1" }] },
    };
    assert.equal(await post({ authorization: "" }, JSON.stringify(harbor)), 400);
    const packages = { action: "published", package: { package_type: "CONTAINER" } };
    assert.ok((await post({ "x-github-event": "package" }, JSON.stringify(packages))) >= 400);
  });
});
