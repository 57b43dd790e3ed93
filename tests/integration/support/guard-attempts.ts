import { permittedKinds } from "@gitops-platform/environments/profiles";
import type { Requester } from "./api-server";

/** The identities that make the attempts. RBAC gives each of them all permissions, so only the guard can deny. */
export const REQUESTERS = {
  person: { user: "alice" },
  administrator: { user: "root", groups: ["system:masters"] },
  breakGlass: { user: "alice", groups: ["gitops-platform:break-glass"] },
  argocd: { user: "system:serviceaccount:argocd:argocd-application-controller" },
  argocdServer: { user: "system:serviceaccount:argocd:argocd-server" },
  argocdNotifications: { user: "system:serviceaccount:argocd:argocd-notifications-controller" },
  // On a managed cluster, controllers can be users instead of service accounts.
  cloud: { user: "eks:cloud-controller-manager" },
  argocdDefault: { user: "system:serviceaccount:argocd:default" },
  keda: { user: "system:serviceaccount:keda:keda-operator" },
  foreign: { user: "system:serviceaccount:tools:robot" },
  autoscaler: { user: "system:serviceaccount:kube-system:horizontal-pod-autoscaler" },
  quotaController: { user: "system:serviceaccount:kube-system:resourcequota-controller" },
  kubelet: { user: "system:node:node-0", groups: ["system:nodes"] },
} as const satisfies Record<string, Requester>;

type RequesterName = keyof typeof REQUESTERS;

/** The guard's verdict. `forwards`: the API server admitted the request, but finds no kubelet to forward it to. */
export type Verdict = "denies" | "allows" | "forwards";

/** One kubectl command, and the guard's verdict for each identity. */
export interface Attempt {
  readonly does: string;
  /** `POD`, `REPLICA_SET` and `ARGOCD_POD` are replaced with the names of such objects. */
  readonly args: readonly string[];
  readonly verdicts: Readonly<Partial<Record<Verdict, readonly RequesterName[]>>>;
  /** Standard input of kubectl. */
  readonly input?: unknown;
  /** The editor that `kubectl edit` starts. */
  readonly editor?: string;
}

type Verdicts = Attempt["verdicts"];

function attempt(
  does: string,
  args: readonly string[],
  verdicts: Verdicts,
  more: Pick<Attempt, "input" | "editor"> = {},
): Attempt {
  return { does, args, verdicts, ...more };
}

const IN_API = ["--namespace=api"];
const TRY = "--dry-run=server";
const merge = (patch: object) => ["--type=merge", `--patch=${JSON.stringify(patch)}`];
const patch = (what: readonly string[], change: object, ...flags: string[]) => [
  "patch",
  ...what,
  ...merge(change),
  TRY,
  ...flags,
];
// Required by the namespaces' Pod Security and quotas.
const RESTRICTED = { securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } } };
const CONTAINER = {
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
  resources: { requests: { cpu: "1m", memory: "1Mi" }, limits: { cpu: "1m", memory: "1Mi" } },
};
/** A pod that no workload owns. */
export const LOOSE_POD = "loose";
const configMap = (name: string, more: object = {}) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "api", ...more },
});
/** A pod that the namespaces admit. */
export const pod = (name: string, more: object = {}, spec: object = {}, namespace = "api") => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace, ...more },
  spec: { ...RESTRICTED, containers: [{ ...CONTAINER, name: "main", image: "busybox" }], ...spec },
});
const create = ["create", "--filename=-", TRY];
const APPLY = ["apply", "--server-side", "--force-conflicts", "--filename=-", TRY];

/** Only Git, its controllers, and break-glass. */
const BY_GIT_ALONE: Verdicts = {
  denies: ["person", "administrator", "foreign", "argocdServer"],
  allows: ["argocd", "keda", "breakGlass"],
};
/** Controllers can also manage objects of their own. */
const OF_CONTROLLERS: Verdicts = {
  denies: ["person", "administrator", "argocdServer"],
  allows: ["argocd", "keda", "foreign", "breakGlass"],
};
const deployment = ["deployment/api", ...IN_API];
const template = (spec: object) => ({ spec: { template: { spec } } });
const container = (change: object) => template({ containers: [{ name: "api", ...change }] });
const strategic = (change: object) => ["patch", ...deployment, `--patch=${JSON.stringify(change)}`, TRY];
const pods = "/api/v1/namespaces/api/pods";
const eviction = {
  apiVersion: "policy/v1",
  kind: "Eviction",
  metadata: { name: "POD", namespace: "api" },
  deleteOptions: { dryRun: ["All"] },
};
const restartedAt = (time: string, change: object = {}) => ({
  spec: { template: { metadata: { annotations: { "kubectl.kubernetes.io/restartedAt": time } }, ...change } },
});
const tracking = (id: string) => ({ annotations: { "argocd.argoproj.io/tracking-id": id } });
const everybody: readonly RequesterName[] = [
  "person",
  "administrator",
  "foreign",
  "argocdServer",
  "argocd",
  "breakGlass",
];

