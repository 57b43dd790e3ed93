/** The life of a service of the catalogue, by pull requests alone, and attacks on what delivers it. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import type { KubernetesObject } from "@gitops-platform/clients/kubernetes";
import { until } from "@gitops-platform/clients/until";
import { describeApplication } from "@gitops-platform/sandbox/applications";
import type { Status } from "@gitops-platform/gitops/status/model";
import type { EnvironmentName } from "@gitops-platform/sandbox/paths";
import { useEditors } from "./support/drift";
import {
  approveAndMerge,
  as,
  changesService,
  cli,
  conclusion,
  fileOn,
  gitops,
  openRelease,
  propose,
} from "./support/people";
import { attempt, cluster, GUARDED, kubectl, paths, serviceHealthy } from "./support/platform";
import { typed } from "./support/versions";

const LIMITS = ["resourcequota/pods", "limitrange/containers", "networkpolicy/default-deny"];
const LABEL = "gitops-platform/environment";

describe("a service of the catalogue", () => {
  useEditors();

  it("runs in dev and staging after a pull request, without pulumi up", async () => {
    const order = ["--team", "platform", "--image", "ghcr.io/vaarak/shop:sha-1111111"];
    const everywhere = ["dev", "staging", "prod"].flatMap((name) => ["--env", name]);
    await approveAndMerge(await changesService("add", "shop", ...order, ...everywhere));
    await serviceHealthy("shop", "dev");
    await serviceHealthy("shop", "staging");
  });

  it("has a namespace with a quota, limits, a network policy and a Pod Security level", async () => {
    for (const name of ["dev", "staging"] as const) {
      const { labels } = (await namespaceIn(name)).metadata;
      assert.deepEqual(
        [labels?.[LABEL], labels?.["gitops-platform/service"], labels?.["pod-security.kubernetes.io/enforce"]],
        [name, "shop", "restricted"],
      );
      await kubectl(name, "--namespace=shop", "get", ...LIMITS);
      // Break-glass passes the guard, and so shows what the namespace itself refuses.
      const root = ["--namespace=shop", "run", "root", "--image=x", "--as=oncall", "--as-group=system:masters"];
      const refusal = await attempt(name, ...root, "--as-group=gitops-platform:break-glass");
      assert.match(refusal, /violates PodSecurity "restricted:latest"/);
    }
  });

  it("waits for an approval before it runs in production", async () => {
    const number = await openRelease("shop", "shop");
    assert.equal(await cluster("prod").get({ apiVersion: "v1", kind: "Namespace", name: "shop" }), undefined);
    const { rest } = await as("developer");
    const { data: files } = await rest.pulls.listFiles({ ...gitops, pull_number: number });
    const paths = ["delivery/prod/shop.yaml", "environments/prod/shop.yaml", "manifests/shop/manifests.yaml"];
    assert.deepEqual(files.map(({ filename }) => filename).sort(), [...paths, "services/shop.yaml"]);
    await typed("approver", "approve", "shop");
    await serviceHealthy("shop", "prod");
  });

  it("is confined by objects whose live edits are refused", async () => {
    for (const name of ["staging", "prod"] as const) {
      for (const args of [
        ["patch", "resourcequota/pods", "--namespace=shop", "--type=merge", '-p={"spec":{"hard":{"pods":"999"}}}'],
        ["delete", "limitrange/containers", "--namespace=shop"],
        ["delete", "networkpolicy/default-deny", "--namespace=shop"],
        ["label", "namespace/shop", `${LABEL}-`],
        ["label", "namespace/shop", "pod-security.kubernetes.io/enforce=privileged", "--overwrite"],
        ["delete", "namespace/shop", "--wait=false"],
        ["patch", `appproject/${name}-shop`, "-n=argocd", "--type=merge", '-p={"spec":{"sourceRepos":["*"]}}'],
        ["delete", "application/catalogue", "--namespace=argocd", "--wait=false"],
      ]) {
        assert.match(await attempt(name, ...args, "--as=alice"), GUARDED, `${name}: ${args.join(" ")}`);
      }
    }
  });

  it("is confined by objects whose permitted edits are reverted", async () => {
    const edits: [args: string[], read: string[], before: string][] = [
      [
        ["patch", "resourcequota/pods", "-n=shop", "--type=merge", '-p={"spec":{"hard":{"pods":"999"}}}'],
        ["resourcequota/pods", "-n=shop", "-o=jsonpath={.spec.hard.pods}"],
        "20",
      ],
      [
        [
          "patch",
          "appproject/dev-shop",
          "-n=argocd",
          "--type=merge",
          '-p={"spec":{"clusterResourceWhitelist":[{"group":"*","kind":"*"}]}}',
        ],
        ["appproject/dev-shop", "-n=argocd", "-o=jsonpath={.spec.clusterResourceWhitelist}"],
        "[]",
      ],
      [
        ["label", "namespace/shop", `${LABEL}-`],
        ["namespace/shop", `-o=jsonpath={.metadata.labels.gitops-platform/environment}`],
        "dev",
      ],
      [
        ["label", "namespace/shop", "pod-security.kubernetes.io/enforce=privileged", "--overwrite"],
        ["namespace/shop", "-o=jsonpath={.metadata.labels.pod-security\\.kubernetes\\.io/enforce}"],
        "restricted",
      ],
    ];
    for (const [args, read, before] of edits) {
      // An administrator runs pulumi up, so the guard permits it.
      await kubectl("dev", ...args);
      await until(`${args.join(" ")} is reverted`, async () => {
        const now = await kubectl("dev", "get", ...read);
        return now === before ? { done: true } : { waitingFor: `it is ${now}` };
      });
    }
  });
});

describe("an attack on the catalogue", () => {
  it("is refused by validate, if one byte of delivery/ is another", async () => {
    const path = "delivery/dev/shop.yaml";
    const text = await fileOn("main", path);
    const files = { [path]: text.replace('pods: "20"', 'pods: "21"') };
    assert.notEqual(files[path], text);
    const number = await propose({ by: "developer", base: "main", title: "More pods", files });
    assert.equal(await conclusion(number, "validate"), "failure");
  });

  it("is refused by Argo CD, if it is on main and asks for another kind or a namespace of the cluster", async () => {
    const undo = await plant("delivery/dev/evil.yaml", [
      { apiVersion: "v1", kind: "Secret", metadata: { name: "evil", namespace: "shop" } },
      {
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata: { name: "evil", namespace: "kube-system" },
        spec: { podSelector: {}, ingress: [{}] },
      },
      { apiVersion: "v1", kind: "Namespace", metadata: { name: "kube-evil", labels: { [LABEL]: "dev" } } },
    ]);
    await refused("dev", [
      /Secret is not permitted in project dev-catalogue/,
      /namespace kube-system is not permitted in project 'dev-catalogue'/,
      /Namespace is not permitted in project dev-catalogue/,
    ]);
    const { stdout } = await cli("developer", ...STATUS_OF_DEV);
    await undo();
    assert.equal((JSON.parse(stdout) as Status).environments[0]?.catalogue?.sync, "OutOfSync");
    assert.equal(await cluster("dev").get({ apiVersion: "v1", kind: "Namespace", name: "kube-evil" }), undefined);
    await applied("dev");
    const { environments, services } = JSON.parse(await typed("developer", ...STATUS_OF_DEV)) as Status;
    assert.equal(environments[0]?.catalogue, null);
    assert.deepEqual(
      services.map(({ name }) => name),
      ["api", "shop"],
    );
  });

  it("is refused by the guard, if it is on main and gives a project more than a service needs", async () => {
    const undo = await plant("delivery/staging/evil.yaml", [
      {
        apiVersion: "argoproj.io/v1alpha1",
        kind: "AppProject",
        metadata: { name: "staging-evil", namespace: "argocd" },
        spec: { sourceRepos: ["*"], destinations: [{ server: "*", namespace: "*" }] },
      },
    ]);
    await refused("staging", [/gitops-platform-guard-argocd/]);
    const project = { apiVersion: "argoproj.io/v1alpha1", kind: "AppProject", namespace: "argocd" };
    assert.equal(await cluster("staging").get({ ...project, name: "staging-evil" }), undefined);
    await undo();
    await applied("staging");
  });
});

describe("a retired service of the catalogue", () => {
  it("loses its workload in dev, and keeps its namespace", async () => {
    await approveAndMerge(await changesService("retire", "shop", "--env", "dev", "--reason", "Nobody buys"));
    await withoutWorkload("dev");
    await serviceHealthy("shop", "staging");
    await serviceHealthy("shop", "prod");
  });

  it("loses it in production once that is approved", async () => {
    await approveAndMerge(await changesService("retire", "shop", "--env", "prod", "--reason", "Nobody buys"));
    await openRelease("shop", "shop");
    await serviceHealthy("shop", "prod");
    await typed("approver", "approve", "shop");
    await withoutWorkload("prod");
  });
});

const STATUS_OF_DEV = [
  ...["status", "--json", "--env", "dev"],
  ...["--cluster", `dev=${paths.environments.dev.kubeconfig}`],
];

/** Runs a command that opens a pull request. Returns its number. */
const APPLICATION = { apiVersion: "argoproj.io/v1alpha1", kind: "Application", namespace: "argocd" } as const;

