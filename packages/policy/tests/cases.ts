import type { IValidatingAdmissionPolicySpec } from "kubernetes-models/admissionregistration.k8s.io/v1";
import { guard } from "@gitops-platform/components/delivery/guard/guard";
import { rootApplication, rootProject } from "@gitops-platform/components/delivery/root";
import { reservedBranchPatterns } from "@gitops-platform/contract/branches";
import { prod } from "@gitops-platform/environments/prod";
import { guardExemptions } from "@gitops-platform/environments/settings/guard";
import { workloadDigest } from "../argocd-workload";
import type { TestResource } from "./support";

/** A stack that complies with a rule, or violates it. */
export interface Case {
  what: string;
  /** Default: prod. */
  stack?: string;
  resources: TestResource[];
  config?: Record<string, unknown>;
  /** The expected violation; unset: none. */
  violation?: RegExp;
}

type Props = Record<string, unknown>;

const k8s = (type: string, name: string, props: Props = {}, meta: Props = {}): TestResource => ({
  type: `kubernetes:${type}`,
  name,
  props: { kind: type.split(":").at(-1), metadata: { name, ...meta }, ...props },
});
const argo = (kind: string, name: string, spec: Props = {}, meta: Props = {}): TestResource =>
  k8s(`argoproj.io/v1alpha1:${kind}`, name, { spec }, { namespace: "argocd", ...meta });
const application = (spec: Props, meta: Props = {}) => argo("Application", "api", spec, meta);
const project = (spec: Props, name = "prod-api", meta: Props = {}) => argo("AppProject", name, spec, meta);
const configMap = (name: string, data: Props) => k8s("core/v1:ConfigMap", name, { data }, { namespace: "argocd" });
const github = (kind: string, name: string, props: Props): TestResource => ({
  type: `github:index/${kind.charAt(0).toLowerCase()}${kind.slice(1)}:${kind}`,
  name,
  props,
});
const senders = [
  ...["github.secret", "gitlab.secret", "gogs.secret", "bitbucket.uuid", "bitbucketserver.secret"],
  ...["azuredevops.username", "azuredevops.password"],
].map((entry) => `webhook.${entry}`);
const argocdSecret = (entries: string[]) => {
  const data = Object.fromEntries(entries.map((entry) => [entry, "czNjcjN0"]));
  return [k8s("core/v1:Secret", "argocd-secret", { data }, { namespace: "argocd" })];
};
const repository = github("Repository", "repository", { name: "gitops" });
const file = (path: string, content: string, branch = "main") =>
  github("RepositoryFile", `${branch} ${path}`, { file: path, content, branch });

const following = (targetRevision: string, automated: Props | null = { selfHeal: true }) =>
  application({ source: { targetRevision }, syncPolicy: { automated } });
/** An Application that applies the manifests on a branch. */
const applying = (targetRevision: string, more: Props = {}) =>
  application({
    source: { ...approvedSource, targetRevision, ...more },
    syncPolicy: { automated: { selfHeal: true } },
  });
const approvedSource = { path: "manifests/api", directory: { include: "manifests.yaml" } };
const root = {
  project: rootProject({ environment: prod, repositoryUrl: "https://github.com/vaarak/gitops.git" }).spec as {
    destinations: { server: string; namespace: string }[];
  } & Record<"clusterResourceWhitelist" | "clusterResourceBlacklist" | "namespaceResourceWhitelist", object[]>,
  application: rootApplication({ environment: prod, repositoryUrl: "https://github.com/vaarak/gitops.git" }).spec,
};
const catalogue = (source: Props = {}, project = "prod-catalogue") =>
  argo("Application", "catalogue", { ...root.application, project, source: { ...root.application.source, ...source } });
const rootProjectOf = (name: string) => project({ ...root.project }, `${name}-catalogue`, ofEnvironment(name));
const ofEnvironment = (environment: string) => ({ labels: { "gitops-platform/environment": environment } });
const pull = { requireCodeOwnerReview: true, dismissStaleReviewsOnPush: true };
const check = (context: string, integrationId?: number) => ({ context, integrationId });
const ruleset = (name: string, rules: Props, excludes: string[] = []) =>
  github("RepositoryRuleset", name, {
    target: "branch",
    enforcement: "active",
    conditions: { refName: { includes: [`refs/heads/${name}`], excludes } },
    rules,
  });
const mainRules = {
  deletion: true,
  nonFastForward: true,
  pullRequest: pull,
  requiredStatusChecks: { requiredChecks: [check("validate", 1)] },
};
const prodRules = {
  ...mainRules,
  pullRequest: { ...pull, requireLastPushApproval: true, requiredApprovingReviewCount: 1 },
  requiredStatusChecks: { requiredChecks: [check("validate (env/prod)", 1), check("four-eyes (env/prod)", 1)] },
};
const reserved = ruleset("env/**/*", { creation: true, update: true }, ["refs/heads/env/prod"]);
const names = (patterns = reservedBranchPatterns(), excludes: string[] = []) =>
  github("RepositoryRuleset", "reserved branches", {
    target: "branch",
    enforcement: "active",
    conditions: { refName: { includes: patterns, excludes } },
    rules: { creation: true, update: true },
  });
const guarded = (main: Props, prod: Props, rest = [reserved, names()]) => [
  repository,
  ruleset("main", main),
  ruleset("env/prod", prod),
  ...rest,
];
const tagRuleset = (refs: string[], rules: Props, excludes: string[] = []) =>
  github("RepositoryRuleset", refs.join(), {
    target: "tag",
    enforcement: "active",
    conditions: { refName: { includes: refs, excludes } },
    rules,
  });
const keptRules = { deletion: true, nonFastForward: true, update: true };
const kept = (rules: Props, excludes?: string[]) => tagRuleset(["refs/tags/release/**/*"], rules, excludes);
const others = (rules: Props = { creation: true, update: true }, excludes = ["refs/tags/release/*/*"]) =>
  tagRuleset(["~ALL"], rules, excludes);
