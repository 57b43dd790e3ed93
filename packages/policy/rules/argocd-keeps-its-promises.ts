import { ARGOCD_IGNORED_UPDATES, ARGOCD_WORKLOADS } from "../argocd-release";
import { workloadDigest } from "../argocd-workload";
import { digestOf } from "../digest";
import { ARGOCD_NAMESPACE, configMapData, isArgocdConfigMap, metadata } from "../kubernetes";
import { podSpecOf } from "../pods";
import { formatValue } from "@gitops-platform/contract/values/plain";
import type { ResourceRule } from "../rule";

interface Config {
  workloads: Record<string, string>;
}

interface EntryRule {
  readonly names: RegExp;
  /** The values that keep the promise. Unset: none does. */
  readonly values?: RegExp;
  readonly why: string;
}

const UNENCRYPTED = "Argo CD's processes would talk to each other without encryption";
const FORWARDED = "argocd-server would forward requests and their credentials";
const UNHEALED = "an edit would be neither reverted nor reported";
const SLOW = "a repeated edit would stay for minutes";
const REDIRECTED = "another program would answer in its place";

/** Entries of Argo CD's ConfigMaps that could break a promise, by the ConfigMap's name. */
const ENTRIES: Readonly<Record<string, readonly EntryRule[]>> = {
  "argocd-cm": [
    { names: /^application\.resourceTrackingMethod$/, values: /^annotation$/, why: "labels are truncated and copied" },
    { names: /^timeout\.reconciliation$/, values: /[1-9]/, why: "a lost webhook would never be noticed" },
    { names: /^resource\.customizations$/, why: "it can hold any of them" },
    { names: /^resource\.(inclusions|selectors)$/, why: "Argo CD would not see the other objects" },
    { names: /^extension\.config/, why: FORWARDED },
    { names: /^globalProjects$/, why: "it widens what every project allows" },
    { names: /^helm\.valuesFileSchemes$/, values: /^$/, why: "a values file at a URL is a second source of truth" },
    {
      names: /^server\.rbac\.rollback\.enforce\.enable$/,
      values: /^true$/,
      why: "the right to sync would cover rollbacks",
    },
  ],
  "argocd-cmd-params-cm": [
    {
      names: /^controller\.self\.heal\.backoff\.(timeout\.seconds|factor|cap\.seconds)$/,
      values: /^1$/,
      why: SLOW,
    },
    { names: /^controller\.self\.heal\.(timeout|backoff\.cooldown)\.seconds$/, why: SLOW },
    { names: /^((repo|commit|server\.dex)\.server|redis\.sentinel\..+)$/, why: REDIRECTED },
    { names: /^redis\.server$/, values: /^argocd-redis(-ha-haproxy)?:6379$/, why: REDIRECTED },
    {
      names: /^reposerver\.allow\.oob\.symlinks$/,
      values: /^false$/,
      why: "a commit could read the repo-server's files",
    },
    { names: /^applicationsetcontroller\.enable\.scm\.providers$/, values: /^false$/, why: "it could call any host" },
    { names: /^server\.enable\.proxy\.extension$/, values: /^false$/, why: FORWARDED },
    {
      names: /^(reposerver|dexserver)\.disable\.tls$|\.(repo|dex)\.server\.plaintext$/,
      values: /^false$/,
      why: UNENCRYPTED,
    },
    { names: /^application(setcontroller)?\.namespaces$/, why: "others could create Applications" },
  ],
  "argocd-rbac-cm": [{ names: /^policy\.matchMode$/, values: /^glob$/, why: "the program's own policies are globs" }],
};