/** Attempts on objects that Argo CD delivers. */
export const DELIVERED: readonly Attempt[] = [
  attempt("sets a variable", ["set", "env", ...deployment, "DEBUG=1", TRY], BY_GIT_ALONE),
  attempt("sets an image", ["set", "image", ...deployment, "*=nginx", TRY], BY_GIT_ALONE),
  attempt("sets a command", strategic(container({ command: ["sleep", "1d"] })), BY_GIT_ALONE),
  attempt("adds a toleration", strategic(template({ tolerations: [{ operator: "Exists" }] })), BY_GIT_ALONE),
  attempt("labels", ["label", ...deployment, "x=y", TRY], BY_GIT_ALONE),
  attempt("annotates", ["annotate", "serviceaccount/api", ...IN_API, "role=admin", TRY], BY_GIT_ALONE),
  attempt("deletes", ["delete", ...deployment, TRY], BY_GIT_ALONE),
  attempt("scales", ["scale", ...deployment, "--replicas=0", TRY], {
    ...BY_GIT_ALONE,
    allows: ["argocd", "keda", "breakGlass", "autoscaler"],
  }),
  attempt("applies over a Service", APPLY, BY_GIT_ALONE, {
    input: { apiVersion: "v1", kind: "Service", metadata: { name: "api", namespace: "api", labels: { x: "y" } } },
  }),
  attempt("forges Argo CD's tracking id", create, BY_GIT_ALONE, {
    input: configMap("forged", tracking("api:/ConfigMap:api/forged")),
  }),
  attempt(
    "changes metadata through the status subresource",
    patch(deployment, { metadata: { annotations: { x: "y" } } }, "--subresource=status"),
    BY_GIT_ALONE,
  ),
  attempt("writes the status", patch(deployment, { status: { observedGeneration: 9 } }, "--subresource=status"), {
    allows: everybody,
  }),
  attempt(
    "edits",
    ["edit", ...deployment],
    { denies: ["person", "administrator"] },
    {
      editor: `sed -i "s/revisionHistoryLimit: 3/revisionHistoryLimit: 4/"`,
    },
  ),
  attempt("restarts", ["rollout", "restart", ...deployment], { denies: ["person", "administrator", "foreign"] }),
  attempt("pauses", ["rollout", "pause", ...deployment], { denies: ["person", "administrator", "foreign"] }),
  attempt("deletes all", ["delete", "--raw", "/apis/apps/v1/namespaces/api/deployments"], {
    denies: ["person", "administrator", "foreign", "argocdServer"],
  }),
  attempt("sets a finalizer", patch(deployment, { metadata: { finalizers: ["tools/cleanup"] } }), {
    allows: ["person", "cloud", "foreign", "argocd"],
  }),
  attempt(
    "sets a finalizer and a label",
    patch(deployment, { metadata: { finalizers: ["tools/cleanup"], labels: { x: "y" } } }),
    { denies: ["person", "cloud", "foreign"] },
  ),
  attempt(
    "applies a finalizer",
    ["apply", "--server-side", "--filename=-", TRY],
    { denies: ["person", "cloud"] },
    {
      input: {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "api", namespace: "api", finalizers: ["tools/cleanup"] },
      },
    },
  ),
  attempt("changes nothing", patch(deployment, {}), { denies: ["person"] }),
  attempt("restarts by Argo CD's action", patch(deployment, restartedAt("2026-01-01T00:00:00Z")), {
    denies: ["person", "foreign"],
    allows: ["argocdServer"],
  }),
  attempt(
    "hides an edit in a restart",
    patch(deployment, restartedAt("2026", { spec: { hostNetwork: false, nodeName: "x" } })),
    {
      denies: ["argocdServer"],
    },
  ),
  attempt("creates a Deployment", ["create", "deployment", "miner", "--image=miner", ...IN_API, TRY], OF_CONTROLLERS),
  attempt("creates a ConfigMap", ["create", "configmap", "stray", ...IN_API, TRY], OF_CONTROLLERS),
  attempt("creates an object with a copied tracking id", create, OF_CONTROLLERS, {
    input: configMap("copy", tracking("api:/ConfigMap:api/original")),
  }),
  attempt("changes a controller's object", ["label", "configmap/cache", ...IN_API, "x=y", TRY], OF_CONTROLLERS),
  attempt("deletes a controller's object", ["delete", "configmap/cache", ...IN_API, TRY], OF_CONTROLLERS),
  attempt("creates another kind of the same name", create, OF_CONTROLLERS, {
    input: {
      apiVersion: "networking.example.com/v1",
      kind: "NetworkPolicy",
      metadata: { name: "default-deny", namespace: "api" },
    },
  }),
  attempt("debugs a pod", ["debug", "pod/POD", ...IN_API, "--image=busybox", "--profile=restricted"], {
    denies: ["person", "administrator", "foreign", "argocdServer"],
  }),
  attempt("changes a pod's image", ["set", "image", "pod/POD", ...IN_API, "*=nginx", TRY], {
    denies: ["person", "administrator", "foreign", "argocdServer"],
    allows: ["argocd", "keda", "breakGlass"],
  }),
  attempt("orphans a pod", patch(["pod/POD", ...IN_API], { metadata: { ownerReferences: null } }), {
    denies: ["person", "foreign", "argocdServer"],
    allows: ["argocd", "keda"],
  }),
  attempt("removes a pod's hash", ["label", "pod/POD", ...IN_API, "pod-template-hash-", TRY], {
    denies: ["person", "foreign"],
    allows: ["keda"],
  }),
  attempt(
    "removes a pod's hash through the status subresource",
    patch(["pod/POD", ...IN_API], { metadata: { labels: { "pod-template-hash": null } } }, "--subresource=status"),
    { denies: ["person", "foreign"], allows: ["keda", "kubelet"] },
  ),
  attempt("labels a pod", ["label", "pod/POD", ...IN_API, "role=primary", TRY], {
    denies: ["person"],
    allows: ["foreign"],
  }),
  attempt("creates a pod", create, OF_CONTROLLERS, { input: pod("own") }),
  attempt("creates a pod that a workload adopts", create, BY_GIT_ALONE, {
    input: pod("own", { labels: { "pod-template-hash": "5f7d8" } }),
  }),
  attempt("makes a workload adopt its pod", ["label", `pod/${LOOSE_POD}`, ...IN_API, "pod-template-hash=5f7d8", TRY], {
    denies: ["person", "foreign"],
    allows: ["argocd", "keda"],
  }),
  attempt(
    "changes the image of a pod without a workload",
    ["set", "image", `pod/${LOOSE_POD}`, ...IN_API, "*=nginx", TRY],
    {
      denies: ["person", "foreign"],
      allows: ["argocd", "keda"],
    },
  ),
  attempt(
    "orphans a ReplicaSet through the status subresource",
    patch(["replicaset", "REPLICA_SET", ...IN_API], { metadata: { ownerReferences: null } }, "--subresource=status"),
    { denies: ["person", "foreign"], allows: ["keda"] },
  ),
  attempt("annotates a pod", ["annotate", "pod/POD", ...IN_API, "network=up", TRY], {
    denies: ["person", "argocdServer"],
    allows: ["foreign", "kubelet"],
  }),
  attempt("deletes a pod", ["delete", "pod/POD", ...IN_API, TRY, "--wait=false"], { allows: everybody }),
  attempt(
    "evicts a pod",
    ["create", "--raw", `${pods}/POD/eviction`, "--filename=-"],
    { allows: everybody },
    {
      input: eviction,
    },
  ),
  attempt("executes a command in a pod", ["exec", "pod/POD", ...IN_API, "--", "ls"], { forwards: ["person"] }),
  attempt("reads a pod's logs", ["logs", "pod/POD", ...IN_API], { allows: ["person"] }),
  attempt(
    "reports an event",
    create,
    { allows: ["person", "foreign"] },
    {
      input: {
        apiVersion: "v1",
        kind: "Event",
        metadata: { name: "seen", namespace: "api" },
        involvedObject: { apiVersion: "v1", kind: "Pod", namespace: "api", name: "POD" },
      },
    },
  ),
];

