import { type KubernetesClient, type KubernetesObject } from "@gitops-platform/clients/kubernetes";
import { ARGOCD_NAMESPACE } from "@gitops-platform/components/argocd/installation";
import { describeError } from "../errors";
import type { Running } from "./model";
import type { ReadLiveState } from "./status";

/** The parts of an Application that are read. If it has `sources`, Argo CD ignores `source`. */
interface ApplicationSpec {
  source?: { targetRevision?: string };
  sources?: { targetRevision?: string }[];
}

interface ApplicationStatus {
  sync?: { status?: string; revision?: string };
  health?: { status?: string };
  summary?: { images?: string[] };
  operationState?: {
    phase?: string;
    syncResult?: { revision?: string };
    operation?: { sync?: { autoHealAttemptsCount?: number } };
  };
}

/** Reads the live state from a cluster's Applications, which are listed once for all services. */
export function readCluster(client: Pick<KubernetesClient, "list">): ReadLiveState {
  const listing = client.list("argoproj.io/v1alpha1", "Application", { namespace: ARGOCD_NAMESPACE }).then(
    (found) => ({ found }),
    (error: unknown) => ({ reason: describeError(error) }),
  );
  return async (service) => {
    const result = await listing;
    if ("reason" in result) return { state: "out of reach", reason: result.reason };
    const application = result.found.find(({ metadata }) => metadata.name === service);
    return application ? { state: "known", value: runningOf(application, service) } : { state: "nothing known" };
  };
}

/** The live state of a service, from its Application. */
export function runningOf(application: KubernetesObject, service: string): Running {
  const { sync, health, summary, operationState } = (application.status ?? {}) as ApplicationStatus;
  const { source, sources = [] } = ((application as { spec?: unknown }).spec ?? {}) as ApplicationSpec;
  const commit = operationState?.syncResult?.revision ?? null;
  const heals = (operationState?.operation?.sync?.autoHealAttemptsCount ?? 0) > 0;
  // While a commit is applied, the cluster differs from it, too. During a heal, the difference is drift.
  const applies = operationState?.phase === "Running" && !heals;
  return {
    source: "cluster",
    ...imageOfService(summary?.images ?? [], service),
    commit,
    compared: sync?.revision ?? null,
    // Argo CD's default is HEAD.
    follows: (sources.length > 0 ? sources : [source]).map((each) => each?.targetRevision ?? "HEAD"),
    health: health?.status ?? "Unknown",
    sync: sync?.status ?? "Unknown",
    // Compared with a commit that is not applied yet, a difference is no drift.
    drift: sync?.status === "OutOfSync" && sync.revision !== undefined && sync.revision === commit && !applies,
    at: null,
  };
}

/**
 * The service's image: the only one, or the one with the service's name (the others are sidecars). Finished pods of
 * cron jobs and jobs have the image of their time, so among several versions it is not known which one serves.
 */
function imageOfService(images: readonly string[], service: string): Pick<Running, "image" | "repository"> {
  const named = images.map((image) => /^((?:.*\/)?([^/:@]+))(?::([^@]+))?(@.+)?$/.exec(image));
  const own = named.length === 1 ? named : named.filter((parts) => parts?.[2] === service);
  const [, repository = null, , tag = "", digest = ""] = own[0] ?? [];
  if (own.length > 1 && own.every((parts) => parts?.[1] === repository)) return { image: null, repository };
  return { image: `${tag}${digest}` === "" ? null : `${tag}${digest}`, repository };
}