const owners = (main: string, prod: string) => [
  repository,
  file(".github/CODEOWNERS", main),
  file(".github/CODEOWNERS", prod, "env/prod"),
];
const environment = (props: Props, pattern: Props) => [
  github("RepositoryEnvironment", "release", {
    environment: "release",
    canAdminsBypass: false,
    deploymentBranchPolicy: { customBranchPolicies: true },
    ...props,
  }),
  github("RepositoryEnvironmentDeploymentPolicy", "release-main", { environment: "release", ...pattern }),
];
const confined = {
  securityContext: { runAsNonRoot: true, allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
  resources: { requests: { cpu: "1", memory: "1Gi" }, limits: { memory: "1Gi" } },
};
const workload = (container: Props, pod: Props = {}) =>
  k8s(
    "apps/v1:Deployment",
    "argocd-server",
    { spec: { template: { spec: { ...pod, containers: [{ name: "argocd-server", ...container }] } } } },
    { namespace: "argocd" },
  );
/** The configuration by which that workload is the release's. */
const runs = (container: Props) => ({ "Deployment/argocd-server": workloadDigest(workload(container)) });
const ignored = (entry: string) =>
  configMap("argocd-cm", { [`resource.customizations.${entry}`]: "jsonPointers: [/x]" });
const namespaceNamed = (name: string) => ({
  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } },
});
/** The controller's network policy with `argocd.monitoring`. */
const scraped = ({ from = [namespaceNamed("monitoring")] as unknown[], ports = [{ port: 8082 }] } = {}) => [
  k8s(
    "networking.k8s.io/v1:NetworkPolicy",
    "argocd-application-controller-network-policy",
    {
      spec: {
        ingress: [{ from, ports }],
        podSelector: { matchLabels: { "app.kubernetes.io/name": "argocd-application-controller" } },
        policyTypes: ["Ingress"],
      },
    },
    { namespace: "argocd" },
  ),
];
const closedNamespace = ({ level = "restricted", podSelector = {}, ingress = [] as unknown[] } = {}) => [
  k8s("core/v1:Namespace", "argocd", {}, { labels: { "pod-security.kubernetes.io/enforce": level } }),
  k8s(
    "networking.k8s.io/v1:NetworkPolicy",
    "argocd-default-deny",
    { spec: { podSelector, policyTypes: ["Ingress"], ingress } },
    { namespace: "argocd" },
  ),
];
const home = (level: string, hard: Props, policy: Props) => [
  k8s(
    "core/v1:Namespace",
    "api",
    {},
    { labels: { "gitops-platform/environment": "prod", "pod-security.kubernetes.io/enforce": level } },
  ),
  k8s("core/v1:ResourceQuota", "pods", { spec: { hard } }, { namespace: "api" }),
  k8s("networking.k8s.io/v1:NetworkPolicy", "default-deny", { spec: policy }, { namespace: "api" }),
];
/** The guard of the program, with changes: action of the bindings, specs of the policy `which` and of its binding. */
const guardOf = (action: string, changed: Props = {}, which = "delivered", bound: Props = {}) => [
  k8s("core/v1:Namespace", "api", {}, { labels: { "gitops-platform/environment": "prod" } }),
  ...guard({
    environment: { ...prod, guard: "deny" },
    repositoryUrl: "https://github.com/vaarak/gitops.git",
    exemptions: guardExemptions({ controllers: [{ user: "keda" }, { group: "vpa" }] }),
  }).flatMap(({ policy, binding }) => {
    const name = policy.metadata?.name ?? "";
    const spec = { ...policy.spec, ...(name.endsWith(which) && changed) };
    return [
      k8s("admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy", name, { spec }),
      k8s("admissionregistration.k8s.io/v1:ValidatingAdmissionPolicyBinding", name, {
        spec: { ...binding.spec, validationActions: [action], ...(name.endsWith(which) && bound) },
      }),
    ];
  }),
];
/** A binding's spec that selects namespaces by one requirement. */
const selecting = (requirement: { key: string; operator?: string; values?: string[] }): Props => ({
  matchResources: { namespaceSelector: { matchExpressions: [{ operator: "In", ...requirement }] } },
});
/** The spec of one policy of the guard. */
const guardSpec = (which: string) => {
  const policies = guardOf("Deny").filter(({ type }) => type.endsWith(":ValidatingAdmissionPolicy"));
  return policies.find(({ name }) => name.endsWith(which))?.props.spec as IValidatingAdmissionPolicySpec;
};
const hard = { "requests.cpu": "1", "requests.memory": "1", "limits.memory": "1" };
const deny = { podSelector: {}, policyTypes: ["Ingress", "Egress"] };
const argocd = k8s("core/v1:Namespace", "argocd");
const closed = { sourceRepos: [], destinations: [], namespaceResourceBlacklist: [{ group: "*", kind: "*" }] };
const secret = k8s("core/v1:Secret", "hook", { data: { token: Buffer.from("correct horse").toString("base64") } });
const alerts = configMap("argocd-notifications-cm", {
  defaultTriggers: "- on-drift-found",
  subscriptions: "- recipients: [platform]",
});

