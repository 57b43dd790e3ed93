/** Argo CD itself refuses what a service's AppProject does not allow. What the AppProject says is tested on its builder. */
import assert from "node:assert/strict";
import { stringify } from "yaml";
import type { KubernetesClient, KubernetesObject } from "../../clients/kubernetes";
import { until } from "../../sandbox/until";
import { merge, propose } from "./support/people";
import { cluster } from "./support/platform";

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

  /** Creates an Application that syncs by itself, waits until Argo CD has an answer, and removes it. */
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
    const files = { "cluster-role/role.yaml": stringify(everything) };
    const title = "Ask for a ClusterRole";
    await merge("developer", await propose({ by: "developer", base: "main", title, files }));
    const answer = await answerTo("cluster-role", { ...allowed, source: { ...allowed.source, path: "cluster-role" } });
    assert.match(answer, /ClusterRole.* is not permitted in project/);
    const role = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", name: "everything" };
    assert.equal(await client.get(role), undefined);
  });

  it("refuses a foreign namespace", async () => {
    const answer = await answerTo("foreign-namespace", {
      ...allowed,
      destination: { ...allowed.destination, namespace: "argocd" },
    });
    assert.match(answer, /namespace 'argocd' do not match any of the allowed destinations in project/);
  });

  it("refuses a foreign repository", async () => {
    const repoURL = "https://github.com/argoproj/argocd-example-apps.git";
    const answer = await answerTo("foreign-repository", { ...allowed, source: { ...allowed.source, repoURL } });
    assert.match(answer, /application repo .* is not permitted in project/);
  });

  it("refuses everything in the project default", async () => {
    const answer = await answerTo("default-project", { ...allowed, project: "default" });
    assert.match(
      answer,
      /not permitted in project 'default'|do not match any of the allowed destinations in project 'default'/,
    );
  });
});
