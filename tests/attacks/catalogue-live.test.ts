/**
 * Files of the catalogue that got past `validate`, in a real cluster: the root's AppProject and the guard refuse them.
 * The tests also try to get such a file into the repository with accounts that may write there.
 */
import assert from "node:assert/strict";
import { until } from "@gitops-platform/clients/until";
import { cluster, kubectl } from "../e2e/support/platform";
import type { Actor } from "./support/actors";
import { attack } from "./support/attack";
import { Catalogue } from "./support/catalogue";
import { afterwards } from "./support/cleaning";
import { plantFiles, tipOf, type Files, Workshop } from "./support/git";
import { type Answer, call, refused, RIGHTS, RULES } from "./support/github";
import { invalid, merge, propose, validated } from "./support/pulls";

const kind = "catalogue";
const ENVIRONMENT = "staging";
const APPLICATION = { apiVersion: "argoproj.io/v1alpha1", kind: "Application", namespace: "argocd" } as const;

type Manifest = Readonly<Record<string, unknown>> & {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Readonly<Record<string, unknown>> & { readonly name: string };
};

const source = (repoURL: string) => ({
  repoURL,
  targetRevision: "refs/heads/main",
  path: "charts/service",
  helm: { releaseName: "evil", valueFiles: ["/environments/staging/api.yaml"] },
});
const inCluster = (namespace: string) => ({ server: "https://kubernetes.default.svc", namespace });
const argoproj = (kindOf: string, name: string, spec: object, more: object = {}): Manifest => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: kindOf,
  metadata: { name, namespace: "argocd" },
  spec,
  ...more,
});
const application = (name: string, repoURL: string, spec: object = {}, more: object = {}) =>
  argoproj(
    "Application",
    name,
    { project: `${ENVIRONMENT}-${name}`, source: source(repoURL), destination: inCluster("evil"), ...spec },
    more,
  );
const project = (name: string, repoURL: string, spec: object = {}) =>
  argoproj("AppProject", `${ENVIRONMENT}-${name}`, {
    sourceRepos: [repoURL],
    destinations: [inCluster("evil")],
    clusterResourceWhitelist: [],
    namespaceResourceWhitelist: [{ group: "apps", kind: "Deployment" }],
    ...spec,
  });
const object = (apiVersion: string, kindOf: string, name: string, namespace: string, spec: object): Manifest => ({
  apiVersion,
  kind: kindOf,
  metadata: { name, namespace },
  spec,
});
const may = (rights: string) => ({
  roles: [
    {
      name: "team",
      groups: ["eve"],
      policies: [`p, proj:staging-evil-rights:team, ${rights}, staging-evil-rights/*, allow`],
    },
  ],
});

/** A namespace that is not the catalogue's. */
const OPERATORS = "operators";

/** What the guard refuses, by description. */
const byGuard: Readonly<Record<string, (repository: string) => Manifest>> = {
  "an Application with a sync of another commit": (url) =>
    application("evil-sync", url, {}, { operation: { sync: { revision: "0".repeat(40) } } }),
  "an Application with a report of a sync": (url) =>
    application("evil-status", url, {}, { status: { sync: { status: "Synced" } } }),
  "an Application of another branch": (url) =>
    application("evil-branch", url, { source: { ...source(url), targetRevision: "refs/heads/mine" } }),
  "an Application of another service's project": (url) => application("evil-project", url, { project: "staging-api" }),
  "an Application that is replaced, not applied": (url) => {
    const made = application("evil-replaced", url);
    const annotations = { "argocd.argoproj.io/sync-options": "Replace=true" };
    return { ...made, metadata: { ...made.metadata, annotations } };
  },
  "an AppProject for Argo CD's namespace": (url) =>
    project("evil-argocd", url, { destinations: [inCluster("argocd")] }),
  "an AppProject whose team may sync files of its own": (url) =>
    project("evil-rights", url, may("applications, override")),
  "an AppProject that is never synced": (url) =>
    project("evil-never", url, {
      syncWindows: [{ kind: "deny", schedule: "* * * * *", duration: "24h", applications: ["*"] }],
    }),
  "a Namespace with an earlier version of Pod Security": () => ({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: {
      name: "evil-old",
      labels: {
        "gitops-platform/environment": ENVIRONMENT,
        "pod-security.kubernetes.io/enforce": "restricted",
        "pod-security.kubernetes.io/enforce-version": "v1.0",
      },
    },
  }),
  "a quota that stops an operator's pods": () =>
    object("v1", "ResourceQuota", "evil", OPERATORS, { hard: { pods: "0" } }),
  "a policy that opens an operator's namespace": () =>
    object("networking.k8s.io/v1", "NetworkPolicy", "evil", OPERATORS, { podSelector: {}, ingress: [{}] }),
};

