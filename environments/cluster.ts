import type { Environment, GuardMode } from "./environment";
import type { KubeconfigSource } from "./kubeconfig";
import type { GuardExemptions } from "./settings/guard";
import { show, type Problem } from "@gitops-platform/contract/problems";

/** The kinds of monitoring.coreos.com/v1 that `argocd.monitoring` creates. */
export const MONITORING_KINDS = ["ServiceMonitor", "PrometheusRule"];

/** Facts about a cluster and the kubeconfig's user. */
export interface ClusterFacts {
  /** Whether the cluster serves ValidatingAdmissionPolicy in admissionregistration.k8s.io/v1. */
  readonly servesPolicies: boolean;
  /** The cluster's version, such as `v1.34.1`. */
  readonly version: string;
  /** The oldest version that is supported, such as `1.34`. */
  readonly oldest: string;
  /** The name under which the API server knows the kubeconfig's user. */
  readonly user: string;
  readonly groups: readonly string[];
  /**
   * Why the guard refuses this user's change of Argo CD's namespace. Unset: no refusal, or Argo CD is not installed.
   */
  readonly refusal?: string;
  /** The version of Argo CD that runs in the cluster. Unset: none, or it cannot be read. */
  readonly argocd?: string;
  /** Unset: the cluster has none yet, or this user may not list them. */
  readonly nodes?: readonly NodeFacts[];
  /** Those of {@link MONITORING_KINDS} that it serves. Unset: none. */
  readonly monitoringKinds?: readonly string[];
  /** The names of its namespaces. Unset: this user may not list them. */
  readonly namespaces?: readonly string[];
  /** The services' Applications; none if Argo CD is not installed. Unset: this user may not list them. */
  readonly applications?: readonly DeliveredService[];
}

/** A service's Application in a cluster. */
export interface DeliveredService {
  readonly service: string;
  /** Where it delivers the service. */
  readonly namespace: string;
  /** Whether the catalogue made it or took it over. If not, a stack of an earlier version made it. */
  readonly isCatalogues: boolean;
}

/** Facts about a node that decide whether pods can run there. */
export interface NodeFacts {
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly { readonly key: string; readonly value?: string; readonly effect: string }[];
  readonly unschedulable: boolean;
}

/** Reads the facts about a context's cluster. Undefined if it cannot be reached directly, or refuses this user. */
export type ReadClusterFacts = (kubeconfig: KubeconfigSource, context: string) => Promise<ClusterFacts | undefined>;

/**
 * Finds what is wrong with a cluster: it is too old, or the guard would not work on it. Without this check the guard's
 * problems would appear in the middle of an `up`, or in the next one, which the guard would refuse.
 */
export function checkCluster(
  facts: ClusterFacts,
  environment: Pick<Environment, "guard">,
  exemptions: GuardExemptions,
): Problem[] {
  const { version, oldest } = facts;
  // The upgrade also brings what an older cluster lacks: one problem is enough.
  return isOlder(version, oldest) ? [tooOld(version, oldest)] : checkGuard(facts, environment, exemptions);
}

/** Whether a version is older than another, by major and minor version. */
export function isOlder(version: string, than: string): boolean {
  const numbers = (text: string) => /(\d+)\.(\d+)/.exec(text)?.slice(1).map(Number);
  const [major, minor] = numbers(version) ?? [];
  const [oldestMajor, oldestMinor] = numbers(than) ?? [];
  // A version in another form cannot be compared, and is not refused.
  if (major === undefined || minor === undefined || oldestMajor === undefined || oldestMinor === undefined)
    return false;
  return major === oldestMajor ? minor < oldestMinor : major < oldestMajor;
}

function tooOld(version: string, oldest: string): Problem {
  return {
    key: "context",
    got: `a cluster of Kubernetes ${version}`,
    expected: `Kubernetes ${oldest} or newer, on which this Argo CD is tested`,
    fix: "Upgrade the cluster, or name the context of another one.",
  };
}

function checkGuard(
  { servesPolicies, version, user, groups, refusal }: ClusterFacts,
  { guard }: Pick<Environment, "guard">,
  { platform, breakGlass }: GuardExemptions,
): Problem[] {
  if (refusal !== undefined) return [refusedNow(user, groups, refusal)];
  if (guard === "off") return [];
  if (!servesPolicies) return [withoutPolicies(guard, version)];
  const isPlatform = platform.some((each) => ("user" in each ? each.user === user : groups.includes(each.group)));
  if (guard === "warn" || isPlatform || groups.includes(breakGlass)) return [];
  return [
    {
      key: "guard.platform",
      got: show(platform.map((each) => ("user" in each ? each.user : each.group))),
      expected: `an entry for this kubeconfig's user, who is ${show(user)} in ${groups.join(", ") || "no group"}`,
      fix: "Add the user or one of the groups: otherwise the guard would refuse the next pulumi up.",
    },
  ];
}

/** The guard from the last `up` stays active until this one has updated it, and other objects may be changed before. */
function refusedNow(user: string, groups: readonly string[], refusal: string): Problem {
  return {
    key: "guard.platform",
    got: `this kubeconfig's user, who is ${show(user)} in ${groups.join(", ") || "no group"}: ${refusal}`,
    expected: "a user whom the guard in the cluster permits to change the platform's objects",
    fix: "Run this pulumi up as a user in the last applied guard.platform, or as a member of the break-glass group.",
  };
}

function withoutPolicies(guard: GuardMode, version: string): Problem {
  return {
    key: "guard.mode",
    got: `${show(guard)} on a cluster of Kubernetes ${version}`,
    expected: "a cluster that serves ValidatingAdmissionPolicy (admissionregistration.k8s.io/v1)",
    fix:
      'Enable that API and its admission plug-in, or set guard.mode to "off". With "off" nothing is refused: ' +
      "Argo CD reverts edits of fields that Git declares, but all other fields, new objects and the platform's " +
      "own objects can be changed.",
  };
}