const BY_THE_PROGRAM: Verdicts = {
  denies: ["person", "foreign", "argocd", "argocdServer", "keda"],
  allows: ["administrator", "breakGlass"],
};
/** Argo CD's own processes can change these too. */
const IN_ARGOCD: Verdicts = {
  denies: ["person", "foreign", "keda"],
  allows: ["administrator", "breakGlass", "argocd", "argocdServer", "argocdNotifications"],
};
/** Argo CD's controller cannot, because what it applies comes from files that a pull request changes. */
const NOT_BY_THE_CATALOGUE: Verdicts = {
  denies: ["person", "foreign", "keda", "argocd"],
  allows: ["administrator", "breakGlass", "argocdServer"],
};
/** Controllers can manage objects of their own beside Argo CD's. */
const ANOTHERS_IN_ARGOCD: Verdicts = {
  denies: ["person"],
  allows: ["administrator", "breakGlass", "argocd", "foreign", "keda"],
};
const argocd = "--namespace=argocd";
const privileged = { metadata: { labels: { "pod-security.kubernetes.io/enforce": "privileged" } } };
const finalize = { apiVersion: "v1", kind: "Namespace", ...privileged, spec: { finalizers: ["kubernetes"] } };
const secret = (name: string) => ({ apiVersion: "v1", kind: "Secret", metadata: { name, namespace: "argocd" } });

const workload = (apiVersion: string, kind: string, change: object, labels: object = {}) => {
  const { spec } = pod("", {}, { ...change, ...(kind.endsWith("Job") && { restartPolicy: "Never" }) });
  const template = { metadata: { labels: { app: "own", ...labels } }, spec };
  const bySelector = { selector: { matchLabels: { app: "own" } }, template };
  const job = { template };
  const contents: Record<string, object> = {
    CronJob: { spec: { schedule: "0 0 * * *", jobTemplate: { spec: job } } },
    Job: { spec: job },
    PodTemplate: { template },
    ReplicationController: { spec: { template } },
    StatefulSet: { spec: { ...bySelector, serviceName: "own" } },
  };
  const content = contents[kind] ?? { spec: bySelector };
  return { apiVersion, kind, metadata: { name: "own", namespace: "argocd" }, ...content };
};

/** Git declares it, in the catalogue. */
const BY_THE_CATALOGUE: Verdicts = {
  denies: ["person", "foreign", "argocdServer", "keda"],
  allows: ["administrator", "breakGlass", "argocd"],
};
const BY_A_FILE: Verdicts = { denies: ["person", "foreign"], allows: ["argocd", "administrator"] };
const BY_NO_FILE: Verdicts = { denies: ["argocd"], allows: ["administrator"] };
const IN_SHOP = ["--namespace=shop"];
const ofCatalogue = (kind: string, name: string, namespace = "argocd") =>
  tracking(`catalogue:${kind}:${namespace}/${name}`);
