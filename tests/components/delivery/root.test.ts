import assert from "node:assert/strict";
import { rootApplication, rootProject } from "@gitops-platform/components/delivery/root";
import { dev } from "@gitops-platform/environments/dev";
import type { DeliveryPolicy } from "@gitops-platform/environments/environment";
import { prod } from "@gitops-platform/environments/prod";

const repositoryUrl = "https://github.com/vaarak/gitops.git";
const ofDev = { environment: dev, repositoryUrl };
const ofProd = { environment: prod, repositoryUrl };
const withPolicy = (delivery: DeliveryPolicy) => ({
  environment: { ...prod, delivery, operators: ["ops"] },
  repositoryUrl,
});

describe("the catalogue's Application", () => {
  it("applies the environment's folder of the branch that the environment follows", () => {
    const { metadata, spec } = rootApplication(ofDev);
    assert.equal(metadata.name, "catalogue");
    assert.equal(spec.project, "dev-catalogue");
    const directory = { include: "*.yaml" };
    const source = { repoURL: repositoryUrl, targetRevision: "refs/heads/main", path: "delivery/dev", directory };
    assert.deepEqual(spec.source, source);
    const { source: approved } = rootApplication(ofProd).spec;
    assert.deepEqual(approved, { ...source, targetRevision: "refs/heads/env/prod", path: "delivery/prod" });
  });

  it("deletes the services first where the environment cascades, and leaves them elsewhere", () => {
    assert.deepEqual(rootApplication(ofDev).metadata.finalizers, ["resources-finalizer.argocd.argoproj.io"]);
    assert.equal(rootApplication(ofProd).metadata.finalizers, undefined);
  });

  it("has the environment's sync policy", () => {
    const automated = (target: typeof ofDev) => rootApplication(target).spec.syncPolicy?.automated;
    assert.deepEqual(automated(ofProd), { prune: true, selfHeal: true });
    assert.equal(automated(withPolicy({ sync: "manual", drift: "alert" })), undefined);
  });
});

describe("the catalogue's AppProject", () => {
  it("permits the kinds that deliver a service, from this repository, outside the cluster's namespaces", () => {
    const { metadata, spec } = rootProject(ofProd);
    assert.equal(metadata.name, "prod-catalogue");
    assert.deepEqual(spec.sourceRepos, [repositoryUrl]);
    const server = "https://kubernetes.default.svc";
    assert.deepEqual(spec.destinations, [
      { server, namespace: "!default" },
      { server, namespace: "!kube-*" },
    ]);
    const ofKind = ({ group, kind }: { group: string; kind: string }) => `${group}/${kind}`;
    assert.deepEqual(spec.clusterResourceWhitelist?.map(ofKind), ["/Namespace"]);
    assert.deepEqual(
      spec.clusterResourceBlacklist?.map(({ name }) => name),
      ["argocd", "default", "kube-*"],
    );
    assert.deepEqual(spec.namespaceResourceWhitelist?.map(ofKind), [
      "/LimitRange",
      "/ResourceQuota",
      "argoproj.io/AppProject",
      "argoproj.io/Application",
      "networking.k8s.io/NetworkPolicy",
    ]);
  });

  it("lets the environment's operators sync where people do", () => {
    assert.deepEqual(rootProject(ofProd).spec.roles, []);
    const [operator] = rootProject(withPolicy({ sync: "manual", drift: "alert" })).spec.roles ?? [];
    assert.deepEqual(operator?.groups, ["ops"]);
    assert.deepEqual(operator.policies, [
      "p, proj:prod-catalogue:operator, applications, get, prod-catalogue/*, allow",
      "p, proj:prod-catalogue:operator, applications, sync, prod-catalogue/*, allow",
    ]);
  });
});
