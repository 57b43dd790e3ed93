import type { Stage } from "@gitops-platform/contract/environment-graph";

/** Whether a change in the GitOps repository is deployed automatically, or only after a person's action. */
export type Sync = "auto" | "manual";

/** What happens to a live edit of a field that Git declares: `heal` reverts it, `alert` only reports it. */
export type Drift = "heal" | "alert";

/**
 * An environment's delivery policy. Its two settings are independent, although Argo CD heals only with automated sync
 * (https://github.com/argoproj/argo-cd/issues/4414): with `manual` and `heal`, Argo CD automatically syncs an approval
 * branch, which only approved pull requests move.
 */
export interface DeliveryPolicy {
  readonly sync: Sync;
  readonly drift: Drift;
}

/**
 * What the API server does with an edit that bypasses Git: `deny` refuses it, `warn` permits it with a warning. `off`
 * installs no guard.
 */
export const GUARD_MODES = ["deny", "warn", "off"] as const;
export type GuardMode = (typeof GUARD_MODES)[number];

/**
 * The default group that the guard exempts in an emergency. It has no members: a person joins it by impersonation, or
 * through the cluster's single sign-on.
 */
export const BREAK_GLASS_GROUP = "gitops-platform:break-glass";

/** A Pod Security level: https://kubernetes.io/docs/concepts/security/pod-security-standards/. */
export type PodSecurity = "baseline" | "restricted";

/**
 * The quota for the total of one namespace's pods, in Kubernetes quantities. It has no limits.cpu: that would require a
 * CPU limit of each pod, and pods share scarce CPU by their requests.
 */
export interface Quota {
  readonly pods: string;
  readonly "requests.cpu": string;
  readonly "requests.memory": string;
  readonly "limits.memory": string;
}

/** Everything that distinguishes an environment, except its cluster's kubeconfig and context. */
export interface Environment {
  /** The name of the environment and of its Pulumi stack. */
  readonly name: string;
  /** Its purpose. The policy pack's defaults depend on it. */
  readonly stage: Stage;
  /** The environment whose versions are promoted into this one. Undefined: CI bumps new versions into it. */
  readonly promotesFrom?: string;
  /** How changes are deployed, and what happens to live edits. The stack's `delivery` overrides it. */
  readonly delivery: DeliveryPolicy;
  /** What the API server does with edits that bypass Git. The stack's `guard.mode` overrides it. */
  readonly guard: GuardMode;
  /** Whether Argo CD deletes an object that was removed from Git. */
  readonly prune: boolean;
  /** Whether deleting an Application deletes its workload too (Argo CD's resources finalizer). */
  readonly cascade: boolean;
  /** Whether the services' namespaces, and with them the workloads, outlive the stack. */
  readonly retain: boolean;
  /** Whether Pulumi refuses to delete the environment's essential resources. The stack's `protect` overrides it. */
  readonly protect: boolean;
  /** Whether Argo CD is replicated, on at least three nodes. The stack's `argocd.highAvailability` overrides it. */
  readonly highAvailability: boolean;
  /** Whether this stack owns the GitOps repository. Exactly one stack must. `repository.manage` overrides it. */
  readonly manageRepository: boolean;
  /** The Pod Security level that the services' namespaces enforce. */
  readonly podSecurity: PodSecurity;
  /** The quota of each service's namespace. */
  readonly quota: Quota;
  /**
   * Groups of the identity provider that may sync in Argo CD, with `manual` and `alert`, where a sync is the approval.
   * Empty: only tokens that an administrator creates for the project's role may sync.
   */
  readonly operators: readonly string[];
}
