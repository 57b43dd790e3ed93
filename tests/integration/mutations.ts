import { GITHUB } from "@gitops-platform/policy/github";
import { TYPES } from "@gitops-platform/policy/kubernetes";
import type { TestResource } from "@gitops-platform/policy/tests/support";

type Props = Record<string, unknown>;

/** A change of the real program's resources that one rule must detect. */
export interface Mutation {
  what: string;
  /**
   * The change applies only to production. Default: every environment, except for the rules in {@link
   * PRODUCTION_RULES}.
   */
  onlyProduction?: true;
  /** Changes the resources or the list in place. */
  make: (resources: TestResource[]) => void;
}

const deployment = "kubernetes:apps/v1:Deployment";

/**
 * The resource of a type whose name has this end. Throws if there is none, because the mutation would have no effect.
 */
function find(resources: readonly TestResource[], type: string, end = ""): TestResource {
  const found = resources.find((resource) => resource.type === type && resource.name.endsWith(end));
  if (!found) throw new Error(`the program registers no ${type} …${end}`);
  return found;
}

/** An object within another, created if it is missing. */
function within(object: Props, ...path: string[]): Props {
  return path.reduce<Props>((place, key) => (place[key] ??= {}) as Props, object);
}

const set =
  (type: string, end: string, path: string[], key: string, value: unknown) =>
  (resources: TestResource[]): void => {
    within(find(resources, type, end).props, ...path)[key] = value;
  };
const drop =
  (type: string, end = "") =>
  (resources: TestResource[]): void => {
    resources.splice(resources.indexOf(find(resources, type, end)), 1);
  };
const add =
  (resource: TestResource) =>
  (resources: TestResource[]): void => {
    resources.push(resource);
  };
const container = (resources: TestResource[]): Props => {
  const pod = within(find(resources, deployment, "argocd-server").props, "spec", "template", "spec");
  return (pod.containers as Props[])[0] ?? {};
};

const application = (path: string[], key: string, value: unknown) =>
  set(TYPES.application, "api", ["spec", ...path], key, value);
const project = (key: string, value: unknown) => set(TYPES.project, "-api", ["spec"], key, value);
const entry = (map: string, key: string, value: string) => set(TYPES.configMap, map, ["data"], key, value);

/** The rules about production's approvals and the repository, which only production's stack has. */
export const PRODUCTION_RULES: readonly string[] = [
  "approval-records-are-kept",
  "branches-are-protected",
  "code-owners-cover-what-decides",
  "production-is-protected",
  "production-waits-for-approval",
  "rulesets-bind-everyone",
  "staging-mirrors-production",
  "workflow-keys-stay-on-main",
];