const labels = { "gitops-platform/environment": "prod", "pod-security.kubernetes.io/enforce": "restricted" };
/** A namespace as the catalogue's files declare it, with Argo CD's tracking id. */
export const catalogueNamespace = (name: string, more: object = {}) => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name, labels, ...ofCatalogue("/Namespace", name), ...more },
});
/** A namespace that is no service's, such as an operator's. */
export const EXISTING = { apiVersion: "v1", kind: "Namespace", metadata: { name: "vault" } };
const HANDED_OVER = { "gitops-platform/handover": "catalogue" };
/** A namespace that is no service's, which somebody annotated. */
export const ANNOTATED = {
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: "annotated", annotations: HANDED_OVER },
};
const networkPolicy = (namespace: string, name = "default-deny") => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { name, namespace, ...ofCatalogue("networking.k8s.io/NetworkPolicy", name, namespace) },
  spec: { podSelector: {} },
});
const limits = (namespace: string, more: object = ofCatalogue("/LimitRange", "containers", namespace)) => ({
  apiVersion: "v1",
  kind: "LimitRange",
  metadata: { name: "containers", namespace, ...more },
  spec: { limits: [{ type: "Container", default: { memory: "1Gi" } }] },
});
const inCluster = (namespace: string) => ({ server: "https://kubernetes.default.svc", namespace });
const catalogueProject = (name: string, change: object = {}, more: object = {}) => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "AppProject",
  metadata: { name, namespace: "argocd", ...ofCatalogue("argoproj.io/AppProject", name), ...more },
  spec: {
    sourceRepos: ["https://github.com/vaarak/gitops.git"],
    destinations: [inCluster("web")],
    clusterResourceWhitelist: [],
    namespaceResourceWhitelist: [{ group: "apps", kind: "Deployment" }],
    ...change,
  },
});
const SOURCE = {
  repoURL: "https://github.com/vaarak/gitops.git",
  targetRevision: "refs/heads/env/prod",
  path: "manifests/web",
};
const right = (action: string) => `p, proj:prod-web:team, applications, ${action}, prod-web/*, allow`;
const role = (change: object) => ({ name: "team", groups: ["web"], policies: [right("get")], ...change });
const syncedWith = (kind: string, name: string) => ({
  annotations: {
    ...ofCatalogue(`argoproj.io/${kind}`, name).annotations,
    "argocd.argoproj.io/sync-options": "Replace=true",
  },
});
const OPERATION = { sync: { revision: "abc" } };
const catalogueApplication = (change: object = {}, more: object = {}) => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Application",
  metadata: { name: "web", namespace: "argocd", ...ofCatalogue("argoproj.io/Application", "web"), ...more },
  spec: { project: "prod-web", source: SOURCE, destination: inCluster("web"), ...change },
});
const ofShop = ["application/shop", "--namespace=argocd"];
const byRevision = (targetRevision: string) => ({ spec: { source: { targetRevision } } });

