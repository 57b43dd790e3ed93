import type { ISyncPolicy } from "@kubernetes-models/argo-cd/argoproj.io/v1alpha1/SyncPolicy";
import type { IRetryStrategy } from "@kubernetes-models/argo-cd/argoproj.io/v1alpha1/RetryStrategy";
import type { Environment } from "@gitops-platform/environments/environment";
import type { Target } from "./target";

/**
 * Whether Argo CD syncs automatically. `drift: heal` needs that: Argo CD heals only what it syncs automatically
 * (https://github.com/argoproj/argo-cd/issues/4414).
 */
export function isAutomated({ delivery }: Pick<Environment, "delivery">): boolean {
  return delivery.sync === "auto" || delivery.drift === "heal";
}

/** Whether people sync in Argo CD, and therefore need a role that permits it. */
export function isSyncedByHand(environment: Pick<Environment, "delivery">): boolean {
  return !isAutomated(environment);
}

// Argo CD heals only after a successful sync, so retries are unlimited. Each retry uses the newest commit, so that a
// broken commit does not block its fix.
const UNLIMITED_RETRIES: IRetryStrategy = {
  limit: -1,
  refresh: true,
  backoff: { duration: "5s", factor: 2, maxDuration: "3m" },
};

/** The sync policy of a service's Application, derived from `sync` and `drift`. */
export function syncPolicy({ environment, retired = false }: Pick<Target, "environment" | "retired">): ISyncPolicy {
  return {
    ...(isAutomated(environment) && {
      automated: {
        prune: environment.prune,
        selfHeal: environment.delivery.drift === "heal",
        // Otherwise Argo CD refuses to delete the last object of an Application.
        ...(retired && { allowEmpty: true }),
      },
      retry: UNLIMITED_RETRIES,
    }),
    syncOptions: [
      // The cluster records which fields Argo CD owns, and large objects do not exceed the limit of an annotation.
      "ServerSideApply=true",
      // Otherwise two services that declare the same object would overwrite each other endlessly.
      "FailOnSharedResource=true",
    ],
  };
}