/** Changes that the rules must detect, by rule. */
export const MUTATIONS: Readonly<Record<string, readonly Mutation[]>> = {
  "production-waits-for-approval": [
    { what: "production follows main", make: application(["source"], "targetRevision", "main") },
    { what: "Argo CD renders production's chart", make: application(["source"], "helm", {}) },
    { what: "production's source has no directory settings", make: application(["source"], "directory", undefined) },
    {
      what: "production's catalogue follows main",
      make: set(TYPES.application, "catalogue", ["spec", "source"], "targetRevision", "refs/heads/main"),
    },
    { what: "production's path is a chart", make: application(["source"], "path", "charts/service") },
  ],
  "drift-heals-or-alerts": [
    { what: "nothing heals", make: application(["syncPolicy", "automated"], "selfHeal", false) },
    { what: "nothing is automated", make: application(["syncPolicy"], "automated", undefined) },
  ],
  "self-heal-can-act": [
    { what: "selfHeal with enabled: false", make: application(["syncPolicy", "automated"], "enabled", false) },
  ],
  "projects-name-what-they-allow": [
    { what: "any source", make: project("sourceRepos", ["*"]) },
    { what: "any destination", make: project("destinations", [{ server: "*", namespace: "*" }]) },
    {
      what: "a kind of no profile",
      make: project("namespaceResourceWhitelist", [{ group: "", kind: "Secret" }]),
    },
    { what: "every kind of the namespace", make: project("namespaceResourceWhitelist", undefined) },
    {
      what: "a catalogue that may apply Secrets",
      make: set(TYPES.project, "-catalogue", ["spec"], "namespaceResourceWhitelist", [{ group: "", kind: "Secret" }]),
    },
    {
      what: "a catalogue that may change the cluster's Namespaces",
      make: set(TYPES.project, "-catalogue", ["spec"], "clusterResourceBlacklist", []),
    },
    { what: "any cluster-scoped kind", make: project("clusterResourceWhitelist", [{ group: "*", kind: "*" }]) },
  ],
  "default-project-is-closed": [
    {
      what: "a default project that allows every source",
      make: set(TYPES.project, "default", ["spec"], "sourceRepos", ["*"]),
    },
    { what: "no default project", make: drop(TYPES.project, "default") },
  ],
  "applications-are-named-one-by-one": [
    { what: "an ApplicationSet", make: add({ type: TYPES.applicationSet, name: "all", props: {} }) },
  ],
  "applications-stay-in-their-environment": [
    {
      what: "another environment's catalogue",
      make: set(TYPES.application, "catalogue", ["spec", "source"], "path", "delivery/other"),
    },
    {
      what: "an Application in the catalogue's project",
      make: (resources) => {
        const { props } = find(resources, TYPES.project, "-catalogue");
        application([], "project", within(props, "metadata").name)(resources);
      },
    },
    { what: "an Application in the project default", make: application([], "project", "default") },
    { what: "another environment's project", make: application([], "project", "other-api") },
    {
      what: "another environment's values",
      make: application(["source", "helm"], "valueFiles", ["/environments/other/api.yaml"]),
    },
  ],
  "prune-and-cascade-by-environment": [
    { what: "no pruning", make: application(["syncPolicy", "automated"], "prune", false) },
    {
      what: "workloads are deleted with the Application",
      onlyProduction: true,
      make: set(TYPES.application, "api", ["metadata"], "finalizers", ["resources-finalizer.argocd.argoproj.io"]),
    },
  ],
  "sync-windows-let-healing-through": [
    {
      what: "a sync window that denies",
      make: project("syncWindows", [{ kind: "deny", schedule: "0 0 * * 5", duration: "48h" }]),
    },
  ],
  "rulesets-bind-everyone": [
    { what: "a ruleset that is not active", make: set(GITHUB.ruleset, "main", [], "enforcement", "evaluate") },
    {
      what: "administrators can bypass a ruleset",
      make: set(GITHUB.ruleset, "env/prod", [], "bypassActors", [{ actorType: "OrganizationAdmin" }]),
    },
  ],
  "branches-are-protected": [
    { what: "no ruleset of env/prod", make: drop(GITHUB.ruleset, "env/prod") },
    { what: "no ruleset of main", make: drop(GITHUB.ruleset, "-main") },
    { what: "no ruleset of reserved branches", make: drop(GITHUB.ruleset, "reserved branches") },
    { what: "env/prod can be deleted", make: set(GITHUB.ruleset, "env/prod", ["rules"], "deletion", false) },
    { what: "no required checks", make: set(GITHUB.ruleset, "env/prod", ["rules"], "requiredStatusChecks", {}) },
    {
      what: "a ruleset of env/prod that excludes env/prod",
      make: set(GITHUB.ruleset, "env/prod", ["conditions", "refName"], "excludes", ["refs/heads/env/prod"]),
    },
    { what: "a ruleset of main that applies to tags", make: set(GITHUB.ruleset, "-main", [], "target", "tag") },
    { what: "anyone can create env/x", make: drop(GITHUB.ruleset, "env/*") },
  ],
  "approval-records-are-kept": [
    { what: "no ruleset of approval records", make: drop(GITHUB.ruleset, "release/**/*") },
    {
      what: "approval records can be deleted",
      make: set(GITHUB.ruleset, "release/**/*", ["rules"], "deletion", false),
    },
    {
      what: "production's approval records are excluded",
      make: set(GITHUB.ruleset, "release/**/*", ["conditions", "refName"], "excludes", ["refs/tags/release/prod/*"]),
    },
    { what: "tags can be created that block approval records", make: drop(GITHUB.ruleset, "ruleset-release") },
  ],
  "code-owners-cover-what-decides": [
    { what: "nobody owns env/prod", make: set(GITHUB.file, "env/prod/.github/CODEOWNERS", [], "content", "") },
    {
      what: "nobody owns workflows",
      make: set(GITHUB.file, "file-.github/CODEOWNERS", [], "content", "/charts/ @vaarak/platform\n"),
    },
    { what: "no CODEOWNERS", make: drop(GITHUB.file, "file-.github/CODEOWNERS") },
  ],
  "workflow-keys-stay-on-main": [
    { what: "keys for any branch", make: set(GITHUB.environmentPolicy, "prod-main", [], "branchPattern", "*") },
    { what: "keys for administrators", make: set(GITHUB.environment, "environment-prod", [], "canAdminsBypass", true) },
  ],
  "webhooks-are-signed": [
    {
      what: "a webhook without a secret",
      make: add({
        type: GITHUB.webhook,
        name: "webhook-dev",
        props: { configuration: { url: "https://x/api/webhook" } },
      }),
    },
    {
      what: "no secret for GitLab's events",
      make: (resources) => {
        delete within(find(resources, TYPES.secret, "argocd-secret").props, "data")["webhook.gitlab.secret"];
      },
    },
  ],
  "deploy-keys-only-read": [
    {
      what: "a deploy key that can write",
      make: add({ type: GITHUB.deployKey, name: "deploy-key-dev", props: { readOnly: false } }),
    },
  ],
  "staging-mirrors-production": [
    {
      what: "staging scales higher than production",
      make: (resources) => {
        const { props } = find(resources, GITHUB.file, "environments/staging/api.yaml");
        props.content = String(props.content).replace("maxReplicas: 10", "maxReplicas: 20");
      },
    },
    { what: "staging has no values", make: drop(GITHUB.file, "environments/staging/api.yaml") },
  ],
  "argocd-is-the-pinned-release": [
    { what: "another image", make: (resources) => (container(resources).image = "quay.io/argoproj/argocd:v3.0.0") },
    {
      what: "wider permissions in the cluster",
      make: set(TYPES.clusterRole, "argocd-server", [], "rules", [
        { apiGroups: ["*"], resources: ["*"], verbs: ["*"] },
      ]),
    },
    {
      what: "wider permissions in Argo CD's namespace",
      make: set(TYPES.role, "argocd-server", [], "rules", [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }]),
    },
    {
      what: "permissions for everybody",
      make: set(TYPES.clusterRoleBinding, "argocd-server", [], "subjects", [
        { kind: "Group", name: "system:authenticated" },
      ]),
    },
    {
      what: "connections from everywhere",
      make: set(TYPES.networkPolicy, "argocd-repo-server-network-policy", ["spec"], "ingress", [{}]),
    },
    {
      what: "another CustomResourceDefinition",
      make: set(TYPES.definition, "applications.argoproj.io", ["spec"], "scope", "Cluster"),
    },
  ],
  "argocd-access-is-closed": [
    { what: "anonymous access", make: entry("argocd-cm", "users.anonymous.enabled", "true") },
    { what: "the local admin beside SSO", make: entry("argocd-cm", "oidc.config", "issuer: https://x") },
    { what: "a role for everyone", make: entry("argocd-rbac-cm", "policy.default", "role:admin") },
    { what: "no authentication", make: entry("argocd-cmd-params-cm", "server.disable.auth", "true") },
  ],
  "argocd-keeps-its-promises": [
    { what: "no polling", make: entry("argocd-cm", "timeout.reconciliation", "0s") },
    { what: "slow healing", make: entry("argocd-cmd-params-cm", "controller.self.heal.backoff.factor", "3") },
    {
      what: "no authentication, by a variable",
      make: (resources) =>
        (container(resources).env as Props[]).push({ name: "ARGOCD_SERVER_DISABLE_AUTH", value: "true" }),
    },
    {
      what: "ignored differences of Services",
      make: entry("argocd-cm", "resource.customizations.ignoreDifferences._Service", "jsonPointers: [/spec]"),
    },
    { what: "another repo-server", make: entry("argocd-cmd-params-cm", "repo.server", "other:8081") },
  ],
  "argocd-namespace-is-closed": [
    {
      what: "privileged pods",
      make: set(
        TYPES.namespace,
        "namespace-argocd",
        ["metadata", "labels"],
        "pod-security.kubernetes.io/enforce",
        "privileged",
      ),
    },
    { what: "open pods", make: drop(TYPES.networkPolicy, "argocd-default-deny") },
  ],
  "containers-are-confined": [
    {
      what: "a container that runs as root",
      make: (resources) => (within(container(resources), "securityContext").runAsNonRoot = false),
    },
    { what: "a container without resources", make: (resources) => delete container(resources).resources },
  ],
  "namespaces-are-guarded": [
    {
      what: "a service's namespace is excluded",
      make: (resources) => {
        const { props } = find(resources, TYPES.admissionPolicyBinding, "-delivered");
        within(props, "spec", "matchResources", "namespaceSelector").matchExpressions = [
          { key: "kubernetes.io/metadata.name", operator: "In", values: ["argocd"] },
        ];
      },
    },
    { what: "Argo CD's namespace is not guarded", make: drop(TYPES.admissionPolicyBinding, "-argocd") },
    { what: "Namespaces are not guarded", make: drop(TYPES.admissionPolicyBinding, "-namespaces") },
    {
      what: "Namespaces are guarded only where their label stays",
      make: set(TYPES.admissionPolicyBinding, "-namespaces", ["spec"], "matchResources", {
        namespaceSelector: { matchExpressions: [{ key: "gitops-platform/environment", operator: "Exists" }] },
      }),
    },
    { what: "quotas and network policies are not guarded", make: drop(TYPES.admissionPolicyBinding, "-limits") },
    {
      what: "the guard only audits",
      make: set(TYPES.admissionPolicyBinding, "-delivered", ["spec"], "validationActions", ["Audit"]),
    },
    {
      what: "the guard allows requests that it cannot evaluate",
      make: set(TYPES.admissionPolicy, "-delivered", ["spec"], "failurePolicy", "Ignore"),
    },
    {
      what: "Deployments are excluded",
      make: set(TYPES.admissionPolicy, "-delivered", ["spec", "matchConstraints"], "excludeResourceRules", [
        { apiGroups: ["apps"], apiVersions: ["*"], resources: ["deployments"], operations: ["*"] },
      ]),
    },
    {
      what: "the guard never matches",
      make: (resources) => {
        const { matchConditions } = find(resources, TYPES.admissionPolicy, "-delivered").props.spec as {
          matchConditions: { name: string; expression: string }[];
        };
        matchConditions.push({ name: "never", expression: "1 == 2" });
      },
    },
    {
      what: "a variable of the guard exempts everyone",
      make: (resources) => {
        const { variables } = find(resources, TYPES.admissionPolicy, "-delivered").props.spec as {
          variables: { name: string; expression: string }[];
        };
        for (const each of variables) if (each.name === "mayDeliver") each.expression = "true";
      },
    },
    {
      what: "the guard exempts all authenticated users",
      make: (resources) => {
        const { variables } = find(resources, TYPES.admissionPolicy, "-delivered").props.spec as {
          variables: { name: string; expression: string }[];
        };
        variables.push({ name: "all", expression: 'request.userInfo.groups.exists(g, g in ["system:authenticated"])' });
      },
    },
  ],
  "namespaces-confine-services": [
    {
      what: "a namespace allows root",
      make: set(
        TYPES.namespace,
        "namespace-api",
        ["metadata", "labels"],
        "pod-security.kubernetes.io/enforce",
        "privileged",
      ),
    },
    { what: "no quota", make: drop(TYPES.quota) },
    { what: "no network policy", make: drop(TYPES.networkPolicy, "api-default-deny") },
  ],
  "no-secret-in-plain-text": [
    { what: "a token in a ConfigMap", make: entry("argocd-cm", "note", `ghp_${"a1".repeat(18)}`) },
    {
      what: "a key in a file",
      onlyProduction: true,
      make: set(GITHUB.file, "README.md", [], "content", `-----BEGIN OPENSSH PRIVATE KEY-----\n${"b3Bl".repeat(10)}`),
    },
  ],
  "secrets-stay-in-secrets": [
    {
      what: "a Secret's value in a ConfigMap",
      make: (resources) => {
        const data = { "webhook.github.secret": Buffer.from("correct horse").toString("base64") };
        find(resources, TYPES.secret, "argocd-secret").props.data = data;
        entry("argocd-cm", "note", "correct horse")(resources);
      },
    },
  ],
  "production-is-protected": [
    {
      what: "an Application without protection",
      make: (resources) => (find(resources, TYPES.application).protect = false),
    },
    {
      what: "a repository without protection",
      make: (resources) => (find(resources, GITHUB.repository).protect = false),
    },
  ],
};
