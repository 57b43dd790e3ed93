import { ARGOCD_NAMESPACE, configMapData, isArgocdConfigMap, metadata } from "../kubernetes";
import { containersOf, podSpecOf } from "../pods";
import { formatValue } from "@gitops-platform/contract/values/plain";
import type { ResourceRule } from "../rule";

interface EntryRule {
  readonly names: RegExp;
  /** The values that keep the promise. Unset: none does. */
  readonly values?: RegExp;
  readonly why: string;
}

const UNENCRYPTED = "Argo CD's processes would talk to each other without encryption";
const FORWARDED = "argocd-server would forward requests and their credentials";
const UNHEALED = "an edit would be neither reverted nor reported";

/** Entries of Argo CD's ConfigMaps that could break a promise, by the ConfigMap's name. */
const ENTRIES: Readonly<Record<string, readonly EntryRule[]>> = {
  "argocd-cm": [
    { names: /^application\.resourceTrackingMethod$/, values: /^annotation$/, why: "labels are truncated and copied" },
    { names: /^timeout\.reconciliation$/, values: /[1-9]/, why: "a lost webhook would never be noticed" },
    { names: /^resource\.customizations\.ignoreDifferences\.(all|apps_Deployment|Service)$/, why: UNHEALED },
    { names: /^resource\.customizations\.ignoreResourceUpdates\.apps_Deployment$/, why: UNHEALED },
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
      why: "a repeated edit would stay for minutes",
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
};

/** Flags and variables of containers that have the same effect as an entry. */
const FLAGS: readonly { readonly flag: RegExp; readonly variable: RegExp; readonly why: string }[] = [
  {
    flag: /^--disable-auth\b/,
    variable: /^ARGOCD_SERVER_DISABLE_AUTH$/,
    why: "anyone who reaches the API could deploy",
  },
  { flag: /^--enable-proxy-extension\b/, variable: /^ARGOCD_SERVER_ENABLE_PROXY_EXTENSION$/, why: FORWARDED },
  {
    flag: /^--(disable-tls|(repo|dex)-server-plaintext)\b/,
    variable: /_(DISABLE_TLS|(REPO|DEX)_SERVER_PLAINTEXT)$/,
    why: UNENCRYPTED,
  },
];

/** Settings and patches may tune Argo CD, but not switch off what the platform promises. */
export const argocdKeepsItsPromises: ResourceRule = {
  name: "argocd-keeps-its-promises",
  displayName: "Argo CD keeps the platform's promises",
  description:
    "No entry, flag or variable of Argo CD stops it from noticing, healing or reporting a change, or switches off " +
    "authentication, encryption or a limit of what it may do.",
  enforcementLevel: "mandatory",
  severity: "critical",
  remediationSteps:
    "Remove the entry from argocd.settings or argocd.parameters, or the flag or variable from argocd.patches.",
  url: "docs/adr/0017-argocd-is-tuned-by-settings.md",
  validateResource: (args, reportViolation) => {
    for (const [name, rules] of Object.entries(ENTRIES)) {
      if (!isArgocdConfigMap(args, name)) continue;
      for (const [entry, value] of Object.entries(configMapData(args))) {
        const rule = rules.find(({ names }) => names.test(entry));
        if (rule && rule.values?.test(value) !== true) {
          reportViolation(`${entry}: got ${formatValue(value)}; expected the platform's own, because ${rule.why}.`);
        }
      }
    }
    const pod = podSpecOf(args);
    if (!pod || metadata(args).namespace !== ARGOCD_NAMESPACE) return;
    for (const { name = "", command = [], args: flags = [], env = [] } of containersOf(pod)) {
      for (const { flag, variable, why } of FLAGS) {
        const set = [...command, ...flags].find((each) => flag.test(each) && !each.endsWith("=false"));
        if (set !== undefined) reportViolation(`container ${name}: got ${set}; expected no such flag, because ${why}.`);
        const given = env.find((each) => variable.test(each.name ?? "") && (each.value ?? "false") !== "false");
        if (given) reportViolation(`container ${name}: got ${given.name ?? ""}; expected it unset, because ${why}.`);
      }
    }
  },
};