/** What the root's AppProject refuses, by description. */
const byProject: Readonly<Record<string, (repository: string) => Manifest>> = {
  "a setting of Argo CD": () => object("v1", "ConfigMap", "evil-cm", "argocd", {}),
  "a right in the whole cluster": () => ({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: "evil" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
    subjects: [],
  }),
  "a hook": () => ({
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "evil", namespace: "api", annotations: { "argocd.argoproj.io/hook": "PreSync" } },
    spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "x", image: "ghcr.io/evil/x:1" }] } } },
  }),
};

interface Status {
  readonly sync?: { readonly status?: string; readonly revision?: string };
  readonly operationState?: {
    readonly phase?: string;
    readonly message?: string;
    readonly syncResult?: { readonly resources?: readonly Result[] };
  };
}

/** What became of an object in the last sync. */
interface Result {
  readonly kind: string;
  readonly name: string;
  readonly status?: string;
  readonly message?: string;
}

/** The status of an Application, which is asked to look at Git again: nothing announced the commit. */
async function statusOf(name: string): Promise<Status> {
  const annotations = { "argocd.argoproj.io/refresh": "normal" };
  const found = await cluster(ENVIRONMENT).get({ ...APPLICATION, name });
  if (!found) return {};
  await cluster(ENVIRONMENT).patch({ ...APPLICATION, name }, { metadata: { annotations } });
  return (found as unknown as { status?: Status }).status ?? {};
}

const resultIn = ({ operationState }: Status, { kind: kindOf, metadata: { name } }: Manifest) =>
  operationState?.syncResult?.resources?.find((each) => each.kind === kindOf && each.name === name);

/** Waits until the catalogue's Application has tried each of these objects. */
function tried(objects: readonly Manifest[]): Promise<Status> {
  return until<Status>("the catalogue to be tried", async () => {
    const status = await statusOf("catalogue");
    const missing = objects.filter((each) => resultIn(status, each)?.status === undefined);
    const names = missing.map(({ metadata: { name } }) => name).join(", ");
    return missing.length === 0
      ? { done: status }
      : { waitingFor: `${names}: ${status.operationState?.message ?? ""}` };
  });
}

/**
 * Waits until the catalogue's Application has seen that Git is as before, and deletes what the planted file created:
 * Argo CD does not delete all objects of an Application by itself. A sync that it repeats would sync the next commit
 * too, but only the objects that it began with, and no hooks.
 */
async function restored(created: readonly string[] = []): Promise<void> {
  const commit = await tipOf("main");
  const reached = (state: string) =>
    until(`the catalogue to be ${state}`, async () => {
      const { sync, operationState } = await statusOf("catalogue");
      const phase = operationState?.phase === "Running" ? "in progress" : "ended";
      const seen = `${phase}: ${sync?.status ?? ""} at ${sync?.revision ?? ""}`;
      return seen.endsWith(state) ? { done: true } : { waitingFor: seen };
    });
  await reached(`at ${commit}`);
  if (created.length > 0) await kubectl(ENVIRONMENT, "--namespace=argocd", "delete", "--ignore-not-found", ...created);
  await reached(`ended: Synced at ${commit}`);
}

const asFile = (objects: readonly Manifest[]): Files => ({
  [`delivery/${ENVIRONMENT}/evil.yaml`]: objects.map((each) => JSON.stringify(each)).join("\n---\n"),
});

/** Asserts that an object was refused with a message, and does not exist. */
async function isRefused(status: Status, manifest: Manifest, said: RegExp): Promise<string> {
  const { apiVersion, kind: kindOf, metadata } = manifest;
  const result = resultIn(status, manifest);
  assert.equal(result?.status, "SyncFailed", `Argo CD: ${result?.message ?? "nothing"}`);
  assert.match(result.message ?? "", said);
  const { name, namespace } = metadata as { name: string; namespace?: string };
  const there = await cluster(ENVIRONMENT).get({ apiVersion, kind: kindOf, name, ...(namespace && { namespace }) });
  assert.equal(there, undefined, "it was created");
  return said.exec(result.message ?? "")?.[0] ?? "";
}