/** Waits until the namespace has no Deployment and no pod, but still its limits. */
async function withoutWorkload(environment: EnvironmentName): Promise<void> {
  await until(`${environment} does not run shop`, async () => {
    const namespace = { namespace: "shop" };
    const workloads = await cluster(environment).list("apps/v1", "Deployment", namespace);
    const left = [...workloads, ...(await cluster(environment).list("v1", "Pod", namespace))];
    const application = await cluster(environment).get({ ...APPLICATION, name: "shop" });
    const state = application === undefined ? "no Application" : describeApplication(application);
    return left.length === 0 ? { done: true } : { waitingFor: `${left.length} left, ${state}` };
  });
  await kubectl(environment, "--namespace=shop", "get", ...LIMITS);
}

async function namespaceIn(environment: EnvironmentName): Promise<KubernetesObject> {
  const found = await cluster(environment).get({ apiVersion: "v1", kind: "Namespace", name: "shop" });
  return found ?? assert.fail(`${environment} has no namespace shop`);
}

/** Commits a file to `main` in the Git host's own repository, past all of its rules. Returns how to take it back. */
async function plant(path: string, objects: readonly object[]): Promise<() => Promise<void>> {
  const folder = await bareRepository();
  const git = async (args: string[], input?: string) => {
    const names = {
      GIT_AUTHOR_NAME: "eve",
      GIT_AUTHOR_EMAIL: "eve@x",
      GIT_COMMITTER_NAME: "eve",
      GIT_COMMITTER_EMAIL: "eve@x",
    };
    const env = { ...names, GIT_INDEX_FILE: join(folder, "evil.index") };
    return (await execa("git", args, { cwd: folder, env, ...(input !== undefined && { input }) })).stdout;
  };
  const before = await git(["rev-parse", "refs/heads/main"]);
  const blob = await git(["hash-object", "-w", "--stdin"], objects.map((each) => JSON.stringify(each)).join("\n---\n"));
  await git(["read-tree", before]);
  await git(["update-index", "--add", "--cacheinfo", `100644,${blob},${path}`]);
  const commit = await git(["commit-tree", await git(["write-tree"]), "-p", before, "-m", "Evil"]);
  await git(["update-ref", "refs/heads/main", commit, before]);
  return async () => {
    await git(["update-ref", "refs/heads/main", before, commit]);
  };
}