/** The kinds that the platform delivers: those of environments/profiles.ts, in the form of {@link IGNORED}. */
export const DELIVERED_KINDS: readonly string[] = [
  "_ConfigMap",
  "_Pod",
  "_Service",
  "_ServiceAccount",
  "apps_Deployment",
  "apps_ReplicaSet",
  "apps_StatefulSet",
  "autoscaling_HorizontalPodAutoscaler",
  "batch_CronJob",
  "batch_Job",
  "external-secrets.io_ExternalSecret",
  "gateway.networking.k8s.io_GRPCRoute",
  "gateway.networking.k8s.io_HTTPRoute",
  "monitoring.coreos.com_ServiceMonitor",
  "networking.k8s.io_Ingress",
  "networking.k8s.io_NetworkPolicy",
  "policy_PodDisruptionBudget",
  "rbac.authorization.k8s.io_Role",
  "rbac.authorization.k8s.io_RoleBinding",
];

/** An entry that makes Argo CD ignore changes of a kind: `all`, `<kind>` or `<group>_<kind>`. */
const IGNORED = /^resource\.customizations\.(ignoreDifferences|ignoreResourceUpdates)\.(.+)$/;

/** Whether an entry makes Argo CD ignore more of what the platform delivers than the release does. */
function ignoresDelivered(entry: string, value: string): boolean {
  const [, what, kind = ""] = IGNORED.exec(entry) ?? [];
  if (what === undefined) return false;
  if (what === "ignoreResourceUpdates" && ARGOCD_IGNORED_UPDATES[kind] === digestOf(value)) return false;
  // Argo CD matches kinds by globs, but a ConfigMap's keys cannot contain their characters.
  return kind === "all" || DELIVERED_KINDS.includes(kind.includes("_") ? kind : `_${kind}`);
}

/** Settings and patches may tune Argo CD, but not switch off what the platform promises. */
export const argocdKeepsItsPromises: ResourceRule = {
  name: "argocd-keeps-its-promises",
  displayName: "Argo CD keeps the platform's promises",
  description:
    "No entry of Argo CD stops it from noticing, healing or reporting a change, or switches off authentication, " +
    "encryption or a limit of what it may do, and its pods run what the release's run.",
  enforcementLevel: "mandatory",
  severity: "critical",
  remediationSteps:
    "Remove the entry from argocd.settings, argocd.parameters or argocd.rbac. " +
    "For pods, restore components/argocd, or for another release change packages/policy/argocd-release.ts.",
  url: "docs/adr/0017-argocd-is-tuned-by-settings.md",
  configSchema: {
    properties: {
      workloads: {
        type: "object",
        additionalProperties: { type: "string" },
        default: { ...ARGOCD_WORKLOADS },
        description:
          "By `<kind>/<name>`, the SHA-256 of what the workload's pods run, without what settings may change.",
      },
    },
  },
  validateResource: (args, reportViolation) => {
    for (const [name, rules] of Object.entries(ENTRIES)) {
      if (!isArgocdConfigMap(args, name)) continue;
      for (const [entry, value] of Object.entries(configMapData(args))) {
        const rule = rules.find(({ names }) => names.test(entry));
        const isKept = !rule || rule.values?.test(value) === true;
        const why = !isKept ? rule.why : ignoresDelivered(entry, value) ? UNHEALED : undefined;
        if (why === undefined) continue;
        reportViolation(`${entry}: got ${formatValue(value)}; expected the platform's own, because ${why}.`);
      }
    }
    if (!podSpecOf(args) || metadata(args).namespace !== ARGOCD_NAMESPACE) return;
    const { kind, spec } = args.props as { kind: string; spec?: { replicas?: unknown } };
    if (spec?.replicas === 0) reportViolation("replicas: got 0; expected at least one pod.");
    const expected = args.getConfig<Config>().workloads[`${kind}/${metadata(args).name ?? ""}`];
    const got = workloadDigest(args);
    if (expected === undefined) {
      reportViolation(`${kind}: got one that the release does not have; expected only those of the release.`);
    } else if (got !== expected) {
      reportViolation(
        `pods: got SHA-256 ${got}; expected ${expected}, the release's. Commands, arguments, volumes, ` +
          "variables other than the tuned ones and security settings must be the release's.",
      );
    }
  },
};
