import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { application } from "@gitops-platform/components/delivery/application";
import { credentialData, repositorySecret } from "@gitops-platform/components/delivery/delivery";
import { defaultDeny, namespace, quota } from "@gitops-platform/components/delivery/namespace";
import { project } from "@gitops-platform/components/delivery/project";
import { webUrl, type Target } from "@gitops-platform/components/delivery/target";
import type { RepositoryCredential } from "@gitops-platform/environments/settings/read-credential";
import { dev } from "@gitops-platform/environments/dev";
import type { DeliveryPolicy, Environment } from "@gitops-platform/environments/environment";
import { prod } from "@gitops-platform/environments/prod";
import { DEFAULT_PROFILE, kindsOf, permittedKinds, PROFILES } from "@gitops-platform/environments/profiles";

const target = (environment: Environment): Target => ({
  environment,
  service: { name: "api", namespace: "backend" },
  repositoryUrl: "https://github.com/vaarak/gitops.git",
});

describe("an Application", () => {
  const retry = { limit: -1, refresh: true, backoff: { duration: "5s", factor: 2, maxDuration: "3m" } };
  const syncOptions = ["ServerSideApply=true", "FailOnSharedResource=true"];
  const history = (branch: string) => ({
    name: "History",
    value: `https://github.com/vaarak/gitops/commits/${branch}/environments/prod/api.yaml`,
  });

  it("of dev is this object", () => {
    assert.deepEqual(application(target(dev)), {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "Application",
      metadata: {
        name: "api",
        namespace: "argocd",
        labels: { "gitops-platform/environment": "dev", "gitops-platform/service": "api" },
        annotations: {
          "argocd.argoproj.io/manifest-generate-paths": "/charts/service;/environments/dev/api.yaml",
        },
        finalizers: ["resources-finalizer.argocd.argoproj.io"],
      },
      spec: {
        project: "dev-api",
        source: {
          repoURL: "https://github.com/vaarak/gitops.git",
          targetRevision: "refs/heads/main",
          path: "charts/service",
          helm: { releaseName: "api", valueFiles: ["/environments/dev/api.yaml"] },
        },
        destination: { server: "https://kubernetes.default.svc", namespace: "backend" },
        syncPolicy: { automated: { prune: true, selfHeal: true }, retry, syncOptions },
        info: [{ name: "History", value: "https://github.com/vaarak/gitops/commits/main/environments/dev/api.yaml" }],
      },
    });
  });

  it("of production applies one approved file, and renders no manifests", () => {
    const { metadata, spec } = application(target(prod));
    assert.deepEqual(spec.source, {
      repoURL: "https://github.com/vaarak/gitops.git",
      targetRevision: "refs/heads/env/prod",
      path: "manifests/api",
      directory: { include: "manifests.yaml" },
    });
    const { annotations } = metadata as { annotations?: unknown };
    assert.deepEqual(annotations, { "argocd.argoproj.io/manifest-generate-paths": "/manifests/api" });
  });

  const policies: [delivery: DeliveryPolicy, branch: string, syncPolicy: object, info: object[]][] = [
    [
      { sync: "auto", drift: "heal" },
      "main",
      { automated: { prune: true, selfHeal: true }, retry, syncOptions },
      [history("main")],
    ],
    [
      { sync: "auto", drift: "alert" },
      "main",
      { automated: { prune: true, selfHeal: false }, retry, syncOptions },
      [history("main")],
    ],
    [
      { sync: "manual", drift: "heal" },
      "env/prod",
      { automated: { prune: true, selfHeal: true }, retry, syncOptions },
      [
        {
          name: "Waiting for approval",
          value: "https://github.com/vaarak/gitops/pulls?q=is%3Apr+is%3Aopen+base%3Aenv%2Fprod",
        },
        history("env/prod"),
      ],
    ],
    [
      { sync: "manual", drift: "alert" },
      "main",
      { syncOptions },
      [{ name: "Approval", value: "Sync by a member of the role operator of prod-api" }, history("main")],
    ],
  ];
  for (const [delivery, branch, syncPolicy, info] of policies) {
    it(`with ${delivery.sync} and ${delivery.drift} follows ${branch} with the expected sync policy`, () => {
      const { spec } = application(target({ ...prod, delivery }));
      assert.equal(spec.source?.targetRevision, `refs/heads/${branch}`);
      assert.deepEqual(spec.syncPolicy, syncPolicy);
      assert.deepEqual(spec.info, info);
    });
  }

  it("of production keeps its workload when it is deleted", () => {
    assert.equal("finalizers" in application(target(prod)).metadata, false);
  });

  it("prunes only if the environment does", () => {
    assert.equal(application(target({ ...dev, prune: false })).spec.syncPolicy?.automated?.prune, false);
  });
});