describe(`${kind}, past validate`, () => {
  let workshop: Workshop;
  let repository = "";
  before(async () => {
    workshop = await Workshop.open();
    const found = await cluster(ENVIRONMENT).get({ ...APPLICATION, name: "catalogue" });
    repository = (found as unknown as { spec: { source: { repoURL: string } } }).spec.source.repoURL;
    const operators = { apiVersion: "v1", kind: "Namespace", metadata: { name: OPERATORS } };
    await cluster(ENVIRONMENT).apply(operators, { fieldManager: "test" });
  });
  after(async () => {
    workshop.close();
    await kubectl(ENVIRONMENT, "delete", "namespace", OPERATORS, "--wait=false");
  });

  for (const [by, what, said, all] of [
    ["the guard", byGuard, /gitops-platform-guard-\w+' with binding .* denied request: [^;]*/, Object.keys(byGuard)],
    ["the root's project", byProject, /\S* ?\S+ is not permitted in project staging-catalogue/, Object.keys(byProject)],
  ] as const) {
    describe(`refused by ${by}`, () => {
      let status: Status = {};
      let restore = () => {
        // Nothing is planted yet.
      };
      before(async () => {
        const objects = all.map((name) => what[name]?.(repository) ?? assert.fail(name));
        restore = plantFiles(workshop, "main", asFile(objects));
        status = await tried(objects);
      });
      after(async () => {
        restore();
        await restored();
      });

      for (const name of all) {
        attack({
          class: kind,
          by: "engineer",
          what: `a planted file of the catalogue with ${name}`,
          try: () => Promise.resolve(what[name]?.(repository) ?? assert.fail(name)),
          holds: (manifest) => isRefused(status, manifest, said),
        });
      }
    });
  }

  attack({
    class: kind,
    by: "engineer",
    what: "a planted Application that makes a namespace without Pod Security",
    try: async () => {
      const managedNamespaceMetadata = { labels: { "pod-security.kubernetes.io/enforce": "privileged" } };
      const syncPolicy = { automated: {}, managedNamespaceMetadata, syncOptions: ["CreateNamespace=true"] };
      const objects = [project("evil", repository), application("evil", repository, { syncPolicy })];
      const restore = plantFiles(workshop, "main", asFile(objects));
      afterwards(async () => {
        restore();
        await restored(["application/evil", "appproject/staging-evil"]);
      });
      return until<string>("the planted Application to be synced", async () => {
        await statusOf("catalogue");
        const status = await statusOf("evil");
        const said = JSON.stringify(status.operationState ?? {});
        return said.includes("not permitted") || status.operationState?.phase === "Succeeded"
          ? { done: said }
          : { waitingFor: said };
      });
    },
    holds: async (said) => {
      const namespace = await cluster(ENVIRONMENT).get({ apiVersion: "v1", kind: "Namespace", name: "evil" });
      assert.equal(namespace, undefined, "the namespace was made");
      assert.match(said, NOT_PERMITTED);
      return `Argo CD: ${NOT_PERMITTED.exec(said)?.[0] ?? ""}`;
    },
  });
});

const NOT_PERMITTED = /\S* ?Namespace is not permitted in project staging-evil/;

describe(`${kind}, by people with write access`, () => {
  let workshop: Workshop;
  let files: Files = {};
  before(async () => {
    workshop = await Workshop.open();
    const own = await Workshop.open();
    const catalogue = await Catalogue.open(own);
    const all = catalogue.added("evil", "team: platform\nenvironments: [dev, staging, prod]\n");
    files = Object.fromEntries(Object.entries(all).filter(([path]) => path.endsWith("/evil.yaml")));
    own.close();
  });
  after(() => {
    workshop.close();
  });

  attack({
    class: kind,
    by: "developer",
    what: "a declaration of a service, with all that it gives, without an approval of the platform team",
    try: async () => {
      const pull = await propose(workshop, "developer", "main", files, { title: "Add evil" });
      const { conclusion, said } = await validated(pull);
      if (conclusion !== "success") throw new Error(`#${pull.number}: ${said}`);
      return merge("developer", pull.number);
    },
    holds: refused(/405|[Rr]eview|owner/),
  });

  const proposals: [by: Actor, what: string, base: string, branch: string | undefined, said: RegExp][] = [
    ["the key of gitops-bump", "a declaration of a service", "main", undefined, /Got a bot's change/],
    [
      "the key of gitops-release",
      "a release of a service that main does not declare",
      "env/prod",
      "release/prod/evil",
      /evil/,
    ],
  ];
  for (const [by, what, base, branch, said] of proposals) {
    attack({
      class: kind,
      by,
      what,
      try: () => propose(workshop, by, base, files, { title: "Add evil", ...(branch !== undefined && { branch }) }),
      holds: (pull) => invalid(pull, said),
    });
  }

  attack({
    class: kind,
    by: "CI's token",
    what: "a declaration of a service, by the API",
    try: (): Promise<Answer> =>
      call("CI's token", "PUT", "contents/services/evil.yaml", {
        message: "Add evil",
        content: Buffer.from("team: platform\nenvironments: [dev]\n").toString("base64"),
        branch: "main",
      }),
    holds: refused(new RegExp(`${RIGHTS.source}|${RULES.source}`)),
  });
});
