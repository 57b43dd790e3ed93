import { parse } from "yaml";
import { show, suggest, type Problem } from "@gitops-platform/contract/problems";
import { TRACKED_KINDS } from "@gitops-platform/environments/profiles";
import { KNOWN_ENTRIES, type KnownEntries } from "./known-entries";

/** What the value of an entry must be, so that the platform keeps its promises. */
interface EntryRule {
  readonly expected: string;
  readonly fix: string;
  readonly keeps: (value: string) => boolean;
}

const always = (expected: string, fix: string): EntryRule => ({ expected, fix, keeps: (value) => value === expected });
const never = (expected: string, fix: string): EntryRule => ({ expected, fix, keeps: () => false });

const POLLING = "Webhooks can be lost, so Argo CD must ask for changes itself within three minutes.";
const SINGLE_SIGN_ON = "Set argocd.oidc or argocd.dex, and in an emergency argocd.emergencyAdmin.";
const OWN_DECISION = "no entry: the platform decides it";

/** The promises about entries of argocd-cm, by key. */
const GENERAL: Readonly<Record<string, EntryRule>> = {
  url: never("no entry: the program sets it", "Set argocd.url."),
  additionalUrls: never(OWN_DECISION, "Remove it: single sign-on returns to argocd.url alone."),
  "oidc.config": never(OWN_DECISION, SINGLE_SIGN_ON),
  "dex.config": never(OWN_DECISION, SINGLE_SIGN_ON),
  "dex.auth.connectorId": never(OWN_DECISION, SINGLE_SIGN_ON),
  "admin.enabled": never(OWN_DECISION, SINGLE_SIGN_ON),
  "oidc.tls.insecure.skip.verify": always("false", "Trust the issuer's CA by rootCA in the OIDC configuration."),
  "users.anonymous.enabled": always("false", "Remove it: anyone who reaches the API would be logged in."),
  "application.resourceTrackingMethod": always("annotation", "Remove it: labels are truncated and copied."),
  "application.instanceLabelKey": never(OWN_DECISION, "Remove it: the platform tracks objects by an annotation."),
  installationID: never(OWN_DECISION, "Remove it: each object's tracking annotation would change."),
  "cluster.inClusterEnabled": always("true", "Remove it: this Argo CD delivers to its own cluster."),
  "timeout.reconciliation": { expected: "a duration from 30s to 120s", fix: POLLING, keeps: within(30, 120) },
  "timeout.reconciliation.jitter": { expected: "a duration from 0s to 60s", fix: POLLING, keeps: within(0, 60) },
  "server.rbac.rollback.enforce.enable": always("true", "Remove it: a rollback would bypass Git."),
  "application.sync.requireOverridePrivilegeForRevisionSync": always(
    "true",
    "Remove it: the right to sync would cover revisions that nobody approved.",
  ),
  "application.sync.impersonation.enabled": always(
    "false",
    "Remove it: the platform's projects name no service accounts, so every sync would fail.",
  ),
  "exec.enabled": always("false", "Remove it: users could open shells in containers."),
  "extension.config": never("no entry", "Remove it: argocd-server would forward requests and their credentials."),
  globalProjects: never("no entry", "Remove it: it would widen what each project allows."),
  "helm.enable": always("true", "Remove it: dev and staging are rendered from charts."),
  "helm.valuesFileSchemes": always("", "Remove it: a values file at a URL is a second source of truth."),
  "kustomize.buildOptions": always("", "Remove it: gitops validate renders without options, as Argo CD must."),
  "resource.customizations": never(
    "no entry",
    "Write each customization as an entry of its own, such as resource.customizations.health.<group>_<kind>.",
  ),
  "resource.exclusions": {
    expected: "a YAML list of apiGroups and kinds that matches no kind that the platform delivers",
    fix: "Argo CD could neither create nor heal an object of an excluded kind.",
    keeps: excludesNoDeliveredKind,
  },
  "resource.inclusions": never("no entry", "Use resource.exclusions: an inclusion hides every other kind."),
  "resource.selectors": never("no entry", "Use resource.exclusions: a selector hides objects that Git declares."),
};

/** The promises about entries of argocd-cm whose last part is a kind or a name. */
const GENERAL_BY_PREFIX: Readonly<Record<string, EntryRule>> = {
  "accounts.": never("no local user", "Use single sign-on, or a token of a project's role: they expire."),
  "extension.config.": never("no entry", "Remove it: argocd-server would forward requests and their credentials."),
};

/** What Argo CD must not ignore, or it would neither heal nor report an edit. */
const IGNORED = ["ignoreDifferences", "ignoreResourceUpdates"].flatMap((what) =>
  ["all", ...TRACKED_KINDS.map(customizationName)].map((kind) => `resource.customizations.${what}.${kind}`),
);
const NOT_IGNORED = never(
  "no entry for this kind, which the platform delivers",
  "Remove the field from Git instead: an edit of an ignored field would be neither reverted nor reported.",
);
/** The program's own health checks. */
const OWN_HEALTH = ["apps_Deployment", "autoscaling_HorizontalPodAutoscaler"].map(
  (kind) => `resource.customizations.health.${kind}`,
);
const HEALTH = never("no entry: the program sets it", "Change it in components/argocd/health.ts.");

const ROLES = "Give groups their roles by argocd.access, and name the claim of the groups in argocd.oidc.";

/** The promises about entries of argocd-rbac-cm. */
const RBAC: Readonly<Record<string, EntryRule>> = {
  "policy.default": always("", "Remove it: every user would have that role."),
  "policy.csv": never("no entry: the program sets it", "Use policy.<name>.csv, which Argo CD adds to it."),
  scopes: never("no entry: the program sets it", ROLES),
  "policy.matchMode": always("glob", "Remove it: the program's own policies are globs."),
};