describe("an AppProject", () => {
  const teamRole = (groups: readonly string[]) => ({
    name: "team",
    description: "Views and refreshes the service",
    groups,
    policies: [
      "p, proj:prod-api:team, applications, get, prod-api/*, allow",
      "p, proj:prod-api:team, logs, get, prod-api/*, allow",
    ],
  });

  it("permits one repository, one namespace and the kinds of the default profile", () => {
    assert.deepEqual(project(target(prod)), {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "AppProject",
      metadata: {
        name: "prod-api",
        namespace: "argocd",
        labels: { "gitops-platform/environment": "prod" },
      },
      spec: {
        description: "Service api in prod",
        sourceRepos: ["https://github.com/vaarak/gitops.git"],
        destinations: [{ server: "https://kubernetes.default.svc", namespace: "backend" }],
        clusterResourceWhitelist: [],
        namespaceResourceWhitelist: [
          { group: "", kind: "ConfigMap" },
          { group: "", kind: "Service" },
          { group: "", kind: "ServiceAccount" },
          { group: "apps", kind: "Deployment" },
          { group: "apps", kind: "StatefulSet" },
          { group: "autoscaling", kind: "HorizontalPodAutoscaler" },
          { group: "batch", kind: "CronJob" },
          { group: "batch", kind: "Job" },
          { group: "external-secrets.io", kind: "ExternalSecret" },
          { group: "gateway.networking.k8s.io", kind: "GRPCRoute" },
          { group: "gateway.networking.k8s.io", kind: "HTTPRoute" },
          { group: "monitoring.coreos.com", kind: "ServiceMonitor" },
          { group: "networking.k8s.io", kind: "Ingress" },
          { group: "networking.k8s.io", kind: "NetworkPolicy" },
          { group: "policy", kind: "PodDisruptionBudget" },
          // No chart declares these. Without them, Argo CD's tree and its images would end at the Deployment.
          { group: "", kind: "Pod" },
          { group: "apps", kind: "ReplicaSet" },
        ],
        orphanedResources: {
          warn: true,
          ignore: [{ group: "networking.k8s.io", kind: "NetworkPolicy", name: "default-deny" }],
        },
        roles: [teamRole([])],
      },
    });
  });

  it("permits exactly the kinds of the chart's templates", () => {
    const folder = join(__dirname, "../../../gitops-repo/charts/service/templates");
    const texts = readdirSync(folder).map((file) => readFileSync(join(folder, file), "utf8"));
    const kinds = texts.flatMap((text) => Array.from(text.matchAll(/^kind: (\w+)/gm), ([, kind]) => kind));
    assert.deepEqual(
      [...new Set(kinds)].sort(),
      kindsOf(DEFAULT_PROFILE)
        .map(({ kind }) => kind)
        .sort(),
    );
  });

  it("permits the kinds of the profile that the declaration names, and nothing else in addition", () => {
    const { spec } = project({ ...target(prod), profile: "kubernetes-client" });
    const own = project(target(prod)).spec;
    const more = spec.namespaceResourceWhitelist?.filter(
      ({ kind }) => !own.namespaceResourceWhitelist?.some((each) => each.kind === kind),
    );
    assert.deepEqual(more, [
      { group: "rbac.authorization.k8s.io", kind: "Role" },
      { group: "rbac.authorization.k8s.io", kind: "RoleBinding" },
    ]);
    assert.deepEqual({ ...spec, namespaceResourceWhitelist: [] }, { ...own, namespaceResourceWhitelist: [] });
  });

  it("has a profile without wildcards, Secrets, limits and Argo CD's own kinds", () => {
    const never = /[*?[{!]|^\/(Secret|Namespace|LimitRange|ResourceQuota|PersistentVolumeClaim)$|^argoproj|\/Cluster/;
    for (const { name } of PROFILES) {
      const kinds = permittedKinds(name).map(({ group, kind }) => `${group}/${kind}`);
      assert.deepEqual(
        kinds.filter((kind) => never.test(kind)),
        [],
        name,
      );
      assert.equal(new Set(kinds).size, kinds.length, name);
    }
  });

  it("gives its service's team the role for it, and no other team", () => {
    const own = target(prod);
    const { spec } = project({ ...own, service: { ...own.service, team: ["vaarak:api-team"] } });
    assert.deepEqual(spec.roles, [teamRole(["vaarak:api-team"])]);
  });

  it("permits a sync only if people sync by hand", () => {
    const withPolicy = (sync: DeliveryPolicy["sync"], drift: DeliveryPolicy["drift"]) =>
      project(target({ ...prod, delivery: { sync, drift }, operators: ["release-managers"] })).spec.roles;
    assert.deepEqual(withPolicy("manual", "alert"), [
      teamRole([]),
      {
        name: "operator",
        description: "Approves a change by syncing it",
        groups: ["release-managers"],
        policies: [
          "p, proj:prod-api:operator, applications, get, prod-api/*, allow",
          "p, proj:prod-api:operator, applications, sync, prod-api/*, allow",
        ],
      },
    ]);
    for (const [sync, drift] of [
      ["auto", "heal"],
      ["auto", "alert"],
      ["manual", "heal"],
    ] as const) {
      assert.deepEqual(withPolicy(sync, drift), [teamRole([])]);
    }
  });
});

describe("a service's namespace", () => {
  it("enforces the environment's Pod Security level", () => {
    assert.deepEqual(namespace("backend", prod, "api"), {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: {
        name: "backend",
        labels: {
          "gitops-platform/environment": "prod",
          "gitops-platform/service": "api",
          "pod-security.kubernetes.io/enforce": "restricted",
          "pod-security.kubernetes.io/warn": "restricted",
        },
      },
    });
  });

  it("has the environment's quota", () => {
    assert.deepEqual(quota("backend", prod), {
      apiVersion: "v1",
      kind: "ResourceQuota",
      metadata: { name: "pods", namespace: "backend" },
      spec: {
        hard: {
          pods: "30",
          "requests.cpu": "8",
          "requests.memory": "16Gi",
          "limits.memory": "32Gi",
        },
      },
    });
  });

  it("lets its pods reach DNS, and no other traffic in or out", () => {
    assert.deepEqual(defaultDeny("backend").spec, {
      podSelector: {},
      policyTypes: ["Ingress", "Egress"],
      egress: [
        {
          to: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } } }],
          ports: [
            { protocol: "UDP", port: 53 },
            { protocol: "TCP", port: 53 },
          ],
        },
      ],
    });
  });
});

