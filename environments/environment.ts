/** How a change of the GitOps repository reaches the cluster: by itself, or by an act of a person. */
export type Sync = "auto" | "manual";

/** What happens to a live edit of a field that Git declares: it is reverted, or somebody is told. */
export type Drift = "heal" | "alert";

/**
 * The two switches of an environment. They are independent, although Argo CD ties healing to automated sync
 * (https://github.com/argoproj/argo-cd/issues/4414): manual and heal together follow a branch that only approvals move.
 */
export interface Delivery {
  readonly sync: Sync;
  readonly drift: Drift;
}

/**
 * What the API server does with an edit that no change in Git made: refuse it, let it in with a warning, or nothing.
 * `off` makes no guard at all.
 */
export const GUARD_MODES = ["deny", "warn", "off"] as const;
export type GuardMode = (typeof GUARD_MODES)[number];

/**
 * The group that the guard lets past in an emergency, by default. Nobody is in it: a person enters it by impersonation,
 * or by the cluster's single sign-on.
 */
export const BREAK_GLASS_GROUP = "gitops-platform:break-glass";

/** A Pod Security level: https://kubernetes.io/docs/concepts/security/pod-security-standards/. */
export type PodSecurity = "baseline" | "restricted";

/**
 * The sum that the pods of one namespace may ask for, in Kubernetes quantities. Not limits.cpu: that would make each pod
 * say a CPU limit, and CPU that is short is shared by the requests.
 */
export interface Quota {
  readonly pods: string;
  readonly "requests.cpu": string;
  readonly "requests.memory": string;
  readonly "limits.memory": string;
}

/** All that distinguishes an environment, apart from where its cluster is. */
export interface Environment {
  /** The environment's name, which is also the Pulumi stack's. */
  readonly name: string;
  /** Who moves the cluster, and what a live edit leads to. The stack's `delivery` overrides it. */
  readonly delivery: Delivery;
  /** What the API server does with edits past Git. The stack's `guard.mode` overrides it. */
  readonly guard: GuardMode;
  /** Whether Argo CD deletes an object that left Git. */
  readonly prune: boolean;
  /** Whether deleting an Application deletes its workload too (Argo CD's resources finalizer). */
  readonly cascade: boolean;
  /** Whether the services' namespaces, and with them the workloads, outlive the stack. */
  readonly retain: boolean;
  /** Whether Pulumi refuses to delete what the environment cannot do without. The stack's `protect` overrides it. */
  readonly protect: boolean;
  /** Whether Argo CD runs replicated, on three nodes or more. The stack's `argocd.highAvailability` overrides it. */
  readonly highAvailability: boolean;
  /** Whether this stack owns the GitOps repository. The stack's `repository.manage` overrides it; one stack owns it. */
  readonly manageRepository: boolean;
  /** The level that the services' namespaces enforce. */
  readonly podSecurity: PodSecurity;
  /** The quota of each service's namespace. */
  readonly quota: Quota;
  /**
   * Groups of the identity provider that may sync in Argo CD, where that is how changes get in (manual and alert).
   * Empty: only tokens that an administrator makes for the project's role may.
   */
  readonly operators: readonly string[];
}