/** The repository that has the catalogue, in the Git host's data. */
async function bareRepository(): Promise<string> {
  const main = await as("developer").then(({ rest }) => rest.git.getRef({ ...gitops, ref: "heads/main" }));
  const folders = readdirSync(paths.github.data, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name === "HEAD")
    .map((entry) => entry.parentPath);
  for (const cwd of folders) {
    const { stdout } = await execa("git", ["rev-parse", "refs/heads/main"], { cwd, reject: false });
    if (stdout === main.data.object.sha) return cwd;
  }
  return assert.fail(`no repository below ${paths.github.data} has ${main.data.object.sha} on main`);
}

/** Waits until the last sync of the catalogue was refused with all of these messages. */
async function refused(environment: EnvironmentName, messages: readonly RegExp[]): Promise<void> {
  await until(`the catalogue of ${environment} is refused`, async () => {
    const status = await refreshed(environment);
    const said = JSON.stringify(status.operationState ?? {}) + JSON.stringify(status.conditions ?? []);
    const missing = messages.filter((message) => !message.test(said));
    return missing.length === 0 ? { done: true } : { waitingFor: `${missing.join(", ")} in ${said}` };
  });
}

/** Waits until the catalogue is Synced, and its last sync succeeded. */
async function applied(environment: EnvironmentName): Promise<void> {
  await until(`the catalogue of ${environment} is applied`, async () => {
    const { sync, operationState } = await refreshed(environment);
    const state = `${sync?.status ?? ""}, ${operationState?.phase ?? ""}`;
    return state === "Synced, Succeeded" ? { done: true } : { waitingFor: state };
  });
}

interface CatalogueStatus {
  sync?: { status?: string };
  operationState?: { phase?: string };
  conditions?: object[];
}

/** The state of the catalogue's Application, which is asked to look at Git again: nothing announced the commit. */
async function refreshed(environment: EnvironmentName): Promise<CatalogueStatus> {
  const refresh = "argocd.argoproj.io/refresh=normal";
  await kubectl(environment, "-n=argocd", "annotate", "application/catalogue", refresh, "--overwrite");
  const found = await cluster(environment).get({ ...APPLICATION, name: "catalogue" });
  return found?.status ?? {};
}
