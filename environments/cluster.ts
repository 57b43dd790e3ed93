import type { Environment, GuardMode } from "./environment";
import type { GuardExemptions } from "./guard";
import { show, type Problem } from "./problems";

/** What a cluster says about itself and about whoever asks. */
export interface ClusterFacts {
  /** Whether it serves ValidatingAdmissionPolicy as admissionregistration.k8s.io/v1. */
  readonly servesPolicies: boolean;
  /** Its version, such as `v1.34.1`. */
  readonly version: string;
  /** The oldest version that is supported, such as `1.34`. */
  readonly oldest: string;
  /** Who the API server takes the kubeconfig's user for. */
  readonly user: string;
  readonly groups: readonly string[];
  /** Why it refuses this user a change of Argo CD's namespace. Unset: it does not, or Argo CD is not installed. */
  readonly refusal?: string;
}

/**
 * Asks the cluster of a context. Undefined where it cannot be asked: a proxy is in between, or it does not answer this
 * user.
 */
export type AskCluster = (kubeconfig: string, context: string) => Promise<ClusterFacts | undefined>;

/**
 * What is wrong with a cluster: it is too old, or the guard would not work there. Without this check the guard's
 * problem would show in the middle of an `up`, or in the next one, which the guard would then refuse.
 */
export function checkCluster(
  facts: ClusterFacts,
  environment: Pick<Environment, "guard">,
  exemptions: GuardExemptions,
): Problem[] {
  const { version, oldest } = facts;
  // What an older one lacks needs no second line: the upgrade brings it.
  return isOlder(version, oldest) ? [tooOld(version, oldest)] : checkGuard(facts, environment, exemptions);
}

/** Whether a version comes before another, by its first two numbers. */
export function isOlder(version: string, than: string): boolean {
  const numbers = (text: string) => (/\d+\.\d+/.exec(text)?.[0] ?? "").split(".").map(Number);
  const [major = 0, minor = 0] = numbers(version);
  const [wantedMajor = 0, wantedMinor = 0] = numbers(than);
  return major === wantedMajor ? minor < wantedMinor : major < wantedMajor;
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
      expected: `a user or group of this kubeconfig's user, who is ${show(user)} in ${groups.join(", ") || "no group"}`,
      fix: "Add it: the guard would refuse the next pulumi up.",
    },
  ];
}

/** The guard of the last `up` stands until this one has changed it, and other objects may come first. */
function refusedNow(user: string, groups: readonly string[], refusal: string): Problem {
  return {
    key: "guard.platform",
    got: `this kubeconfig's user, who is ${show(user)} in ${groups.join(", ") || "no group"}: ${refusal}`,
    expected: "a user whom the guard lets change the platform's objects as it is in the cluster now",
    fix: "Let somebody whom the last applied guard.platform names, or the break-glass group, run this pulumi up.",
  };
}

function withoutPolicies(guard: GuardMode, version: string): Problem {
  return {
    key: "guard.mode",
    got: `${show(guard)} on a cluster of Kubernetes ${version}`,
    expected: "a cluster that serves ValidatingAdmissionPolicy (admissionregistration.k8s.io/v1)",
    fix:
      'Turn that API and its admission plug-in on, or set guard.mode to "off". Then nothing is refused: Argo CD reverts edits of fields that Git declares, ' +
      "and all other fields, new objects and the platform's own objects can be changed.",
  };
}
