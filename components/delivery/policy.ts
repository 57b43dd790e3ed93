import type { ISyncPolicy } from "@kubernetes-models/argo-cd/argoproj.io/v1alpha1/SyncPolicy";
import type { IRetryStrategy } from "@kubernetes-models/argo-cd/argoproj.io/v1alpha1/RetryStrategy";
import type { Environment } from "../../environments/environment";

/**
 * Whether Argo CD syncs by itself: without that it never heals either
 * (https://github.com/argoproj/argo-cd/issues/4414).
 */
function isAutomated({ delivery }: Environment): boolean {
  return delivery.sync === "auto" || delivery.drift === "heal";
}

/** Whether people sync in Argo CD, and so need a role that may. */
export function isSyncedByHand(environment: Environment): boolean {
  return !isAutomated(environment);
}

// Argo CD heals only while the last sync succeeded, so an automated sync is never given up; each retry takes the newest
// commit, so that the one that mends it is not held up by the one that broke it.
const WITHOUT_END: IRetryStrategy = {
  limit: -1,
  refresh: true,
  backoff: { duration: "5s", factor: 2, maxDuration: "3m" },
};

/** The sync policy of an environment's Applications, by its two switches. */
export function syncPolicy(environment: Environment): ISyncPolicy {
  return {
    ...(isAutomated(environment) && {
      automated: { prune: environment.prune, selfHeal: environment.delivery.drift === "heal" },
      retry: WITHOUT_END,
    }),
    syncOptions: [
      // The cluster then records which field Argo CD owns, and no object is too large for an annotation.
      "ServerSideApply=true",
      // Two services that declare one object would overwrite each other for ever.
      "FailOnSharedResource=true",
    ],
  };
}
