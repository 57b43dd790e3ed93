import type { IValidatingAdmissionPolicySpec } from "kubernetes-models/admissionregistration.k8s.io/v1/ValidatingAdmissionPolicySpec";
import { guard } from "../../components/delivery/guard/guard";
import { reservedBranchPatterns } from "../../environments/branches";
import { guardExemptions } from "../../environments/guard";
import type { TestResource } from "./support";

/** A stack that keeps a rule, or breaks it. */
export interface Case {
  what: string;
  /** Default: prod. */
  stack?: string;
  resources: TestResource[];
  config?: Record<string, unknown>;
  /** What the rule says; absent: nothing. */
  says?: RegExp;
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
/** An Application that applies what stands on a branch. */
const applying = (targetRevision: string, more: Props = {}) =>
  application({
    source: { ...approvedSource, targetRevision, ...more },
    syncPolicy: { automated: { selfHeal: true } },
  });
const approvedSource = { path: "manifests/api", directory: { include: "manifests.yaml" } };
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
/** What the program makes, but for the named policy's spec and what its binding does and selects. */
const guardOf = (names: string[], action: string, changed: Props = {}, which = "delivered") => [
  k8s("core/v1:Namespace", "api", {}, { labels: { "gitops-platform/environment": "prod" } }),
  ...guard({
    environment: { name: "prod", guard: "deny" },
    services: names.map((name) => ({ name, namespace: name })),
    repositoryUrl: "https://github.com/vaarak/gitops.git",
    exemptions: guardExemptions({ controllers: [{ user: "keda" }, { group: "vpa" }] }),
  }).flatMap(({ policy, binding }) => {
    const name = policy.metadata?.name ?? "";
    const spec = { ...policy.spec, ...(name.endsWith(which) && changed) };
    return [
      k8s("admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy", name, { spec }),
      k8s("admissionregistration.k8s.io/v1:ValidatingAdmissionPolicyBinding", name, {
        spec: { ...binding.spec, validationActions: [action] },
      }),
    ];
  }),
];
/** A part of what the builder gives, changed. */
const guardSpec = (which: string) => {
  const policies = guardOf(["api"], "Deny").filter(({ type }) => type.endsWith(":ValidatingAdmissionPolicy"));
  return policies.find(({ name }) => name.endsWith(which))?.props.spec as IValidatingAdmissionPolicySpec;
};
const hard = { "requests.cpu": "1", "requests.memory": "1", "limits.cpu": "1", "limits.memory": "1" };
const deny = { podSelector: {}, policyTypes: ["Ingress", "Egress"] };
const argocd = k8s("core/v1:Namespace", "argocd");
const closed = { sourceRepos: [], destinations: [], namespaceResourceBlacklist: [{ group: "*", kind: "*" }] };
const secret = k8s("core/v1:Secret", "hook", { data: { token: Buffer.from("correct horse").toString("base64") } });
const alerts = configMap("argocd-notifications-cm", {
  defaultTriggers: "- on-drift-found",
  subscriptions: "- recipients: [platform]",
});

/** By rule, stacks that keep it and stacks that break it, as small as they can be. */
export const CASES: Readonly<Record<string, readonly Case[]>> = {
  "production-waits-for-approval": [
    { what: "applies what is on env/prod", resources: [applying("refs/heads/env/prod")] },
    {
      what: "follows whatever is called env/prod",
      resources: [applying("env/prod")],
      says: /got "env\/prod"; expected "refs\/heads\/env\/prod"/,
    },
    { what: "follows a tag", resources: [applying("refs/tags/env/prod")], says: /got "refs\/tags\/env\/prod"/ },
    { what: "is synced by hand", resources: [following("main", null)] },
    { what: "is not production", stack: "dev", resources: [following("main")] },
    {
      what: "follows main",
      resources: [applying("main")],
      says: /targetRevision: got "main"; expected "refs\/heads\/env\/prod"/,
    },
    { what: "follows another environment", resources: [applying("env/staging")], says: /env\/staging/ },
    {
      what: "has a second source",
      resources: [
        application({
          sources: [{ ...approvedSource, targetRevision: "refs/heads/env/prod" }, {}],
          syncPolicy: { automated: {} },
        }),
      ],
      says: /targetRevision: got nothing/,
    },
    ...[{ helm: {} }, { kustomize: {} }, { plugin: {} }, { chart: "service" }].map((renderer) => ({
      what: `renders by ${Object.keys(renderer).join("")}`,
      resources: [applying("refs/heads/env/prod", renderer)],
      says: /(helm|kustomize|plugin|chart): got one; expected none/,
    })),
    {
      what: "looks for itself what it has to render",
      resources: [applying("refs/heads/env/prod", { directory: undefined })],
      says: /directory\.include: got nothing; expected "manifests\.yaml"/,
    },
    {
      what: "applies a folder of others",
      resources: [applying("refs/heads/env/prod", { path: "charts/service" })],
      says: /path: got "charts\/service"; expected manifests\/<service>/,
    },
    {
      what: "applies whatever is in the folder",
      resources: [applying("refs/heads/env/prod", { directory: { recurse: true, include: "*" } })],
      says: /directory\.include: got "\*"|directory\.recurse: got a value/,
    },
    {
      what: "has manifests pushed to a branch by Argo CD",
      resources: [
        application({
          source: { ...approvedSource, targetRevision: "refs/heads/env/prod" },
          sourceHydrator: {},
          syncPolicy: { automated: {} },
        }),
      ],
      says: /sourceHydrator: got one/,
    },
  ],
  "drift-heals-or-alerts": [
    { what: "heals", resources: [following("main")] },
    { what: "tells", resources: [following("main", {}), alerts] },
    { what: "does neither", resources: [following("main", {})], says: /sends none of on-drift-found/ },
    {
      what: "tells nobody",
      resources: [
        following("main", null),
        configMap("argocd-notifications-cm", { defaultTriggers: "- on-out-of-sync" }),
      ],
      says: /has no recipient/,
    },
  ],
  "self-heal-can-act": [
    { what: "heals", resources: [following("main")] },
    {
      what: "is not enabled",
      resources: [following("main", { selfHeal: true, enabled: false })],
      says: /enabled: got false/,
    },
    {
      what: "is skipped",
      resources: [
        application(
          { syncPolicy: { automated: { selfHeal: true } } },
          { annotations: { "argocd.argoproj.io/skip-reconcile": "true" } },
        ),
      ],
      says: /skip-reconcile/,
    },
  ],
  "projects-name-what-they-allow": [
    { what: "names all", resources: [project({ sourceRepos: ["https://x/y"], destinations: [{ namespace: "api" }] })] },
    { what: "any repository", resources: [project({ sourceRepos: ["*"] })], says: /sourceRepos: got "\*"/ },
    { what: "any repository of a host", resources: [project({ sourceRepos: ["https://x/*"] })], says: /sourceRepos/ },
    {
      what: "any namespace",
      resources: [project({ destinations: [{ namespace: "*" }] })],
      says: /destinations.namespace/,
    },
    { what: "any server", resources: [project({ destinations: [{ server: "*" }] })], says: /destinations.server/ },
    {
      what: "any kind of the cluster's",
      resources: [project({ clusterResourceWhitelist: [{ group: "", kind: "*" }] })],
      says: /clusterResourceWhitelist.kind/,
    },
  ],
  "default-project-is-closed": [
    { what: "is closed", resources: [argocd, project(closed, "default")] },
    { what: "is not there", resources: [argocd], says: /got none/ },
    {
      what: "has a source",
      resources: [argocd, project({ ...closed, sourceRepos: ["*"] }, "default")],
      says: /sourceRepos/,
    },
    { what: "lets kinds through", resources: [argocd, project({}, "default")], says: /namespaceResourceBlacklist/ },
  ],
  "applications-are-named-one-by-one": [
    { what: "has Applications", resources: [following("main")] },
    { what: "has an ApplicationSet", resources: [argo("ApplicationSet", "all")], says: /got an ApplicationSet/ },
  ],
  "applications-stay-in-their-environment": [
    {
      what: "is at home",
      resources: [
        application({ project: "prod-api", source: { helm: { valueFiles: ["/environments/prod/api.yaml"] } } }),
        project({}, "prod-api", ofEnvironment("prod")),
      ],
    },
    {
      what: "is in default",
      resources: [application({ project: "default" }), project({}, "default")],
      says: /got "default"/,
    },
    {
      what: "is in another environment's",
      resources: [application({ project: "dev-api" }), project({}, "dev-api", ofEnvironment("dev"))],
      says: /got "dev-api"/,
    },
    {
      what: "reads another's values",
      resources: [
        application({ project: "prod-api", source: { helm: { valueFiles: ["/environments/dev/api.yaml"] } } }),
        project({}, "prod-api", ofEnvironment("prod")),
      ],
      says: /valueFiles: got "\/environments\/dev\/api.yaml"/,
    },
  ],
  "prune-and-cascade-by-environment": [
    { what: "prunes, and leaves workloads", resources: [following("env/prod", { prune: true })] },
    { what: "does not prune", resources: [following("env/prod", {})], says: /prune: got false; expected true/ },
    {
      what: "may empty",
      resources: [following("env/prod", { prune: true, allowEmpty: true })],
      says: /allowEmpty: got true/,
    },
    {
      what: "takes production's workload along",
      resources: [application({}, { finalizers: ["resources-finalizer.argocd.argoproj.io"] })],
      says: /finalizer .* got true; expected false/,
    },
    { what: "leaves dev's workload", stack: "dev", resources: [application({})], says: /got false; expected true/ },
    {
      what: "is decided otherwise",
      resources: [following("env/prod", {})],
      config: { environments: { prod: { prune: false } } },
    },
  ],
  "sync-windows-let-healing-through": [
    { what: "has none", resources: [project({})] },
    {
      what: "denies",
      resources: [project({ syncWindows: [{ kind: "deny", schedule: "* * * * *" }] })],
      says: /kind "deny"/,
    },
    { what: "allows at times", resources: [project({ syncWindows: [{ kind: "allow" }] })], says: /kind "allow"/ },
  ],
  "rulesets-bind-everyone": [
    { what: "binds", resources: [reserved] },
    {
      what: "is disabled",
      resources: [github("RepositoryRuleset", "main", { enforcement: "disabled" })],
      says: /enforcement: got "disabled"/,
    },
    {
      what: "lets administrators by",
      resources: [
        github("RepositoryRuleset", "main", {
          enforcement: "active",
          bypassActors: [{ actorType: "RepositoryRole", actorId: 5 }],
        }),
      ],
      says: /bypassActors: got RepositoryRole 5/,
    },
  ],
  "branches-are-protected": [
    { what: "has all three", resources: guarded(mainRules, prodRules) },
    { what: "owns no repository", resources: [] },
    { what: "has no rulesets", resources: [repository], says: /ruleset of main: got none/ },
    {
      what: "lets main be forced",
      resources: guarded({ ...mainRules, nonFastForward: false }, prodRules),
      says: /nonFastForward of main/,
    },
    {
      what: "lets the last pusher approve",
      resources: guarded(mainRules, mainRules),
      says: /requireLastPushApproval of env\/prod/,
    },
    {
      what: "asks for no approval",
      resources: guarded(mainRules, {
        ...prodRules,
        pullRequest: { ...prodRules.pullRequest, requiredApprovingReviewCount: 0 },
      }),
      says: /requiredApprovingReviewCount of env\/prod: got 0/,
    },
    {
      what: "takes anyone's check",
      resources: guarded({ ...mainRules, requiredStatusChecks: { requiredChecks: [check("validate")] } }, prodRules),
      says: /check validate of main: got no integrationId/,
    },
    {
      what: "excludes what it protects",
      resources: [
        repository,
        ruleset("main", mainRules),
        ruleset("env/prod", prodRules, ["refs/heads/env/prod"]),
        reserved,
        names(),
      ],
      says: /conditions of env\/prod: got refs\/heads\/env\/prod excluded/,
    },
    {
      what: "is about tags",
      resources: [
        repository,
        { ...ruleset("main", mainRules), props: { ...ruleset("main", mainRules).props, target: "tag" } },
        ruleset("env/prod", prodRules),
        reserved,
        names(),
      ],
      says: /target of main: got "tag"/,
    },
    {
      what: "lets anyone make env/x",
      resources: guarded(mainRules, prodRules, [names()]),
      says: /ruleset of env\/\*\*\/\*: got none/,
    },
    {
      what: "leaves a name out",
      resources: guarded(mainRules, prodRules, [
        ruleset("env/**/*", { creation: true, update: true }, ["refs/heads/env/x"]),
        names(),
      ]),
      says: /got refs\/heads\/env\/x excluded/,
    },
    {
      what: "lets anyone make a branch that is in the way",
      resources: guarded(mainRules, prodRules, [reserved]),
      says: /reserved branches: got refs\/heads\/env, .*refs\/heads\/release, .* left out/,
    },
    {
      what: "leaves a name that is in the way out",
      resources: guarded(mainRules, prodRules, [reserved, names(reservedBranchPatterns().slice(1))]),
      says: /reserved branches: got refs\/heads\/env left out/,
    },
    {
      what: "excludes a name that is in the way",
      resources: guarded(mainRules, prodRules, [reserved, names(undefined, ["refs/heads/release"])]),
      says: /reserved branches: got .*refs\/heads\/release, /,
    },
  ],
  "approval-records-are-kept": [
    { what: "keeps them", resources: [repository, kept(keptRules), others()] },
    { what: "owns no repository", resources: [] },
    { what: "lets anybody remove one", resources: [repository, others()], says: /^ruleset of tags .*\*: got none/ },
    {
      what: "lets anybody change one",
      resources: [repository, kept({ ...keptRules, update: false }), others()],
      says: /rules\.update of tags refs\/tags\/release\/\*\*\/\*: got false/,
    },
    {
      what: "leaves production's out",
      resources: [repository, kept(keptRules, ["refs/tags/release/prod/*"]), others()],
      says: /got refs\/tags\/release\/prod\/\* excluded/,
    },
    {
      what: "keeps branches of those names",
      resources: [repository, { ...kept(keptRules), props: { ...kept(keptRules).props, target: "branch" } }, others()],
      says: /got none/,
    },
    {
      what: "lets anybody make any tag",
      resources: [repository, kept(keptRules)],
      says: /^ruleset of tags ~ALL: got none; expected one with creation, update/,
    },
    {
      what: "lets anybody move any other tag",
      resources: [repository, kept(keptRules), others({ creation: true })],
      says: /rules\.update of tags ~ALL: got nothing/,
    },
    {
      what: "lets anybody make a tag that is called as a branch is",
      resources: [repository, kept(keptRules), others(undefined, ["refs/tags/env/**/*"])],
      says: /got refs\/tags\/env\/\*\*\/\* excluded; expected only refs\/tags\/release\/\*\/\* excluded/,
    },
  ],
  "code-owners-cover-what-decides": [
    { what: "covers", resources: owners("/charts/ @o/p\n/gitops.yaml @o/p\n/.github/ @o/p\n", "# all\n* @o/a\n") },
    { what: "adopts", resources: [repository] },
    {
      what: "leaves workflows out",
      resources: owners("/charts/ @o/p\n/gitops.yaml @o/p\n", "* @o/a\n"),
      says: /main: got no owner of \.github/,
    },
    {
      what: "leaves the rules out",
      resources: owners("* @o/p\n/gitops.yaml\n", "* @o/a\n"),
      says: /main: got no owner of gitops\.yaml/,
    },
    {
      what: "takes production's values out",
      resources: owners("* @o/p\n", "* @o/a\n/environments/prod/\n"),
      says: /env\/prod: got no owner of environments\/prod\/api.yaml/,
    },
    { what: "has none on env/prod", resources: owners("* @o/p\n", "").slice(0, 2), says: /on env\/prod: got none/ },
  ],
  "workflow-keys-stay-on-main": [
    { what: "stay", resources: environment({}, { branchPattern: "main" }) },
    {
      what: "go to administrators",
      resources: environment({ canAdminsBypass: true }, { branchPattern: "main" }),
      says: /canAdminsBypass: got true/,
    },
    { what: "go to any branch", resources: environment({}, { branchPattern: "*" }), says: /got "\*"/ },
    { what: "have no policy", resources: environment({}, {}).slice(0, 1), says: /branches of "release": got ""/ },
    {
      what: "are not limited",
      resources: environment({ deploymentBranchPolicy: undefined }, { branchPattern: "main" }),
      says: /customBranchPolicies/,
    },
  ],
  "webhooks-are-signed": [
    {
      what: "is signed",
      resources: [github("RepositoryWebhook", "dev", { configuration: { url: "https://x", secret: "s" } })],
    },
    {
      what: "is neither",
      resources: [github("RepositoryWebhook", "dev", { configuration: { url: "http://x" } })],
      says: /secret: got nothing/,
    },
    {
      what: "checks no certificate",
      resources: [
        github("RepositoryWebhook", "dev", { configuration: { url: "https://x", secret: "s", insecureSsl: true } }),
      ],
      says: /insecureSsl: got true/,
    },
    { what: "is of a sender whose events Argo CD checks", resources: argocdSecret(senders) },
    ...senders.map((sender) => ({
      what: `is of a sender whose events Argo CD takes unchecked, by ${sender}`,
      resources: argocdSecret(senders.filter((other) => other !== sender)),
      says: new RegExp(`^.*data\\["${sender}"\\]: got nothing`),
    })),
    { what: "is of any sender", resources: argocdSecret([]), says: /webhook\.github\.secret/ },
  ],
  "deploy-keys-only-read": [
    { what: "reads", resources: [github("RepositoryDeployKey", "dev", { readOnly: true })] },
    {
      what: "writes",
      resources: [github("RepositoryDeployKey", "dev", { readOnly: false })],
      says: /readOnly: got false/,
    },
    { what: "writes by default", resources: [github("RepositoryDeployKey", "dev", {})], says: /readOnly: got nothing/ },
  ],
  "staging-mirrors-production": [
    {
      what: "mirrors",
      resources: [
        repository,
        file("environments/staging/api.yaml", "a: 1"),
        file("environments/prod/api.yaml", "a: 1"),
      ],
    },
    { what: "adopts", resources: [repository] },
    {
      what: "differs",
      resources: [
        repository,
        file("environments/staging/api.yaml", "a: 1"),
        file("environments/prod/api.yaml", "a: 2"),
      ],
      says: /environments\/staging\/api.yaml: a: got 1; expected what production has, 2/,
    },
    {
      what: "differs in what the rules name",
      resources: [
        repository,
        file("gitops.yaml", "staging: { mayDiffer: [env.A] }"),
        file("environments/staging/api.yaml", "env: { A: b }"),
        file("environments/prod/api.yaml", "env: { A: c }"),
      ],
    },
    {
      what: "has rules with a mistake",
      resources: [repository, file("gitops.yaml", "stagin: {}")],
      says: /^gitops\.yaml: stagin: got \{\}; expected no such key\. Did you mean staging\?/,
    },
    {
      what: "lacks one",
      resources: [repository, file("environments/prod/api.yaml", "a: 2")],
      says: /got no file in environments\/staging/,
    },
  ],
  "argocd-is-the-pinned-release": [
    { what: "runs the pinned image", resources: [workload({ image: "quay.io/argoproj/argocd:v3.6.1" })] },
    { what: "runs another", resources: [workload({ image: "quay.io/argoproj/argocd:latest" })], says: /argocd:latest/ },
    {
      what: "has the release's definition",
      resources: [k8s("apiextensions.k8s.io/v1:CustomResourceDefinition", "x", { spec: { b: 1, a: 2 } })],
      config: {
        images: [],
        digests: { "CustomResourceDefinition/x": "4cdbf4fc31de80ba95cd7bd4a242cdc5db65f35cab42c17c79c1f215b24babe4" },
      },
    },
    {
      what: "has another definition",
      resources: [k8s("apiextensions.k8s.io/v1:CustomResourceDefinition", "x", { spec: { b: 1, a: 3 } })],
      config: {
        images: [],
        digests: { "CustomResourceDefinition/x": "4cdbf4fc31de80ba95cd7bd4a242cdc5db65f35cab42c17c79c1f215b24babe4" },
      },
      says: /SHA-256: got [0-9a-f]{64}; expected 4cdbf4fc/,
    },
    {
      what: "has a ClusterRole besides",
      resources: [k8s("rbac.authorization.k8s.io/v1:ClusterRole", "everything", { rules: [] })],
      says: /got one that the release does not have/,
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
      what: "is anybody's",
      resources: [configMap("argocd-cm", { "users.anonymous.enabled": "true" })],
      says: /users.anonymous.enabled: got "true"/,
    },
    {
      what: "has admin beside SSO",
      resources: [configMap("argocd-cm", { "oidc.config": "x", "admin.enabled": "true" })],
      says: /admin.enabled/,
    },
    { what: "opens shells", resources: [configMap("argocd-cm", { "exec.enabled": "true" })], says: /exec.enabled/ },
    {
      what: "has a role for all",
      resources: [configMap("argocd-rbac-cm", { "policy.default": "role:admin" })],
      says: /policy.default/,
    },
    {
      what: "asks nobody",
      resources: [configMap("argocd-cmd-params-cm", { "server.disable.auth": "true" })],
      says: /server.disable.auth/,
    },
  ],
  "containers-are-confined": [
    { what: "are confined", resources: [workload(confined)] },
    { what: "say nothing", resources: [workload({})], says: /runAsNonRoot: got nothing/ },
    {
      what: "have no limit",
      resources: [workload({ ...confined, resources: {} })],
      says: /limits.memory: got nothing/,
    },
    { what: "are on the node", resources: [workload(confined, { hostNetwork: true })], says: /hostNetwork: got true/ },
    {
      what: "are privileged",
      resources: [workload({ ...confined, securityContext: { ...confined.securityContext, privileged: true } })],
      says: /privileged: got true/,
    },
  ],
  "namespaces-are-guarded": [
    { what: "refuses", resources: guardOf(["api"], "Deny") },
    { what: "refuses in Argo CD's namespace too", resources: [argocd, ...guardOf(["api"], "Deny")] },
    { what: "warns in dev", stack: "dev", resources: guardOf(["api"], "Warn") },
    { what: "refuses in dev", stack: "dev", resources: guardOf(["api"], "Deny") },
    {
      what: "was decided to have none",
      resources: guardOf([], "Deny"),
      config: { environments: { prod: "off" } },
    },
    { what: "is another's", resources: [k8s("core/v1:Namespace", "other")] },
    {
      what: "has none",
      resources: [k8s("core/v1:Namespace", "api", {}, { labels: { "gitops-platform/environment": "prod" } })],
      says: /namespace api: got none; expected one with "deny" of the form delivered/,
    },
    {
      what: "warns in production",
      resources: guardOf(["api"], "Warn"),
      says: /expected one with "\w+" of the form delivered/,
    },
    {
      what: "only writes it down",
      stack: "dev",
      resources: guardOf(["api"], "Audit"),
      says: /expected one with "\w+" of the form delivered/,
    },
    {
      what: "guards another namespace",
      resources: guardOf(["web"], "Deny"),
      says: /namespace api: .+ of the form delivered/,
    },
    {
      what: "has none for Argo CD's",
      resources: [argocd, ...guardOf(["api"], "Deny").filter(({ name }) => !name.endsWith("-argocd"))],
      says: /namespace argocd: .+ of the form argocd/,
    },
    {
      what: "lets in what it cannot judge",
      resources: guardOf(["api"], "Deny", { failurePolicy: "Ignore" }),
      says: /expected one with "\w+" of the form delivered/,
    },
    {
      what: "is always kept",
      resources: guardOf(["api"], "Deny", { validations: [{ expression: "true" }] }),
      says: /of the form delivered/,
    },
    {
      what: "never looks",
      resources: guardOf(["api"], "Deny", {
        matchConditions: [...(guardSpec("delivered").matchConditions ?? []), { name: "never", expression: "1 == 2" }],
      }),
      says: /gitops-platform-guard-delivered of the form \w{64}, .+ of the form delivered/,
    },
    {
      what: "lets everybody deliver",
      resources: guardOf(["api"], "Deny", {
        variables: guardSpec("delivered").variables?.map((each) =>
          each.name === "mayDeliver" ? { ...each, expression: "true" } : each,
        ),
      }),
      says: /of the form delivered/,
    },
    {
      what: "lets somebody past the match conditions",
      resources: guardOf(["api"], "Deny", {
        matchConditions: [{ name: "x", expression: '!(request.userInfo.username in ["alice"])' }],
      }),
      says: /of the form delivered/,
    },
    {
      what: "says something else",
      resources: guardOf(["api"], "Deny", {
        validations: guardSpec("delivered").validations?.map((each) => ({ ...each, messageExpression: '"no"' })),
      }),
    },
    {
      what: "was read back from the API server",
      resources: guardOf(["api"], "Deny", {
        matchConstraints: {
          ...guardSpec("delivered").matchConstraints,
          matchPolicy: "Equivalent",
          namespaceSelector: {},
          objectSelector: {},
        },
      }),
    },
    {
      what: "leaves out Deployments",
      resources: guardOf(["api"], "Deny", {
        matchConstraints: {
          ...guardSpec("delivered").matchConstraints,
          excludeResourceRules: [
            { apiGroups: ["apps"], apiVersions: ["*"], resources: ["deployments"], operations: ["*"] },
          ],
        },
      }),
      says: /of the form delivered/,
    },
    {
      what: "leaves out what confines the services",
      resources: guardOf(["api"], "Deny", { matchConstraints: { resourceRules: [] } }, "limits"),
      says: /of the form limits/,
    },
    {
      what: "lets everybody past",
      resources: guardOf(["api"], "Deny", {
        variables: [{ name: "x", expression: 'g in ["system:authenticated"]' }],
      }),
      says: /expressions: got "system:authenticated"/,
    },
  ],
  "namespaces-confine-services": [
    { what: "confines", resources: home("restricted", hard, deny) },
    { what: "lets root in", resources: home("privileged", hard, deny), says: /enforce: got "privileged"/ },
    {
      what: "has no quota",
      resources: home("restricted", { pods: "1" }, deny),
      says: /ResourceQuota: got none for requests.cpu/,
    },
    {
      what: "lets everything in",
      resources: home("restricted", hard, { ...deny, ingress: [{}] }),
      says: /NetworkPolicy/,
    },
  ],
  "no-secret-in-plain-text": [
    { what: "reads keys", resources: [file("x.mjs", 'if(k.includes("-----BEGIN RSA PRIVATE KEY-----"))throw e')] },
    { what: "has an address", resources: [configMap("c", { url: "https://x.example:443/a@b" })] },
    { what: "keeps it in a Secret", resources: [k8s("core/v1:Secret", "s", { data: { a: `ghp_${"a".repeat(36)}` } })] },
    {
      what: "has a token",
      resources: [configMap("c", { a: `ghp_${"a".repeat(36)}` })],
      says: /data.a: got a token of GitHub/,
    },
    {
      what: "has a key",
      resources: [file("x", `-----BEGIN RSA PRIVATE KEY-----\n${"MIIE".repeat(8)}`)],
      says: /content: got a private key/,
    },
    {
      what: "has a password",
      resources: [configMap("c", { a: "https://me:hunter2@x.example" })],
      says: /a password in an address/,
    },
  ],
  "secrets-stay-in-secrets": [
    { what: "stays", resources: [secret, configMap("c", { a: "wrong horse" })] },
    {
      what: "is repeated",
      resources: [secret, configMap("c", { a: "the correct horse" })],
      says: /data.a: got the value of hook, token/,
    },
  ],
  "production-is-protected": [
    { what: "is protected", resources: [{ ...repository, protect: true }] },
    { what: "is not production", stack: "dev", resources: [application({})] },
    { what: "is not protected", resources: [application({})], says: /protect: got false/ },
  ],
};