/** By rule, minimal stacks that comply with it and minimal stacks that violate it. */
export const CASES: Readonly<Record<string, readonly Case[]>> = {
  "production-waits-for-approval": [
    { what: "applies env/prod", resources: [applying("refs/heads/env/prod")] },
    {
      what: "follows env/prod by its short name",
      resources: [applying("env/prod")],
      violation: /got "env\/prod"; expected "refs\/heads\/env\/prod"/,
    },
    { what: "follows a tag", resources: [applying("refs/tags/env/prod")], violation: /got "refs\/tags\/env\/prod"/ },
    { what: "applies the catalogue of env/prod", resources: [catalogue()] },
    ...Object.entries<Props>({
      targetRevision: { targetRevision: "refs/heads/main" },
      path: { path: "manifests/catalogue" },
      "directory.include": { directory: { include: "*" } },
      "directory.recurse": { directory: { include: "*.yaml", recurse: true } },
      helm: { helm: {} },
    }).map(([key, source]): Case => ({
      what: `applies the catalogue with another ${key}`,
      resources: [catalogue(source)],
      violation: new RegExp(`^${key}: got`),
    })),
    {
      what: "is a service that applies the catalogue's files",
      resources: [applying("refs/heads/env/prod", { path: "delivery/prod", directory: { include: "*.yaml" } })],
      violation: /path: got "delivery\/prod"; expected manifests\/<service>/,
    },
    { what: "follows main, but is synced manually", resources: [following("main", null)] },
    { what: "is not production", stack: "dev", resources: [following("main")] },
    {
      what: "follows main",
      resources: [applying("main")],
      violation: /targetRevision: got "main"; expected "refs\/heads\/env\/prod"/,
    },
    { what: "follows another environment", resources: [applying("env/staging")], violation: /env\/staging/ },
    {
      what: "has a second source",
      resources: [
        application({
          sources: [{ ...approvedSource, targetRevision: "refs/heads/env/prod" }, {}],
          syncPolicy: { automated: {} },
        }),
      ],
      violation: /targetRevision: got nothing/,
    },
    ...[{ helm: {} }, { kustomize: {} }, { plugin: {} }, { chart: "service" }].map((renderer) => ({
      what: `renders with ${Object.keys(renderer).join("")}`,
      resources: [applying("refs/heads/env/prod", renderer)],
      violation: /(helm|kustomize|plugin|chart): got one; expected none/,
    })),
    {
      what: "lets Argo CD detect the renderer",
      resources: [applying("refs/heads/env/prod", { directory: undefined })],
      violation: /directory\.include: got nothing; expected "manifests\.yaml"/,
    },
    {
      what: "applies another folder",
      resources: [applying("refs/heads/env/prod", { path: "charts/service" })],
      violation: /path: got "charts\/service"; expected manifests\/<service>/,
    },
    {
      what: "applies all files in the folder",
      resources: [applying("refs/heads/env/prod", { directory: { recurse: true, include: "*" } })],
      violation: /directory\.include: got "\*"|directory\.recurse: got a value/,
    },
    {
      what: "lets Argo CD push rendered manifests",
      resources: [
        application({
          source: { ...approvedSource, targetRevision: "refs/heads/env/prod" },
          sourceHydrator: {},
          syncPolicy: { automated: {} },
        }),
      ],
      violation: /sourceHydrator: got one/,
    },
  ],
  "drift-heals-or-alerts": [
    { what: "heals", resources: [following("main")] },
    { what: "alerts", resources: [following("main", {}), alerts] },
    { what: "neither heals nor alerts", resources: [following("main", {})], violation: /sends none of on-drift-found/ },
    {
      what: "alerts without recipients",
      resources: [
        following("main", null),
        configMap("argocd-notifications-cm", { defaultTriggers: "- on-out-of-sync" }),
      ],
      violation: /has no recipient/,
    },
  ],
  "self-heal-can-act": [
    { what: "heals", resources: [following("main")] },
    {
      what: "is disabled by automated.enabled",
      resources: [following("main", { selfHeal: true, enabled: false })],
      violation: /enabled: got false/,
    },
    {
      what: "is disabled by skip-reconcile",
      resources: [
        application(
          { syncPolicy: { automated: { selfHeal: true } } },
          { annotations: { "argocd.argoproj.io/skip-reconcile": "true" } },
        ),
      ],
      violation: /skip-reconcile/,
    },
  ],
  "projects-name-what-they-allow": [
    {
      what: "has no wildcards",
      resources: [
        project({
          sourceRepos: ["https://x/y"],
          destinations: [{ namespace: "api" }],
          namespaceResourceWhitelist: [{ kind: "ConfigMap" }, { group: "rbac.authorization.k8s.io", kind: "Role" }],
        }),
      ],
    },
    {
      what: "allows a kind of no profile",
      resources: [project({ namespaceResourceWhitelist: [{ group: "apps", kind: "Deployment" }, { kind: "Secret" }] })],
      violation:
        /^spec\.namespaceResourceWhitelist: got \/Secret; expected kinds of one of service, kubernetes-client\.$/,
    },
    {
      what: "allows a kind of a profile by its name in another group",
      resources: [project({ namespaceResourceWhitelist: [{ group: "evil.example", kind: "Role" }] })],
      violation: /got evil\.example\/Role/,
    },
    {
      what: "allows every kind",
      resources: [project({})],
      violation: /namespaceResourceWhitelist: got nothing, which/,
    },
    {
      what: "allows a kind of the cluster by its name",
      resources: [project({ clusterResourceWhitelist: [{ group: "", kind: "Namespace", name: "api" }] })],
      violation: /^spec\.clusterResourceWhitelist: got \/Namespace api; expected no kind\.$/,
    },
    { what: "allows any repository", resources: [project({ sourceRepos: ["*"] })], violation: /sourceRepos: got "\*"/ },
    {
      what: "allows any repository of a host",
      resources: [project({ sourceRepos: ["https://x/*"] })],
      violation: /sourceRepos/,
    },
    {
      what: "allows any namespace",
      resources: [project({ destinations: [{ namespace: "*" }] })],
      violation: /destinations.namespace/,
    },
    {
      what: "allows any server",
      resources: [project({ destinations: [{ server: "*" }] })],
      violation: /destinations.server/,
    },
    {
      what: "allows any cluster-scoped kind",
      resources: [project({ clusterResourceWhitelist: [{ group: "", kind: "*" }] })],
      violation: /clusterResourceWhitelist.kind/,
    },
    {
      what: "denies one namespace, and so allows all others",
      resources: [project({ destinations: [{ namespace: "!web" }] })],
      violation: /destinations.namespace: got "!web"/,
    },
    { what: "is the catalogue's", resources: [project(root.project, "prod-catalogue")] },
    {
      what: "has another environment's name of the catalogue's",
      resources: [project(root.project, "dev-catalogue")],
      violation: /destinations.namespace: got "!default"/,
    },
    ...Object.entries<Props>({
      "any source": { sourceRepos: ["*"] },
      "any namespace": { destinations: [{ server: "https://kubernetes.default.svc", namespace: "*" }] },
      "kube-system": { destinations: root.project.destinations.slice(0, 1) },
      "another cluster": {
        destinations: root.project.destinations.map(({ namespace }) => ({ server: "https://other", namespace })),
      },
      "another cluster-scoped kind": {
        clusterResourceWhitelist: [...root.project.clusterResourceWhitelist, { group: "*", kind: "ClusterRole" }],
      },
      "Argo CD's Namespace": { clusterResourceBlacklist: root.project.clusterResourceBlacklist.slice(1) },
      "another kind": {
        namespaceResourceWhitelist: [...root.project.namespaceResourceWhitelist, { group: "", kind: "Secret" }],
      },
      "all kinds": { namespaceResourceWhitelist: undefined },
    }).map(([what, change]): Case => ({
      what: `is the catalogue's, and allows ${what}`,
      resources: [project({ ...root.project, ...change }, "prod-catalogue")],
      violation: new RegExp(`^spec.${Object.keys(change).join("")}: got`),
    })),
  ],
  "default-project-is-closed": [
    { what: "is closed", resources: [argocd, project(closed, "default")] },
    { what: "is missing", resources: [argocd], violation: /got none/ },
    {
      what: "has a source",
      resources: [argocd, project({ ...closed, sourceRepos: ["*"] }, "default")],
      violation: /sourceRepos/,
    },
    { what: "allows kinds", resources: [argocd, project({}, "default")], violation: /namespaceResourceBlacklist/ },
  ],
  "applications-are-named-one-by-one": [
    { what: "has Applications", resources: [following("main")] },
    { what: "has an ApplicationSet", resources: [argo("ApplicationSet", "all")], violation: /got an ApplicationSet/ },
  ],
  "applications-stay-in-their-environment": [
    {
      what: "is in its own environment's project",
      resources: [
        application({ project: "prod-api", source: { helm: { valueFiles: ["/environments/prod/api.yaml"] } } }),
        project({}, "prod-api", ofEnvironment("prod")),
      ],
    },
    {
      what: "is in the project default",
      resources: [application({ project: "default" }), project({}, "default")],
      violation: /got "default"/,
    },
    {
      what: "is in another environment's project",
      resources: [application({ project: "dev-api" }), project({}, "dev-api", ofEnvironment("dev"))],
      violation: /got "dev-api"/,
    },
    {
      what: "reads another environment's values",
      resources: [
        application({ project: "prod-api", source: { helm: { valueFiles: ["/environments/dev/api.yaml"] } } }),
        project({}, "prod-api", ofEnvironment("prod")),
      ],
      violation: /valueFiles: got "\/environments\/dev\/api.yaml"/,
    },
    { what: "applies the catalogue", resources: [catalogue(), rootProjectOf("prod")] },
    {
      what: "applies the catalogue of another environment",
      resources: [catalogue({ path: "delivery/dev" }), rootProjectOf("prod")],
      violation: /path: got "delivery\/dev"; expected "delivery\/prod" for the catalogue/,
    },
    {
      what: "applies the catalogue in a service's project",
      resources: [catalogue({}, "prod-api"), project({}, "prod-api", ofEnvironment("prod"))],
      violation: /spec.project: got "prod-api"; expected "prod-catalogue" for the catalogue/,
    },
    {
      what: "is a service in the catalogue's project",
      resources: [application({ project: "prod-catalogue" }), rootProjectOf("prod")],
      violation: /spec.project: got "prod-catalogue"; expected a project of its own/,
    },
    {
      what: "is a retired service, which reads no file of the catalogue",
      resources: [
        application({ project: "prod-api", source: { path: "delivery/prod", directory: { include: "README.md" } } }),
        project({}, "prod-api", ofEnvironment("prod")),
      ],
    },
    ...["delivery/prod", "./delivery", "environments/../delivery/prod", "."].map((path): Case => ({
      what: `is a service that reads the catalogue's files at ${path}`,
      resources: [
        application({ project: "prod-api", source: { path } }),
        project({}, "prod-api", ofEnvironment("prod")),
      ],
      violation: /path: got .+; expected none of delivery\//,
    })),
  ],
  "prune-and-cascade-by-environment": [
    {
      what: "prunes, and keeps workloads without their Application",
      resources: [following("env/prod", { prune: true })],
    },
    { what: "does not prune", resources: [following("env/prod", {})], violation: /prune: got false; expected true/ },
    {
      what: "prunes everything if the folder is empty",
      resources: [following("env/prod", { prune: true, allowEmpty: true })],
      violation: /allowEmpty: got true/,
    },
    {
      what: "deletes production's workloads with their Application",
      resources: [application({}, { finalizers: ["resources-finalizer.argocd.argoproj.io"] })],
      violation: /finalizer .* got true; expected false/,
    },
    {
      what: "keeps dev's workloads without their Application",
      stack: "dev",
      resources: [application({})],
      violation: /got false; expected true/,
    },
    {
      what: "does not prune, as configured for the rule",
      resources: [following("env/prod", {})],
      config: { environments: { prod: { prune: false } } },
    },
  ],
  "sync-windows-let-healing-through": [
    { what: "has no window", resources: [project({})] },
    {
      what: "has a deny window",
      resources: [project({ syncWindows: [{ kind: "deny", schedule: "* * * * *" }] })],
      violation: /kind "deny"/,
    },
    {
      what: "has an allow window",
      resources: [project({ syncWindows: [{ kind: "allow" }] })],
      violation: /kind "allow"/,
    },
  ],
  "rulesets-bind-everyone": [
    { what: "applies to everyone", resources: [reserved] },
    {
      what: "is disabled",
      resources: [github("RepositoryRuleset", "main", { enforcement: "disabled" })],
      violation: /enforcement: got "disabled"/,
    },
    {
      what: "can be bypassed by administrators",
      resources: [
        github("RepositoryRuleset", "main", {
          enforcement: "active",
          bypassActors: [{ actorType: "RepositoryRole", actorId: 5 }],
        }),
      ],
      violation: /bypassActors: got RepositoryRole 5/,
    },
  ],
  "branches-are-protected": [
    { what: "has all rulesets", resources: guarded(mainRules, prodRules) },
    { what: "does not own the repository", resources: [] },
    { what: "has a repository without rulesets", resources: [repository], violation: /ruleset of main: got none/ },
    {
      what: "allows force pushes to main",
      resources: guarded({ ...mainRules, nonFastForward: false }, prodRules),
      violation: /nonFastForward of main/,
    },
    {
      what: "lets the last pusher approve",
      resources: guarded(mainRules, mainRules),
      violation: /requireLastPushApproval of env\/prod/,
    },
    {
      what: "requires no approval",
      resources: guarded(mainRules, {
        ...prodRules,
        pullRequest: { ...prodRules.pullRequest, requiredApprovingReviewCount: 0 },
      }),
      violation: /requiredApprovingReviewCount of env\/prod: got 0/,
    },
    {
      what: "accepts a check from anyone",
      resources: guarded({ ...mainRules, requiredStatusChecks: { requiredChecks: [check("validate")] } }, prodRules),
      violation: /check validate of main: got no integrationId/,
    },
    {
      what: "excludes env/prod from its own ruleset",
      resources: [
        repository,
        ruleset("main", mainRules),
        ruleset("env/prod", prodRules, ["refs/heads/env/prod"]),
        reserved,
        names(),
      ],
      violation: /conditions of env\/prod: got refs\/heads\/env\/prod excluded/,
    },
    {
      what: "protects tags named main instead of the branch",
      resources: [
        repository,
        { ...ruleset("main", mainRules), props: { ...ruleset("main", mainRules).props, target: "tag" } },
        ruleset("env/prod", prodRules),
        reserved,
        names(),
      ],
      violation: /target of main: got "tag"/,
    },
    {
      what: "lets anyone create env/x",
      resources: guarded(mainRules, prodRules, [names()]),
      violation: /ruleset of env\/\*\*\/\*: got none/,
    },
    {
      what: "excludes env/x from the ruleset of reserved branches",
      resources: guarded(mainRules, prodRules, [
        ruleset("env/**/*", { creation: true, update: true }, ["refs/heads/env/x"]),
        names(),
      ]),
      violation: /got refs\/heads\/env\/x excluded/,
    },
    {
      what: "lets anyone create a branch whose name blocks the platform's branches",
      resources: guarded(mainRules, prodRules, [reserved]),
      violation: /reserved branches: got refs\/heads\/env, .*refs\/heads\/release, .* left out/,
    },
    {
      what: "reserves all names but one that block the platform's branches",
      resources: guarded(mainRules, prodRules, [reserved, names(reservedBranchPatterns().slice(1))]),
      violation: /reserved branches: got refs\/heads\/env left out/,
    },
    {
      what: "excludes a reserved name that blocks the platform's branches",
      resources: guarded(mainRules, prodRules, [reserved, names(undefined, ["refs/heads/release"])]),
      violation: /reserved branches: got .*refs\/heads\/release, /,
    },
  ],
  "approval-records-are-kept": [
    { what: "protects approval records", resources: [repository, kept(keptRules), others()] },
    { what: "does not own the repository", resources: [] },
    {
      what: "lets anyone delete an approval record",
      resources: [repository, others()],
      violation: /^ruleset of tags .*\*: got none/,
    },
    {
      what: "lets anyone move an approval record",
      resources: [repository, kept({ ...keptRules, update: false }), others()],
      violation: /rules\.update of tags refs\/tags\/release\/\*\*\/\*: got false/,
    },
    {
      what: "excludes production's approval records",
      resources: [repository, kept(keptRules, ["refs/tags/release/prod/*"]), others()],
      violation: /got refs\/tags\/release\/prod\/\* excluded/,
    },
    {
      what: "protects branches with those names instead of tags",
      resources: [repository, { ...kept(keptRules), props: { ...kept(keptRules).props, target: "branch" } }, others()],
      violation: /got none/,
    },
    {
      what: "lets anyone create any tag",
      resources: [repository, kept(keptRules)],
      violation: /^ruleset of tags ~ALL: got none; expected one with creation, update/,
    },
    {
      what: "lets anyone move any other tag",
      resources: [repository, kept(keptRules), others({ creation: true })],
      violation: /rules\.update of tags ~ALL: got nothing/,
    },
    {
      what: "lets anyone create a tag with a branch's name",
      resources: [repository, kept(keptRules), others(undefined, ["refs/tags/env/**/*"])],
      violation: /got refs\/tags\/env\/\*\*\/\* excluded; expected only refs\/tags\/release\/\*\/\* excluded/,
    },
  ],
  "code-owners-cover-what-decides": [
    {
      what: "covers all paths",
      resources: owners(
        "/charts/ @o/p\n/gitops.yaml @o/p\n/services/ @o/p\n/delivery/ @o/p\n/.github/ @o/p\n",
        "# all\n* @o/a\n",
      ),
    },
    {
      what: "does not cover the catalogue",
      resources: owners("* @o/p\n/services/\n", "* @o/a\n"),
      violation: /main: got no owner of services\/api\.yaml/,
    },
    {
      what: "does not cover what delivers services",
      resources: owners("* @o/p\n/delivery/staging/\n", "* @o/a\n"),
      violation: /main: got no owner of delivery\/staging\/api\.yaml/,
    },
    { what: "adopts an existing repository", resources: [repository] },
    {
      what: "has a filled repository, whose main is Git's",
      resources: [repository, file(".github/CODEOWNERS", "* @o/a\n", "env/prod")],
    },
    {
      what: "does not cover workflows",
      resources: owners("/charts/ @o/p\n/gitops.yaml @o/p\n", "* @o/a\n"),
      violation: /main: got no owner of \.github/,
    },
    {
      what: "does not cover gitops.yaml",
      resources: owners("* @o/p\n/gitops.yaml\n", "* @o/a\n"),
      violation: /main: got no owner of gitops\.yaml/,
    },
    {
      what: "has no owner for production's values",
      resources: owners("* @o/p\n", "* @o/a\n/environments/prod/\n"),
      violation: /env\/prod: got no owner of environments\/prod\/api.yaml/,
    },
    {
      what: "has no CODEOWNERS on env/prod",
      resources: owners("* @o/p\n", "").slice(0, 2),
      violation: /on env\/prod: got none/,
    },
  ],
  "workflow-keys-stay-on-main": [
    { what: "are limited to main", resources: environment({}, { branchPattern: "main" }) },
    {
      what: "are available to administrators",
      resources: environment({ canAdminsBypass: true }, { branchPattern: "main" }),
      violation: /canAdminsBypass: got true/,
    },
    { what: "are available to any branch", resources: environment({}, { branchPattern: "*" }), violation: /got "\*"/ },
    {
      what: "have no branch policy",
      resources: environment({}, {}).slice(0, 1),
      violation: /branches of "release": got ""/,
    },
    {
      what: "are not limited to selected branches",
      resources: environment({ deploymentBranchPolicy: undefined }, { branchPattern: "main" }),
      violation: /customBranchPolicies/,
    },
  ],
  "webhooks-are-signed": [
    {
      what: "is signed and encrypted",
      resources: [github("RepositoryWebhook", "dev", { configuration: { url: "https://x", secret: "s" } })],
    },
    {
      what: "is neither signed nor encrypted",
      resources: [github("RepositoryWebhook", "dev", { configuration: { url: "http://x" } })],
      violation: /secret: got nothing/,
    },
    {
      what: "does not verify the certificate",
      resources: [
        github("RepositoryWebhook", "dev", { configuration: { url: "https://x", secret: "s", insecureSsl: true } }),
      ],
      violation: /insecureSsl: got true/,
    },
    { what: "has a secret in Argo CD for every sender of events", resources: argocdSecret(senders) },
    ...senders.map((sender) => ({
      what: `has no secret in Argo CD for one sender of events: ${sender}`,
      resources: argocdSecret(senders.filter((other) => other !== sender)),
      violation: new RegExp(`^.*data\\["${sender}"\\]: got nothing`),
    })),
    {
      what: "has no secret in Argo CD for any sender of events",
      resources: argocdSecret([]),
      violation: /webhook\.github\.secret/,
    },
  ],
  "deploy-keys-only-read": [
    { what: "can only read", resources: [github("RepositoryDeployKey", "dev", { readOnly: true })] },
    {
      what: "can write",
      resources: [github("RepositoryDeployKey", "dev", { readOnly: false })],
      violation: /readOnly: got false/,
    },
    {
      what: "can write by default",
      resources: [github("RepositoryDeployKey", "dev", {})],
      violation: /readOnly: got nothing/,
    },
  ],
  "staging-mirrors-production": [
    {
      what: "has the same values in staging",
      resources: [
        repository,
        file("environments/staging/api.yaml", "a: 1"),
        file("environments/prod/api.yaml", "a: 1"),
      ],
    },
    { what: "adopts an existing repository", resources: [repository] },
    {
      what: "has a filled repository, whose main is Git's",
      resources: [repository, file(".github/CODEOWNERS", "* @o/a\n", "env/prod")],
    },
    {
      what: "has another value in staging",
      resources: [
        repository,
        file("environments/staging/api.yaml", "a: 1"),
        file("environments/prod/api.yaml", "a: 2"),
      ],
      violation: /environments\/staging\/api.yaml: a: got 1; expected what production has, 2/,
    },
    {
      what: "has another value in staging, which gitops.yaml permits",
      resources: [
        repository,
        file("gitops.yaml", "staging: { mayDiffer: [env.A] }"),
        file("environments/staging/api.yaml", "env: { A: b }"),
        file("environments/prod/api.yaml", "env: { A: c }"),
      ],
    },
    {
      what: "has a misspelt key in gitops.yaml",
      resources: [repository, file("gitops.yaml", "stagin: {}")],
      violation: /^gitops\.yaml: stagin: got \{\}; expected no such key\. Did you mean staging\?/,
    },
    {
      what: "has no values in staging",
      resources: [repository, file("environments/prod/api.yaml", "a: 2")],
      violation: /got no matching file in environments\/staging/,
    },
  ],
  "argocd-is-the-pinned-release": [
    { what: "lets one namespace reach the metrics", resources: scraped() },
    {
      what: "lets one namespace reach more than the metrics",
      resources: scraped({ ports: [{ port: 8082 }, { port: 6060 }] }),
      violation: /SHA-256/,
    },
    {
      what: "lets every namespace with a label reach the metrics",
      resources: scraped({ from: [{ namespaceSelector: { matchLabels: { team: "x" } } }] }),
      violation: /SHA-256/,
    },
    {
      what: "lets a second namespace reach the metrics",
      resources: scraped({ from: [namespaceNamed("monitoring"), namespaceNamed("other")] }),
      violation: /SHA-256/,
    },
    {
      what: "lets an address reach the metrics",
      resources: scraped({ from: [{ ...namespaceNamed("monitoring"), ipBlock: { cidr: "0.0.0.0/0" } }] }),
      violation: /SHA-256/,
    },
    { what: "runs the pinned image", resources: [workload({ image: "quay.io/argoproj/argocd:v3.6.1" })] },
    {
      what: "runs another image",
      resources: [workload({ image: "quay.io/argoproj/argocd:latest" })],
      violation: /argocd:latest/,
    },
    { what: "runs the release before", resources: [workload({ image: "quay.io/argoproj/argocd:v3.6.0" })] },
    {
      what: "runs a copy in a mirror that nobody named",
      resources: [workload({ image: "registry.example/platform/argoproj/argocd:v3.6.1" })],
      violation: /registry.example/,
    },
    {
      what: "runs a copy in a mirror that the configuration names",
      resources: [workload({ image: "registry.example/platform/argoproj/argocd:v3.6.1" })],
      config: { registries: ["registry.example/platform"] },
    },
    {
      what: "has the release's CustomResourceDefinition",
      resources: [k8s("apiextensions.k8s.io/v1:CustomResourceDefinition", "x", { spec: { b: 1, a: 2 } })],
      config: {
        images: [],
        digests: { "CustomResourceDefinition/x": "4cdbf4fc31de80ba95cd7bd4a242cdc5db65f35cab42c17c79c1f215b24babe4" },
      },
    },
    {
      what: "has another CustomResourceDefinition",
      resources: [k8s("apiextensions.k8s.io/v1:CustomResourceDefinition", "x", { spec: { b: 1, a: 3 } })],
      config: {
        images: [],
        digests: { "CustomResourceDefinition/x": "4cdbf4fc31de80ba95cd7bd4a242cdc5db65f35cab42c17c79c1f215b24babe4" },
      },
      violation: /SHA-256: got [0-9a-f]{64}; expected 4cdbf4fc/,
    },
    {
      what: "has the platform's own network policy",
      resources: [
        k8s(
          "networking.k8s.io/v1:NetworkPolicy",
          "argocd-default-deny",
          { spec: { podSelector: {}, policyTypes: ["Ingress"] } },
          { namespace: "argocd" },
        ),
      ],
    },
    {
      what: "has other network policies and roles in other namespaces",
      resources: ["networking.k8s.io/v1:NetworkPolicy", "rbac.authorization.k8s.io/v1:Role"].map((type) =>
        k8s(type, "api", {}, { namespace: "api" }),
      ),
    },
    ...["ClusterRole", "ClusterRoleBinding"].map((kind): Case => ({
      what: `has an additional ${kind}`,
      resources: [k8s(`rbac.authorization.k8s.io/v1:${kind}`, "everything", { rules: [] })],
      violation: /got one that the release does not have/,
    })),
    ...[
      "rbac.authorization.k8s.io/v1:Role",
      "rbac.authorization.k8s.io/v1:RoleBinding",
      "networking.k8s.io/v1:NetworkPolicy",
    ].map((type): Case => ({
      what: `has an additional object of ${type}`,
      resources: [k8s(type, "argocd-more", {}, { namespace: "argocd" })],
      violation: /got one that the release does not have/,
    })),
    {
      what: "has wider rights in its namespace",
      resources: [k8s("rbac.authorization.k8s.io/v1:Role", "argocd-server", { rules: [] }, { namespace: "argocd" })],
      violation: /SHA-256: got .+ the release's/,
    },
  ],
  "argocd-access-is-closed": [
    {
      what: "is closed",
      resources: [
        configMap("argocd-cm", { "admin.enabled": "true" }),
        configMap("argocd-rbac-cm", { "policy.default": "" }),
      ],
    },
    {
      what: "allows anonymous users",
      resources: [configMap("argocd-cm", { "users.anonymous.enabled": "true" })],
      violation: /users.anonymous.enabled: got "true"/,
    },
    {
      what: "enables the local admin beside SSO",
      resources: [configMap("argocd-cm", { "oidc.config": "x", "admin.enabled": "true" })],
      violation: /admin.enabled/,
    },
    {
      what: "has the local admin with SSO in a declared emergency",
      resources: [
        configMap("argocd-cm", {
          "dex.config": "x",
          "admin.enabled": "true",
          "gitops-platform.emergencyAdmin": "GitHub is down",
        }),
      ],
    },
    {
      what: "allows shells in containers",
      resources: [configMap("argocd-cm", { "exec.enabled": "true" })],
      violation: /exec.enabled/,
    },
    {
      what: "has a default role",
      resources: [configMap("argocd-rbac-cm", { "policy.default": "role:admin" })],
      violation: /policy.default/,
    },
    {
      what: "has no authentication",
      resources: [configMap("argocd-cmd-params-cm", { "server.disable.auth": "true" })],
      violation: /server.disable.auth/,
    },
  ],
  "argocd-keeps-its-promises": [
    {
      what: "is tuned within limits",
      resources: [
        configMap("argocd-cm", { "timeout.reconciliation": "60s", "ui.bannercontent": "prod" }),
        configMap("argocd-cmd-params-cm", { "controller.self.heal.backoff.factor": "1" }),
        configMap("argocd-cmd-params-cm", { "redis.server": "argocd-redis-ha-haproxy:6379" }),
        configMap("argocd-rbac-cm", { "policy.matchMode": "glob" }),
        ignored("ignoreDifferences.cert-manager.io_Certificate"),
      ],
    },
    {
      what: "has pods that settings tune",
      resources: [
        workload(
          {
            image: "mirror.example/argocd",
            resources: { limits: { memory: "1Gi" } },
            args: ["argocd-server"],
            env: [
              { name: "ARGOCD_EXEC_TIMEOUT", value: "3m" },
              { name: "HTTPS_PROXY", value: "http://proxy.example" },
            ],
            livenessProbe: { failureThreshold: 5 },
          },
          { nodeSelector: { pool: "platform" } },
        ),
      ],
      config: { workloads: runs({ args: ["argocd-server"], livenessProbe: { failureThreshold: 3 } }) },
    },
    {
      what: "does not poll",
      resources: [configMap("argocd-cm", { "timeout.reconciliation": "0s" })],
      violation: /timeout.reconciliation: got "0s"/,
    },
    {
      what: "heals slowly",
      resources: [configMap("argocd-cmd-params-cm", { "controller.self.heal.backoff.factor": "3" })],
      violation: /backoff.factor: got "3"/,
    },
    ...["_Service", "_ConfigMap", "Pod", "apps_Deployment", "batch_CronJob", "all"].map((kind): Case => ({
      what: `ignores differences of ${kind}`,
      resources: [ignored(`ignoreDifferences.${kind}`)],
      violation: /neither reverted nor reported/,
    })),
    {
      what: "ignores other updates than the release",
      resources: [ignored("ignoreResourceUpdates.ConfigMap")],
      violation: /neither reverted nor reported/,
    },
    ...Object.entries({
      "repo.server": "other:8081",
      "commit.server": "other:8086",
      "redis.server": "other:6379",
      "server.dex.server": "https://other",
      "reposerver.allow.oob.symlinks": "true",
      "controller.self.heal.timeout.seconds": "600",
      "controller.self.heal.backoff.cooldown.seconds": "600",
    }).map(([name, value]): Case => ({
      what: `has the parameter ${name}`,
      resources: [configMap("argocd-cmd-params-cm", { [name]: value })],
      violation: new RegExp(`^${name}: got "${value}"; expected the platform's own`),
    })),
    {
      what: "matches users by regular expressions",
      resources: [configMap("argocd-rbac-cm", { "policy.matchMode": "regex" })],
      violation: /policy.matchMode: got "regex"/,
    },
    ...Object.entries<Props>({
      "a flag": { args: ["argocd-server", "--disable-auth"] },
      "a shell": { command: ["sh", "-c", "argocd-server --disable-auth"], args: ["argocd-server"] },
      "a variable": { args: ["argocd-server"], env: [{ name: "ARGOCD_SERVER_DISABLE_AUTH", value: "true" }] },
      "a variable from a ConfigMap": { args: ["argocd-server"], env: [{ name: "GOGC", valueFrom: {} }] },
      "all variables of a ConfigMap": { args: ["argocd-server"], envFrom: [{ configMapRef: { name: "x" } }] },
    }).map(([what, container]): Case => ({
      what: `runs something else, by ${what}`,
      resources: [workload(container)],
      config: { workloads: runs({ args: ["argocd-server"] }) },
      violation: /^pods: got SHA-256 /,
    })),
    {
      what: "runs something else beside it",
      resources: [workload({})],
      config: { workloads: {} },
      violation: /Deployment: got one that the release does not have/,
    },
    {
      what: "has no pods",
      resources: [k8s("apps/v1:Deployment", "argocd-server", { spec: { replicas: 0 } }, { namespace: "argocd" })],
      violation: /replicas: got 0/,
    },
    {
      what: "does not encrypt",
      resources: [configMap("argocd-cmd-params-cm", { "controller.repo.server.plaintext": "true" })],
      violation: /without encryption/,
    },
  ],
  "argocd-namespace-is-closed": [
    { what: "is closed", resources: closedNamespace() },
    { what: "is not there", resources: [k8s("core/v1:Namespace", "other")] },
    {
      what: "accepts privileged pods",
      resources: closedNamespace({ level: "baseline" }),
      violation: /enforce: got "baseline"; expected "restricted"/,
    },
    {
      what: "accepts connections",
      resources: closedNamespace({ ingress: [{}] }),
      violation: /NetworkPolicy: got none/,
    },
    {
      what: "closes only some of its pods",
      resources: closedNamespace({ podSelector: { matchLabels: { app: "redis" } } }),
      violation: /NetworkPolicy: got none/,
    },
  ],
  "containers-are-confined": [
    { what: "are confined", resources: [workload(confined)] },
    { what: "have no security settings", resources: [workload({})], violation: /runAsNonRoot: got nothing/ },
    {
      what: "have no limits",
      resources: [workload({ ...confined, resources: {} })],
      violation: /limits.memory: got nothing/,
    },
    {
      what: "have a limit that is no quantity",
      resources: [workload({ ...confined, resources: { ...confined.resources, limits: { memory: "1GiB" } } })],
      violation: /limits.memory: got "1GiB"; expected a quantity/,
    },
    {
      what: "use the node's network",
      resources: [workload(confined, { hostNetwork: true })],
      violation: /hostNetwork: got true/,
    },
    {
      what: "are privileged",
      resources: [workload({ ...confined, securityContext: { ...confined.securityContext, privileged: true } })],
      violation: /privileged: got true/,
    },
  ],
  "namespaces-are-guarded": [
    { what: "denies", resources: guardOf("Deny") },
    { what: "denies in Argo CD's namespace", resources: [argocd, ...guardOf("Deny")] },
    { what: "warns in dev", stack: "dev", resources: guardOf("Warn") },
    { what: "denies in dev", stack: "dev", resources: guardOf("Deny") },
    {
      what: "has no guard, as configured for the rule",
      resources: guardOf("Deny").slice(0, 1),
      config: { environments: { prod: "off" } },
    },
    { what: "has no guard for a namespace without a service", resources: [k8s("core/v1:Namespace", "other")] },
    {
      what: "has no guard for a service's namespace",
      resources: [k8s("core/v1:Namespace", "api", {}, { labels: { "gitops-platform/environment": "prod" } })],
      violation: /namespace api: got none; expected one with "deny" for .+ and the form delivered/,
    },
    {
      what: "warns in production",
      resources: guardOf("Warn"),
      violation: /expected one with "\w+" for .+ and the form delivered/,
    },
    {
      what: "only audits",
      stack: "dev",
      resources: guardOf("Audit"),
      violation: /expected one with "\w+" for .+ and the form delivered/,
    },
    {
      what: "guards only a namespace by its name",
      resources: guardOf("Deny", {}, "delivered", selecting({ key: "kubernetes.io/metadata.name", values: ["api"] })),
      violation: /namespace api: .+ for namespaces with the label gitops-platform\/environment and the form delivered/,
    },
    {
      what: "guards only the namespaces with another label",
      resources: guardOf("Deny", {}, "limits", {
        matchResources: { namespaceSelector: { matchLabels: { guarded: "true" } } },
      }),
      violation: /namespace api: .+ and the form limits/,
    },
    {
      what: "guards the label only where it still is",
      resources: guardOf(
        "Deny",
        {},
        "namespaces",
        selecting({ key: "gitops-platform/environment", operator: "Exists" }),
      ),
      violation: /namespace api: .+ for all namespaces and the form namespaces/,
    },
    {
      what: "does not guard the namespaces that only the catalogue declares",
      resources: [
        argocd,
        ...guardOf("Deny")
          .slice(1)
          .filter(({ name }) => !name.endsWith("-limits")),
      ],
      violation: /namespace argocd: .+ and the form limits/,
    },
    {
      what: "has no guard for Argo CD's namespace",
      resources: [argocd, ...guardOf("Deny").filter(({ name }) => !name.endsWith("-argocd"))],
      violation: /namespace argocd: .+ and the form argocd/,
    },
    {
      what: "allows requests that it cannot evaluate",
      resources: guardOf("Deny", { failurePolicy: "Ignore" }),
      violation: /expected one with "\w+" for .+ and the form delivered/,
    },
    {
      what: "allows everything",
      resources: guardOf("Deny", { validations: [{ expression: "true" }] }),
      violation: /and the form delivered/,
    },
    {
      what: "never matches",
      resources: guardOf("Deny", {
        matchConditions: [...(guardSpec("delivered").matchConditions ?? []), { name: "never", expression: "1 == 2" }],
      }),
      violation: /gitops-platform-guard-delivered with the form \w{64}, .+ and the form delivered/,
    },
    {
      what: "exempts everyone through a variable",
      resources: guardOf("Deny", {
        variables: guardSpec("delivered").variables?.map((each) =>
          each.name === "mayDeliver" ? { ...each, expression: "true" } : each,
        ),
      }),
      violation: /and the form delivered/,
    },
    {
      what: "exempts a user through match conditions",
      resources: guardOf("Deny", {
        matchConditions: [{ name: "x", expression: '!(request.userInfo.username in ["alice"])' }],
      }),
      violation: /and the form delivered/,
    },
    {
      what: "denies with other messages",
      resources: guardOf("Deny", {
        validations: guardSpec("delivered").validations?.map((each) => ({ ...each, messageExpression: '"no"' })),
      }),
    },
    {
      what: "has the defaults that the API server adds",
      resources: guardOf("Deny", {
        matchConstraints: {
          ...guardSpec("delivered").matchConstraints,
          matchPolicy: "Equivalent",
          namespaceSelector: {},
          objectSelector: {},
        },
      }),
    },
    {
      what: "does not guard Deployments",
      resources: guardOf("Deny", {
        matchConstraints: {
          ...guardSpec("delivered").matchConstraints,
          excludeResourceRules: [
            { apiGroups: ["apps"], apiVersions: ["*"], resources: ["deployments"], operations: ["*"] },
          ],
        },
      }),
      violation: /and the form delivered/,
    },
    {
      what: "does not guard quotas and network policies",
      resources: guardOf("Deny", { matchConstraints: { resourceRules: [] } }, "limits"),
      violation: /and the form limits/,
    },
    {
      what: "exempts all authenticated users",
      resources: guardOf("Deny", {
        variables: [{ name: "x", expression: 'g in ["system:authenticated"]' }],
      }),
      violation: /expressions: got "system:authenticated"/,
    },
  ],
  "namespaces-confine-services": [
    { what: "has all limits", resources: home("restricted", hard, deny) },
    { what: "allows root", resources: home("privileged", hard, deny), violation: /enforce: got "privileged"/ },
    {
      what: "has no quota",
      resources: home("restricted", { pods: "1" }, deny),
      violation: /ResourceQuota: got none for requests.cpu/,
    },
    {
      what: "allows all ingress",
      resources: home("restricted", hard, { ...deny, ingress: [{}] }),
      violation: /NetworkPolicy/,
    },
  ],
  "no-secret-in-plain-text": [
    {
      what: "has code that parses keys",
      resources: [file("x.mjs", 'if(k.includes("-----BEGIN RSA PRIVATE KEY-----"))throw e')],
    },
    {
      what: "has code with variables for secrets",
      resources: [file("x.mjs", 'let token=read(a),password=token.value,secretKey="correct-horse"')],
    },
    {
      what: "has a reference to a client's secret",
      resources: [
        configMap("argocd-cm", {
          "oidc.config": "clientID: argocd\nclientSecret: $oidc.clientSecret\n",
          "dex.config": "connectors:\n  - config:\n      clientSecret: $dex.github.clientSecret\n",
        }),
      ],
    },
    {
      what: "has references to the secrets of receivers",
      resources: [
        configMap("argocd-notifications-cm", {
          "service.email": "host: smtp.example\nusername: argocd\npassword: $smtp-password\n",
          "service.pagerdutyv2": "serviceKeys:\n  platform: $pagerduty-platform\n",
          "service.teams-workflows": "recipientUrls:\n  platform: $microsoft-teams-platform\n",
        }),
      ],
    },
    {
      what: "has a receiver's password",
      resources: [configMap("argocd-notifications-cm", { "service.email": "password: correct-horse-9\n" })],
      violation: /service.email.*password: got/,
    },
    {
      what: "has a receiver's URL",
      resources: [
        configMap("argocd-notifications-cm", {
          "service.teams-workflows":
            "recipientUrls:\n  " + `a: https://x.api.powerplatform.com/powerautomate/a?sig=${"a1B2".repeat(6)}\n`,
        }),
      ],
      violation: /got a Microsoft Teams workflow/,
    },
    { what: "has a URL without a password", resources: [configMap("c", { url: "https://x.example:443/a@b" })] },
    {
      what: "has a token in a Secret",
      resources: [k8s("core/v1:Secret", "s", { data: { a: `ghp_${"a".repeat(36)}` } })],
    },
    {
      what: "has a password in a ServiceMonitor",
      resources: [
        k8s("monitoring.coreos.com/v1:ServiceMonitor", "argocd-metrics", {
          spec: { endpoints: [{ port: "metrics", authorization: { credentials: { password: "correct-horse-9" } } }] },
        }),
      ],
      violation: /password: got/,
    },
    {
      what: "has a token in an alert",
      resources: [
        k8s("monitoring.coreos.com/v1:PrometheusRule", "argocd", {
          spec: { groups: [{ name: "a", rules: [{ alert: "A", annotations: { url: `x?t=ghp_${"a".repeat(36)}` } }] }] },
        }),
      ],
      violation: /annotations.url: got a GitHub token/,
    },
    {
      what: "has a token",
      resources: [configMap("c", { a: `ghp_${"a".repeat(36)}` })],
      violation: /data.a: got a GitHub token/,
    },
    {
      what: "has a private key",
      resources: [file("x", `-----BEGIN RSA PRIVATE KEY-----\n${"MIIE".repeat(8)}`)],
      violation: /content: got a private key/,
    },
    {
      what: "has a URL with a password",
      resources: [configMap("c", { a: "https://me:hunter2@x.example" })],
      violation: /a password in a URL/,
    },
    {
      what: "has a value whose name says that it is a password",
      resources: [configMap("c", { DB_PASSWORD: "correct-horse" })],
      violation:
        /^data\.DB_PASSWORD: got a value whose name says that it is secret; expected no secret outside a Secret\.$/m,
    },
    {
      what: "has such a value in a values file of the repository",
      resources: [file("environments/dev/api.yaml", "env:\n  DB_PASSWORD: correct-horse\n")],
      violation: /content: env\.DB_PASSWORD: got/,
    },
    {
      what: "refers to secrets",
      resources: [
        configMap("c", { DB_PASSWORD: "$db-password", "my.token": "$(TOKEN)" }),
        file(
          ".github/workflows/a.yaml",
          "env: {GH_TOKEN: '${{ secrets.GH_TOKEN }}'}\npermissions: {id-token: write}\n",
        ),
      ],
    },
  ],
  "secrets-stay-in-secrets": [
    { what: "has a secret value only in the Secret", resources: [secret, configMap("c", { a: "wrong horse" })] },
    {
      what: "repeats a secret value in a ConfigMap",
      resources: [secret, configMap("c", { a: "the correct horse" })],
      violation: /data.a: got the value of hook, token/,
    },
  ],
  "production-is-protected": [
    { what: "is protected", resources: [{ ...repository, protect: true }] },
    { what: "is not production", stack: "dev", resources: [application({})] },
    { what: "is not protected", resources: [application({})], violation: /protect: got false/ },
  ],
};