/** Attempts on the catalogue's objects in the namespace `shop`, and by the catalogue's files on others. */
export const CATALOGUES: readonly Attempt[] = [
  attempt("creates a namespace of the catalogue", create, BY_THE_CATALOGUE, { input: catalogueNamespace("web") }),
  ...Object.entries({
    "without a Pod Security level": catalogueNamespace("web", { labels: { "gitops-platform/environment": "prod" } }),
    "that allows root": catalogueNamespace("web", {
      labels: { ...labels, "pod-security.kubernetes.io/enforce": "privileged" },
    }),
    "with checks of an earlier version": catalogueNamespace("web", {
      labels: { ...labels, "pod-security.kubernetes.io/enforce-version": "v1.0" },
    }),
    "of another environment": catalogueNamespace("web", {
      labels: { ...labels, "gitops-platform/environment": "dev" },
    }),
    "for another Application": catalogueNamespace("web", tracking("api:/Namespace:api/web")),
    "for no Application": catalogueNamespace("web", { annotations: {} }),
    "of the cluster": catalogueNamespace("kube-extra"),
  }).map(([what, input]) => attempt(`creates a namespace ${what}`, create, BY_NO_FILE, { input })),
  attempt("adds the label to a namespace", patch(["namespace/default"], { metadata: { labels } }), BY_THE_PROGRAM),
  attempt("takes over a stack's namespace", patch(["namespace/api"], { metadata: ofCatalogue("/Namespace", "api") }), {
    ...BY_THE_PROGRAM,
  }),
  attempt("hands a stack's namespace over", patch(["namespace/api"], { metadata: { annotations: HANDED_OVER } }), {
    ...BY_THE_PROGRAM,
  }),
  attempt(
    "takes over a namespace that was handed over",
    patch(["namespace/old"], { metadata: ofCatalogue("/Namespace", "old") }),
    BY_THE_CATALOGUE,
  ),
  attempt(
    "takes over a namespace that was handed over for another service",
    patch(["namespace/old"], {
      metadata: { labels: { "gitops-platform/service": "evil" }, ...ofCatalogue("/Namespace", "old") },
    }),
    BY_NO_FILE,
  ),
  attempt(
    "takes over the quota of a namespace that was handed over",
    patch(["quota/pods", "--namespace=old"], { metadata: ofCatalogue("/ResourceQuota", "pods", "old") }),
    BY_THE_CATALOGUE,
  ),
  attempt("deletes a namespace that was handed over", ["delete", "namespace/old", TRY], BY_THE_PROGRAM),
  attempt(
    "takes over a namespace that somebody annotated",
    patch(["namespace/annotated"], { metadata: { labels, ...ofCatalogue("/Namespace", "annotated") } }),
    BY_THE_PROGRAM,
  ),
  attempt(
    "takes over an existing namespace",
    patch(["namespace/vault"], { metadata: { labels, ...ofCatalogue("/Namespace", "vault") } }),
    BY_THE_PROGRAM,
  ),
  attempt(
    "adds the catalogue's tracking id to an existing namespace",
    patch(["namespace/vault"], { metadata: ofCatalogue("/Namespace", "vault") }),
    BY_THE_PROGRAM,
  ),
  attempt("creates a namespace with the catalogue's tracking id", create, BY_THE_PROGRAM, {
    input: catalogueNamespace("other", { labels: {} }),
  }),
  attempt(
    "adds another tracking id to an existing namespace",
    patch(["namespace/vault"], { metadata: tracking("other:/Namespace:other/vault") }),
    { allows: everybody },
  ),
  attempt("labels an existing namespace", ["label", "namespace/vault", "x=y", TRY], { allows: everybody }),
  attempt("deletes an existing namespace", ["delete", "namespace/vault", TRY], { allows: everybody }),
  attempt("deletes a namespace that is not labelled", ["delete", "namespace/forged", TRY], BY_THE_PROGRAM),
  attempt("labels a namespace as the catalogue's", patch(["namespace/forged"], { metadata: { labels } }), {
    ...BY_THE_PROGRAM,
  }),
  attempt(
    "removes a namespace's tracking id",
    patch(["namespace/forged"], { metadata: { annotations: null } }),
    BY_THE_PROGRAM,
  ),
  attempt(
    "removes the labels of the catalogue's namespace",
    patch(["namespace/shop"], { metadata: { labels: null } }),
    BY_THE_PROGRAM,
  ),
  attempt(
    "forges the label of the catalogue's namespace",
    patch(["namespace/shop"], { metadata: { labels: { "gitops-platform/environment": "dev" } } }),
    BY_THE_PROGRAM,
  ),
  attempt(
    "moves the catalogue's namespace to another Application",
    patch(["namespace/shop"], { metadata: tracking("api:/Namespace:api/shop") }),
    BY_THE_PROGRAM,
  ),
  attempt(
    "changes the owner of the catalogue's namespace",
    patch(["namespace/shop"], { metadata: { labels: { "gitops-platform/service": "web" } } }),
    BY_THE_CATALOGUE,
  ),
  attempt("deletes the catalogue's namespace", ["delete", "namespace/shop", TRY], BY_THE_CATALOGUE),
  attempt(
    "raises the quota of the catalogue's namespace",
    patch(["quota/pods", ...IN_SHOP], { spec: { hard: { pods: "9999" } } }),
    BY_THE_CATALOGUE,
  ),
  attempt(
    "raises that quota for another Application",
    patch(["quota/pods", ...IN_SHOP], {
      metadata: tracking("shop:/ResourceQuota:shop/pods"),
      spec: { hard: { pods: "9999" } },
    }),
    BY_NO_FILE,
  ),
  attempt("deletes that quota", ["delete", "quota/pods", ...IN_SHOP, TRY], BY_THE_CATALOGUE),
  attempt("creates limits in the catalogue's namespace", create, BY_THE_CATALOGUE, { input: limits("shop") }),
  attempt("creates limits for no Application", create, BY_NO_FILE, { input: limits("shop", {}) }),
  attempt("creates limits in a stack's namespace", create, BY_THE_PROGRAM, { input: limits("api") }),
  ...["vault", "api"].flatMap((namespace) => [
    attempt(
      `creates a quota of the catalogue in the namespace ${namespace}`,
      create,
      { denies: ["argocd"] },
      {
        input: {
          apiVersion: "v1",
          kind: "ResourceQuota",
          metadata: { name: "none", namespace, ...ofCatalogue("/ResourceQuota", "none", namespace) },
          spec: { hard: { pods: "0" } },
        },
      },
    ),
    attempt(
      `opens the namespace ${namespace} for the catalogue`,
      create,
      { denies: ["argocd"] },
      {
        input: { ...networkPolicy(namespace, "open"), spec: { podSelector: {}, ingress: [{}] } },
      },
    ),
  ]),
  attempt(
    "limits a namespace for another Application",
    create,
    { allows: ["argocd", "person", "foreign"] },
    {
      input: limits("vault", tracking("vault:/LimitRange:vault/containers")),
    },
  ),
  attempt("creates a network policy in Argo CD's namespace", create, BY_NO_FILE, {
    input: networkPolicy("argocd"),
  }),
  attempt("creates a project of the catalogue", create, IN_ARGOCD, {
    input: catalogueProject("prod-web", { roles: [role({ groups: ["vaarak:web team"] })] }),
  }),
  attempt("creates a project of the catalogue with the kinds of another profile", create, IN_ARGOCD, {
    input: catalogueProject("prod-web", { namespaceResourceWhitelist: permittedKinds("kubernetes-client") }),
  }),
  ...Object.entries({
    "for any repository": catalogueProject("prod-web", { sourceRepos: ["*"] }),
    "for another repository": catalogueProject("prod-web", { sourceRepos: ["https://github.com/eve/gitops.git"] }),
    "for any namespace": catalogueProject("prod-web", { destinations: [inCluster("*")] }),
    "for all namespaces but one": catalogueProject("prod-web", { destinations: [inCluster("!web")] }),
    "for Argo CD's namespace": catalogueProject("prod-web", { destinations: [inCluster("argocd")] }),
    "for kube-system": catalogueProject("prod-web", { destinations: [inCluster("kube-system")] }),
    "for another cluster": catalogueProject("prod-web", { destinations: [{ server: "*", namespace: "web" }] }),
    "for a named cluster": catalogueProject("prod-web", {
      destinations: [{ ...inCluster("web"), name: "in-cluster" }],
    }),
    "for a cluster-scoped kind": catalogueProject("prod-web", {
      clusterResourceWhitelist: [{ group: "", kind: "Namespace" }],
    }),
    "for Secrets": catalogueProject("prod-web", { namespaceResourceWhitelist: [{ group: "", kind: "Secret" }] }),
    "for all kinds": catalogueProject("prod-web", { namespaceResourceWhitelist: undefined }),
    "for all kinds by a pattern": catalogueProject("prod-web", {
      namespaceResourceWhitelist: [{ group: "*", kind: "*" }],
    }),
    "for a kind of no profile beside those of one": catalogueProject("prod-web", {
      namespaceResourceWhitelist: [...permittedKinds("kubernetes-client"), { group: "apps", kind: "DaemonSet" }],
    }),
    "for a kind of a profile in another group": catalogueProject("prod-web", {
      namespaceResourceWhitelist: [{ group: "evil.example", kind: "Role" }],
    }),
    "for Applications of other namespaces": catalogueProject("prod-web", { sourceNamespaces: ["web"] }),
    "as other service accounts": catalogueProject("prod-web", {
      destinationServiceAccounts: [{ ...inCluster("web"), defaultServiceAccount: "admin" }],
    }),
    "that is never synced": catalogueProject("prod-web", {
      syncWindows: [{ kind: "deny", schedule: "* * * * *", duration: "24h", applications: ["*"] }],
    }),
    "whose team may override": catalogueProject("prod-web", { roles: [role({ policies: [right("override")] })] }),
    "whose team may open a shell": catalogueProject("prod-web", {
      roles: [role({ policies: ["p, proj:prod-web:team, exec, create, prod-web/*, allow"] })],
    }),
    "whose team has rights in another one": catalogueProject("prod-web", {
      roles: [role({ policies: ["p, proj:prod-web:team, applications, get, prod-api/*, allow"] })],
    }),
    "with a line of its own in a policy": catalogueProject("prod-web", {
      roles: [role({ policies: [`${right("get")}\ng, eve, role:admin`] })],
    }),
    "with a line of its own in a group": catalogueProject("prod-web", {
      roles: [role({ groups: ["web\ng, eve, role:admin"] })],
    }),
    "with another role as a group": catalogueProject("prod-web", { roles: [role({ groups: ["role:readonly"] })] }),
    "with a line of its own in a role": catalogueProject("prod-web", {
      roles: [role({ name: "team, applications, override, prod-web/*, allow\np, x" })],
    }),
    "that replaces the one before": catalogueProject("prod-web", {}, syncedWith("AppProject", "prod-web")),
    "of another environment": catalogueProject("dev-web"),
    "for no Application": catalogueProject("prod-web", {}, { annotations: {} }),
  }).map(([what, input]) => attempt(`creates a project ${what}`, create, BY_NO_FILE, { input })),
  attempt("creates an Application of the catalogue", create, IN_ARGOCD, { input: catalogueApplication() }),
  ...Object.entries({
    "of the project default": catalogueApplication({ project: "default" }),
    "of another service's project": catalogueApplication({ project: "prod-api" }),
    "of the catalogue's own project": catalogueApplication({ project: "prod-catalogue" }),
    "from another repository": catalogueApplication({
      source: { ...SOURCE, repoURL: "https://github.com/eve/gitops.git" },
    }),
    "from main": catalogueApplication({ source: { ...SOURCE, targetRevision: "refs/heads/main" } }),
    "from a short name": catalogueApplication({ source: { ...SOURCE, targetRevision: "env/prod" } }),
    "from no revision": catalogueApplication({ source: { ...SOURCE, targetRevision: undefined } }),
    "from several sources": catalogueApplication({ sources: [SOURCE] }),
    "without a source": catalogueApplication({ source: undefined }),
    "that ignores differences": catalogueApplication({
      ignoreDifferences: [{ kind: "Deployment", jsonPointers: ["/spec"] }],
    }),
    "for another Application": catalogueApplication({}, tracking("api:argoproj.io/Application:argocd/web")),
    "for no Application": catalogueApplication({}, { annotations: {} }),
    "that replaces the one before": catalogueApplication({}, syncedWith("Application", "web")),
    "that starts a sync": { ...catalogueApplication(), operation: OPERATION },
    "that reports a sync": { ...catalogueApplication(), status: { sync: { status: "Synced" } } },
  }).map(([what, input]) => attempt(`creates an Application ${what}`, create, BY_NO_FILE, { input })),
  attempt(
    "makes an Application of the catalogue follow main",
    patch(ofShop, byRevision("refs/heads/main")),
    NOT_BY_THE_CATALOGUE,
  ),
  attempt(
    "moves an Application of the catalogue to another project",
    patch(ofShop, { spec: { project: "default" } }),
    NOT_BY_THE_CATALOGUE,
  ),
  attempt(
    "adds sources to an Application of the catalogue",
    patch(ofShop, { spec: { sources: [SOURCE] } }),
    NOT_BY_THE_CATALOGUE,
  ),
  attempt(
    "retires an Application of the catalogue",
    patch(ofShop, { spec: { source: { path: "delivery/prod", directory: { include: "README.md" } } } }),
    IN_ARGOCD,
  ),
  attempt("leaves defaults out of an Application", patch(ofShop, { spec: { syncPolicy: null } }), IN_ARGOCD),
  attempt(
    "leaves defaults out of a stack's Application",
    patch(["application/api", argocd], { spec: { syncPolicy: null } }),
    IN_ARGOCD,
  ),
  // Argo CD names no field manager when it starts a sync, and names one when it applies a file.
  attempt(
    "starts a sync of an Application",
    patch(
      ofShop,
      {
        metadata: { annotations: { "argocd.argoproj.io/refresh": null } },
        operation: OPERATION,
        status: { sync: { status: "OutOfSync" } },
      },
      "--field-manager=",
    ),
    IN_ARGOCD,
  ),
  // Applications have no sub-resource for the status, which controllers may write.
  ...(
    [
      ["operation", OPERATION, NOT_BY_THE_CATALOGUE],
      ["status", { sync: { status: "Synced" } }, { denies: ["person", "argocd"], allows: ["argocdServer", "foreign"] }],
    ] as const
  ).flatMap(([field, value, verdicts]) =>
    ["shop", "api"].map((name) =>
      attempt(`applies the field ${field} of the Application ${name}`, APPLY, verdicts, {
        input: {
          apiVersion: "argoproj.io/v1alpha1",
          kind: "Application",
          metadata: { name, namespace: "argocd" },
          [field]: value,
        },
      }),
    ),
  ),
  attempt(
    "makes Argo CD replace an Application",
    patch(ofShop, { metadata: syncedWith("Application", "shop") }),
    NOT_BY_THE_CATALOGUE,
  ),
  attempt("deletes an Application of the catalogue", ["delete", ...ofShop, TRY], IN_ARGOCD),
  attempt(
    "takes over the catalogue's own project",
    patch(["appproject/prod-catalogue", argocd], { metadata: ofCatalogue("argoproj.io/AppProject", "prod-catalogue") }),
    BY_NO_FILE,
  ),
  attempt(
    "makes the catalogue apply another branch",
    patch(["application/catalogue", argocd], {
      metadata: ofCatalogue("argoproj.io/Application", "catalogue"),
      spec: { source: { targetRevision: "refs/heads/mine" } },
    }),
    BY_NO_FILE,
  ),
  attempt(
    "takes over a stack's Application",
    patch(["application/api", argocd], { metadata: ofCatalogue("argoproj.io/Application", "api") }),
    BY_NO_FILE,
  ),
  attempt(
    "takes over an Application that was handed over",
    patch(["application/old", argocd], { metadata: ofCatalogue("argoproj.io/Application", "old") }),
    BY_A_FILE,
  ),
  attempt(
    "takes over a project that was handed over",
    patch(["appproject/prod-old", argocd], { metadata: ofCatalogue("argoproj.io/AppProject", "prod-old") }),
    BY_A_FILE,
  ),
  attempt(
    "moves an Application that was handed over",
    patch(["application/old", argocd], {
      metadata: ofCatalogue("argoproj.io/Application", "old"),
      spec: { destination: { namespace: "other" } },
    }),
    BY_NO_FILE,
  ),
  attempt(
    "hands a stack's Application over",
    patch(["application/api", argocd], { metadata: { annotations: HANDED_OVER } }),
    { denies: ["person", "foreign"], allows: ["administrator"] },
  ),
  attempt(
    "edits the catalogue's Application by hand",
    patch(["application/catalogue", argocd], {
      spec: { source: { targetRevision: "refs/heads/mine" } },
    }),
    IN_ARGOCD,
  ),
];

