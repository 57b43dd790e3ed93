/** A service whose objects Kustomize builds, from its first pull request to production, by pull requests alone. */
import assert from "node:assert/strict";
import { deploymentText } from "@gitops-platform/test-support/workload";
import { until } from "@gitops-platform/clients/until";
import { describeApplication } from "@gitops-platform/sandbox/applications";
import type { EnvironmentName } from "@gitops-platform/sandbox/paths";
import { approveAndMerge, openRelease, proposeRendered } from "./support/people";
import { cluster, git } from "./support/platform";
import { typed } from "./support/versions";

const BASE = deploymentText("web", "web");

const overlay = (replicas: number) => `resources: [../../../charts/web]
namespace: web
replicas:
  - { name: web, count: ${replicas} }
images:
  - name: web
    newName: ghcr.io/vaarak/web
    newTag: sha-1111111 # CI writes it
`;

const FILES: Readonly<Record<string, string>> = {
  "services/web.yaml": "team: platform\nenvironments: [dev, staging, prod]\nsource: { kustomize: charts/web }\n",
  "charts/web/kustomization.yaml": "resources: [deployment.yaml]\n",
  "charts/web/deployment.yaml": BASE,
  "environments/dev/web/kustomization.yaml": overlay(1),
  "environments/staging/web/kustomization.yaml": overlay(2),
  "environments/prod/web/kustomization.yaml": overlay(2),
};

describe("a service by Kustomize", () => {
  it("runs in dev and staging after a pull request, as Argo CD's own Kustomize builds it", async () => {
    await approveAndMerge(await proposeRendered("Add web", FILES));
    for (const environment of ["dev", "staging"] as const) await runs(environment, "sha-1111111");
  });

  it("runs in production after approvals of its base and of itself", async () => {
    await openRelease("charts", "charts");
    await typed("approver", "approve", "charts");
    await openRelease("web", "web");
    await typed("approver", "approve", "web");
    await runs("prod", "sha-1111111");
  });

  it("gets a new version by one changed line, which is promoted and approved like any", async () => {
    await typed("developer", "bump", "web", "--tag", "sha-2222222");
    await runs("dev", "sha-2222222");
    await git("fetch", "--quiet", "origin");
    const path = "environments/dev/web/kustomization.yaml";
    const change = await git(
      "log",
      "--max-count=1",
      "--no-merges",
      "--format=",
      "--numstat",
      "origin/main",
      "--",
      path,
    );
    assert.equal(change.trim(), `1\t1\t${path}`);
    const forced = ["--force", "no cluster reports the health of web here"];
    await typed("developer", "promote", "web", "--from", "dev", "--to", "staging", ...forced);
    await runs("staging", "sha-2222222");
    await typed("developer", "promote", "web", "--from", "staging", "--to", "prod", ...forced);
    await openRelease("web", "sha-2222222");
    await runs("prod", "sha-1111111");
    await typed("approver", "approve", "web");
    await runs("prod", "sha-2222222");
  });

  it("is rolled back", async () => {
    await typed("developer", "rollback", "web", "--env", "prod", "--reason", "It is slow");
    await openRelease("web", "sha-1111111");
    await typed("approver", "approve", "web");
    await runs("prod", "sha-1111111");
  });
});

const APPLICATION = { apiVersion: "argoproj.io/v1alpha1", kind: "Application", namespace: "argocd", name: "web" };
const DEPLOYMENT = { apiVersion: "apps/v1", kind: "Deployment", namespace: "web", name: "web" };

interface DeploymentSpec {
  readonly template: { readonly spec: { readonly containers: readonly { readonly image: string }[] } };
}

/** Waits until the service is Synced and Healthy with a version. */
async function runs(environment: EnvironmentName, tag: string): Promise<void> {
  await until(`web is Healthy with ${tag} in ${environment}`, async () => {
    const application = await cluster(environment).get(APPLICATION);
    const state = application === undefined ? "there is no Application" : describeApplication(application);
    const found = (await cluster(environment).get(DEPLOYMENT)) as { spec?: DeploymentSpec } | undefined;
    const image = found?.spec?.template.spec.containers[0]?.image ?? "none";
    const isLive = state === "Synced, Healthy" && image === `ghcr.io/vaarak/web:${tag}`;
    return isLive ? { done: true } : { waitingFor: `${state}, it runs ${image}` };
  });
}
