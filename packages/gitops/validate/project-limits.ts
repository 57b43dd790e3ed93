import { groupOf } from "@gitops-platform/clients/kubernetes/object";
import { declarationPath } from "@gitops-platform/contract/catalogue";
import { DEFAULT_PROFILE, type Kind, kindsOf, PROFILES } from "@gitops-platform/environments/profiles";
import { kindProblems } from "./kind-limits";
import type { RenderedObject } from "./objects";

/**
 * Finds what the service's AppProject would refuse in an object, which would stop the whole sync, and what would keep
 * Argo CD from comparing, healing or removing the object. Each result has the form `key: got value; expected rule.`
 */
export function limitProblems(object: RenderedObject, service: string, limits: Limits = {}): string[] {
  const { namespace = service, profile = DEFAULT_PROFILE } = limits;
  const { kind = "", metadata = {} } = object;
  return [
    ...refusedKind(object, service, profile),
    ...(metadata.namespace === undefined || metadata.namespace === namespace
      ? []
      : [`metadata.namespace: got ${JSON.stringify(metadata.namespace)}; expected the service's own.`]),
    ...(metadata.generateName === undefined
      ? []
      : ["metadata.generateName: got a name; expected none: each sync would make another object."]),
    ...(metadata.ownerReferences === undefined
      ? []
      : ["metadata.ownerReferences: got an owner; expected none: Argo CD would not manage the object."]),
    ...keyProblems("annotations", withoutJobHook(kind, metadata.annotations)),
    ...keyProblems("labels", metadata.labels),
    ...instanceProblems(metadata.labels, service),
    ...kindProblems(object, service, namespace),
  ];
}

/** What an object is judged for. */
interface Limits {
  /** The namespace that it is rendered for. Default: the service's name. */
  readonly namespace?: string | undefined;
  /** The service's profile. Default: that of the service chart. */
  readonly profile?: string | undefined;
}

/** A kind that the service's profile does not have, with the profile that has it or the list's owner. */
function refusedKind({ apiVersion = "", kind = "" }: RenderedObject, service: string, profile: string): string[] {
  const group = groupOf(apiVersion);
  const isIn = (kinds: readonly Kind[]) => kinds.some((each) => each.group === group && each.kind === kind);
  const own = kindsOf(profile);
  if (isIn(own)) return [];
  const others = PROFILES.filter(({ kinds }) => isIn(kinds));
  const way =
    others.length === 0
      ? "No profile has it; the platform team owns the list, environments/profiles.ts of the platform."
      : `The profile ${others.map(({ name }) => name).join(" or ")} has it, for ${others[0]?.purpose ?? ""}: ` +
        `${declarationPath(service)} would say profile: ${others[0]?.name ?? ""}, which the platform team approves.`;
  const expected = `a kind of the profile ${profile}, ${own.map((each) => each.kind).join(", ")}`;
  return [`kind: got ${JSON.stringify(`${apiVersion} ${kind}`)}; expected ${expected}. ${way}`];
}

/** Keys by which Argo CD or Helm treats an object differently. Only the order of a sync is harmless. */
const SWITCHES = /^(argocd\.argoproj\.io|helm\.sh)\/(?!sync-wave$|chart$)/;

/** The chart sets it to false, so that Argo CD reverts an edit to true, which would hide that an object is Degraded. */
const DECLARED_OFF = "argocd.argoproj.io/ignore-healthcheck";

/**
 * The chart's jobs are hooks, so that Argo CD runs them again in each sync. They run before the workloads of the same
 * sync and leave nothing that a heal would have to restore. Hooks of other kinds and times are refused.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/sync-waves/
 */
const JOB_HOOK: Readonly<Record<string, string>> = {
  "argocd.argoproj.io/hook": "Sync",
  "argocd.argoproj.io/hook-delete-policy": "BeforeHookCreation",
};

function withoutJobHook(
  kind: string,
  annotations: Readonly<Record<string, unknown>> | null = {},
): Readonly<Record<string, unknown>> {
  const entries = Object.entries(annotations ?? {});
  return Object.fromEntries(entries.filter(([key, value]) => kind !== "Job" || JOB_HOOK[key] !== value));
}

function keyProblems(where: "annotations" | "labels", map: Readonly<Record<string, unknown>> | null = {}): string[] {
  return Object.entries(map ?? {})
    .filter(([key, value]) => SWITCHES.test(key) && !(key === DECLARED_OFF && value === "false"))
    .map(
      ([key]) => `metadata.${where}["${key}"]: got a value; expected none: Argo CD compares, heals and removes all.`,
    );
}

function instanceProblems(labels: Readonly<Record<string, unknown>> | null = {}, service: string): string[] {
  const instance = labels?.[INSTANCE] ?? service;
  if (instance === service) return [];
  return [`metadata.labels["${INSTANCE}"]: got ${JSON.stringify(instance)}; expected the service's name.`];
}

const INSTANCE = "app.kubernetes.io/instance";