const POLICY_FILE: EntryRule = {
  expected: "lines of the form p, <subject>, <resource>, <action>, <object>, allow|deny or g, <subject>, <role>",
  fix: "Argo CD ignores every policy while one line is wrong. The resource exec is refused: no shells in containers.",
  keeps: (value) => value.split("\n").every(isPolicy),
};

const NOT_A_POLICY_FILE = never("an entry with a name of the form policy.<name>.csv", "Argo CD reads no other.");

/**
 * Checks entries of argocd-cm and argocd-rbac-cm: the version must read each, because Argo CD silently ignores all
 * others, and none may break a promise of the platform.
 * @param version A version in {@link KNOWN_ENTRIES}.
 */
export function checkEntries(
  version: string,
  entries: { readonly settings: Readonly<Record<string, string>>; readonly rbac: Readonly<Record<string, string>> },
): Problem[] {
  const known = KNOWN_ENTRIES[minorOf(version)];
  if (!known) throw new Error(`components/argocd/known-entries.ts has no entries of Argo CD ${version}.`);
  return [
    ...problemsOf("argocd.settings", entries.settings, known.general, generalRule),
    ...problemsOf("argocd.rbac", entries.rbac, known.rbac, rbacRule),
  ];
}

/** The part of a version that decides which entries are read: `3.6` of `3.6.1`. */
export function minorOf(version: string): string {
  return version.split(".", 2).join(".");
}

function problemsOf(
  setting: string,
  entries: Readonly<Record<string, string>>,
  known: KnownEntries,
  ruleOf: (name: string) => EntryRule | undefined,
): Problem[] {
  return Object.entries(entries).flatMap(([name, value]) => {
    const key = `${setting}["${name}"]`;
    if (!reads(known, name)) {
      const fix = suggest(name, known.names);
      return [{ key, got: show(value), expected: "an entry that this version of Argo CD reads", fix }];
    }
    const rule = ruleOf(name);
    if (!rule || rule.keeps(value)) return [];
    const { expected, fix } = rule;
    return [{ key, got: show(value), expected: expected === "" ? "an empty value" : expected, fix }];
  });
}

/** Whether a version reads an entry. */
export function reads({ names, prefixes }: KnownEntries, name: string): boolean {
  return names.includes(name) || prefixes.some((prefix) => name.startsWith(prefix) && name.length > prefix.length);
}

function generalRule(name: string): EntryRule | undefined {
  // A leading _ is the core group: https://argo-cd.readthedocs.io/en/stable/user-guide/diffing/
  if (IGNORED.includes(name.replace(/\._(?=[^_]+$)/, "."))) return NOT_IGNORED;
  if (OWN_HEALTH.includes(name)) return HEALTH;
  if (name.startsWith("kustomize.buildOptions.")) return GENERAL["kustomize.buildOptions"];
  const prefix = Object.keys(GENERAL_BY_PREFIX).find((each) => name.startsWith(each));
  return prefix === undefined ? GENERAL[name] : GENERAL_BY_PREFIX[prefix];
}

function rbacRule(name: string): EntryRule | undefined {
  return RBAC[name] ?? (name.endsWith(".csv") ? POLICY_FILE : NOT_A_POLICY_FILE);
}

function customizationName({ group, kind }: { readonly group: string; readonly kind: string }): string {
  return group === "" ? kind : `${group}_${kind}`;
}

const SECONDS: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1 };

/** Whether a duration as in Go, such as `1m30s`, is in a range of seconds. Zero would switch the polling off. */
function within(least: number, most: number): (duration: string) => boolean {
  return (duration) => {
    if (!/^(\d+[hms])+$/.test(duration)) return false;
    const parts = [...duration.matchAll(/(\d+)([hms])/g)];
    const seconds = parts.reduce((sum, [, count, unit = "s"]) => sum + Number(count) * (SECONDS[unit] ?? 1), 0);
    return seconds >= least && seconds <= most;
  };
}

/** Reads the value as Argo CD does: without groups or kinds, an exclusion applies to all of them. */
function excludesNoDeliveredKind(text: string): boolean {
  let exclusions: unknown;
  try {
    exclusions = parse(text);
  } catch {
    return false;
  }
  if (!Array.isArray(exclusions)) return false;
  return exclusions.every((each: { apiGroups?: unknown; kinds?: unknown } | null) => {
    const { apiGroups: groups = [], kinds = [] } = each ?? {};
    if (!isListOfText(groups) || !isListOfText(kinds)) return false;
    return !TRACKED_KINDS.some(
      ({ group, kind }) =>
        (groups.length === 0 || groups.some((pattern) => mayMatch(pattern, group))) &&
        (kinds.length === 0 || kinds.includes("*") || kinds.includes(kind)),
    );
  });
}

/** Whether a pattern of Argo CD may match a group. Only `*` is interpreted; any other special character may match. */
function mayMatch(pattern: string, group: string): boolean {
  if (/[?[\]{}\\!]/.test(pattern)) return true;
  const parts = pattern.split("*").map((part) => part.replace(/[.+^$()|]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`).test(group);
}

function isListOfText(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

/** https://argo-cd.readthedocs.io/en/stable/operator-manual/rbac/#rbac-model-structure */
function isPolicy(line: string): boolean {
  const [kind, ...fields] = line.split(",").map((field) => field.trim());
  if (line.trim() === "" || line.trim().startsWith("#")) return true;
  if (fields.includes("")) return false;
  if (kind === "g") return fields.length === 2;
  const [, resource, , , effect] = fields;
  return kind === "p" && fields.length === 5 && resource !== "exec" && (effect === "allow" || effect === "deny");
}