describe("the repository's credential", () => {
  it("is a Secret that Argo CD recognizes by its label", () => {
    const url = "https://github.com/vaarak/gitops.git";
    const data = credentialData(url, { kind: "token", token: "ghp_read" });
    assert.deepEqual(repositorySecret(data), {
      apiVersion: "v1",
      kind: "Secret",
      metadata: {
        name: "gitops-repository",
        namespace: "argocd",
        labels: { "argocd.argoproj.io/secret-type": "repository" },
      },
      type: "Opaque",
      data: { type: "git", url, username: "x-access-token", password: "ghp_read" },
    });
  });

  const app = { kind: "app", appId: 7, installationId: 99, privateKey: "KEY", apiUrl: undefined } as const;
  const ids = { githubAppID: "7", githubAppInstallationID: "99", githubAppPrivateKey: "KEY" };
  const kinds: [what: string, credential: RepositoryCredential<string>, data: Record<string, string>][] = [
    ["a deploy key", { kind: "deployKey", privateKey: "KEY" }, { sshPrivateKey: "KEY" }],
    ["an App of github.com", app, ids],
    [
      "an App of a self-hosted server",
      { ...app, apiUrl: "https://git.example/" },
      { ...ids, githubAppEnterpriseBaseUrl: "https://git.example/api/v3" },
    ],
    [
      "an App of a server with a complete API URL",
      { ...app, apiUrl: "https://git.example/api/v3" },
      { ...ids, githubAppEnterpriseBaseUrl: "https://git.example/api/v3" },
    ],
  ];
  for (const [what, credential, data] of kinds) {
    it(`may be ${what}`, () => {
      assert.deepEqual(credentialData("URL", credential), { type: "git", url: "URL", ...data });
    });
  }
});

describe("the repository's web URL", () => {
  const urls: [clone: string, pages: string][] = [
    ["https://github.com/vaarak/gitops.git", "https://github.com/vaarak/gitops"],
    ["https://git.example:8443/vaarak/gitops", "https://git.example:8443/vaarak/gitops"],
    ["ssh://git@github.com/vaarak/gitops.git", "https://github.com/vaarak/gitops"],
    ["http://127.0.0.1:4000/vaarak/gitops.git", "http://127.0.0.1:4000/vaarak/gitops"],
  ];
  for (const [clone, pages] of urls) {
    it(`of ${clone} is ${pages}`, () => {
      assert.equal(webUrl(clone), pages);
    });
  }
});