/** Attempts on the platform's own objects. */
export const OWN: readonly Attempt[] = [
  attempt("allows root in a namespace", patch(["namespace/api"], privileged), BY_THE_PROGRAM),
  attempt("removes a namespace's labels", patch(["namespace/api"], { metadata: { labels: null } }), BY_THE_PROGRAM),
  attempt(
    "allows root through the status subresource",
    patch(["namespace/api"], privileged, "--subresource=status"),
    BY_THE_PROGRAM,
  ),
  attempt(
    "allows root through the finalize subresource",
    ["replace", "--raw", "/api/v1/namespaces/api/finalize", "--filename=-"],
    {
      denies: ["person", "foreign", "argocd", "argocdServer"],
    },
    { input: { ...finalize, metadata: { ...finalize.metadata, name: "api" } } },
  ),
  attempt("deletes a namespace", ["delete", "namespace/api", TRY], BY_THE_PROGRAM),
  attempt("raises a quota", patch(["quota/pods", ...IN_API], { spec: { hard: { pods: "9999" } } }), BY_THE_PROGRAM),
  attempt(
    "updates a quota's status",
    patch(["quota/pods", ...IN_API], { status: { used: { pods: "0" } } }, "--subresource=status"),
    {
      allows: ["quotaController"],
    },
  ),
  attempt("deletes the default-deny policy", ["delete", "networkpolicy/default-deny", ...IN_API, TRY], BY_THE_PROGRAM),
  attempt("deletes all quotas", ["delete", "--raw", "/api/v1/namespaces/api/resourcequotas"], {
    denies: ["person", "foreign", "argocd"],
  }),
  attempt(
    "widens a project's sources",
    patch(["appproject/prod-api", argocd], { spec: { sourceRepos: ["*"] } }),
    NOT_BY_THE_CATALOGUE,
  ),
  attempt(
    "moves an Application to another project",
    patch(["application/api", argocd], { spec: { project: "default" } }),
    IN_ARGOCD,
  ),
  attempt(
    "stops reconciliation",
    ["annotate", "application/api", argocd, "argocd.argoproj.io/skip-reconcile=true", TRY],
    IN_ARGOCD,
  ),
  attempt("deletes an Application", ["delete", "application/api", argocd, TRY], IN_ARGOCD),
  attempt(
    "makes everybody an administrator",
    patch(["configmap/argocd-rbac-cm", argocd], { data: { "policy.default": "role:admin" } }),
    IN_ARGOCD,
  ),
  attempt("changes a setting", patch(["configmap/argocd-cm", argocd], { data: { "exec.enabled": "true" } }), IN_ARGOCD),
  attempt("scales Argo CD down", ["scale", "deployment/argocd-server", argocd, "--replicas=0", TRY], IN_ARGOCD),
  attempt("creates an ApplicationSet", create, IN_ARGOCD, {
    input: {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "ApplicationSet",
      metadata: { name: "all", namespace: "argocd" },
      spec: { generators: [], template: { metadata: {}, spec: { project: "default", destination: {} } } },
    },
  }),
  attempt("requests the token of Argo CD's controller", ["create", "token", "argocd-application-controller", argocd], {
    denies: ["person", "foreign"],
    allows: ["administrator", "breakGlass", "kubelet"],
  }),
  attempt("executes a command in a pod of Argo CD", ["exec", "pod/ARGOCD_POD", argocd, "--", "ls"], {
    denies: ["person", "foreign"],
    forwards: ["administrator", "breakGlass"],
  }),
  ...["serviceAccountName", "serviceAccount"].flatMap((key) => [
    attempt(`runs a pod as Argo CD's controller by ${key}`, create, IN_ARGOCD, {
      input: pod("own", {}, { [key]: "argocd-application-controller" }, "argocd"),
    }),
    attempt(`runs a Deployment as Argo CD's controller by ${key}`, create, IN_ARGOCD, {
      input: workload("apps/v1", "Deployment", { [key]: "argocd-application-controller" }),
    }),
    attempt(`runs a CronJob as Argo CD's controller by ${key}`, create, IN_ARGOCD, {
      input: workload("batch/v1", "CronJob", { [key]: "argocd-application-controller" }),
    }),
  ]),
  ...[
    ["apps/v1", "ReplicaSet"],
    ["apps/v1", "DaemonSet"],
    ["apps/v1", "StatefulSet"],
    ["batch/v1", "Job"],
    ["v1", "ReplicationController"],
    ["v1", "PodTemplate"],
  ].map(([version = "", kind = ""]) =>
    attempt(`runs a ${kind} as Argo CD's server`, create, IN_ARGOCD, {
      input: workload(version, kind, { serviceAccountName: "argocd-server" }),
    }),
  ),
  attempt("runs a pod of its own in Argo CD's namespace", create, ANOTHERS_IN_ARGOCD, {
    input: pod("own", { labels: { "app.kubernetes.io/name": "solver" } }, { serviceAccountName: "default" }, "argocd"),
  }),
  attempt("runs a Deployment of its own in Argo CD's namespace", create, ANOTHERS_IN_ARGOCD, {
    input: workload("apps/v1", "Deployment", {}),
  }),
  attempt("receives the repo server's traffic", create, IN_ARGOCD, {
    input: pod("own", { labels: { "app.kubernetes.io/name": "argocd-repo-server" } }, {}, "argocd"),
  }),
  attempt("adds an address to the repo server's endpoints", create, IN_ARGOCD, {
    input: {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { name: "own", namespace: "argocd", labels: { "kubernetes.io/service-name": "argocd-repo-server" } },
      addressType: "IPv4",
      endpoints: [{ addresses: ["10.0.0.1"] }],
    },
  }),
  attempt("makes a Deployment receive the repo server's traffic", create, IN_ARGOCD, {
    input: workload("apps/v1", "Deployment", {}, { "app.kubernetes.io/name": "argocd-repo-server" }),
  }),
  attempt("annotates a pod of Argo CD", ["annotate", "pod/ARGOCD_POD", argocd, "network=up", TRY], ANOTHERS_IN_ARGOCD),
  attempt("creates a token Secret of Argo CD's controller", create, IN_ARGOCD, {
    input: {
      ...secret("token"),
      type: "kubernetes.io/service-account-token",
      metadata: {
        ...secret("token").metadata,
        annotations: { "kubernetes.io/service-account.name": "argocd-application-controller" },
      },
    },
  }),
  attempt(
    "edits an Application by another service account of Argo CD's namespace",
    patch(["application/api", argocd], { spec: { project: "default" } }),
    { denies: ["argocdDefault"] },
  ),
  attempt("restarts a pod of Argo CD", ["delete", "pod/ARGOCD_POD", argocd, TRY, "--wait=false"], {
    allows: ["person", "foreign", "administrator"],
  }),
  attempt("deletes the first password", ["delete", "secret/argocd-initial-admin-secret", argocd, TRY], {
    allows: ["person"],
  }),
  attempt(
    "creates a certificate Secret",
    create,
    { denies: ["person"], allows: ["foreign"] },
    {
      input: secret("argocd-server-tls"),
    },
  ),
  attempt("deletes a definition", ["delete", "crd/applications.argoproj.io", TRY, "--wait=false"], BY_THE_PROGRAM),
  attempt("changes Argo CD's permissions", ["label", "clusterrole/argocd-server", "x=y", TRY], BY_THE_PROGRAM),
  attempt("creates another role", ["create", "clusterrole", "other", "--verb=get", "--resource=pods", TRY], {
    allows: ["person", "foreign"],
  }),
  attempt("creates another namespace", ["create", "namespace", "other", TRY], { allows: ["person", "foreign"] }),
  attempt("works in another namespace", ["create", "configmap", "x", "--namespace=default", TRY], {
    allows: ["person", "foreign"],
  }),
  // Kubernetes exempts admission policies from admission policies, so only RBAC protects them.
  attempt("deletes the guard", ["delete", "validatingadmissionpolicybinding", "--all", TRY], {
    allows: ["person"],
  }),
];
