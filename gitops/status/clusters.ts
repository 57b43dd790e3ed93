import { type KubernetesClient, type KubernetesObject } from "../../clients/kubernetes";
import { ARGOCD_NAMESPACE } from "../../components/argocd/installation";
import { describeError } from "../errors";
import type { Running } from "./model";
import type { ReadRunning } from "./status";

/** What is read of Argo CD's Applications: where there are `sources`, Argo CD does not read `source`. */
interface ApplicationSpec {
  source?: { targetRevision?: string };
  sources?: { targetRevision?: string }[];
}

/** The same of their status. */
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

/** Reads a cluster's Applications, once for all services. */
export function readCluster(client: Pick<KubernetesClient, "list">): ReadRunning {
  const asked = client.list("argoproj.io/v1alpha1", "Application", { namespace: ARGOCD_NAMESPACE }).then(
    (found) => ({ found }),
    (error: unknown) => ({ reason: describeError(error) }),
  );
  return async (service) => {
    const answer = await asked;
    if ("reason" in answer) return { state: "out of reach", reason: answer.reason };
    const application = answer.found.find(({ metadata }) => metadata.name === service);
    return application ? { state: "known", value: runningOf(application, service) } : { state: "nothing known" };
  };
}

/** What an Application says about its service. */
export function runningOf(application: KubernetesObject, service: string): Running {
  const { sync, health, summary, operationState } = (application.status ?? {}) as ApplicationStatus;
  const { source, sources = [] } = ((application as { spec?: unknown }).spec ?? {}) as ApplicationSpec;
  const commit = operationState?.syncResult?.revision ?? null;
  const heals = (operationState?.operation?.sync?.autoHealAttemptsCount ?? 0) > 0;
  // While a commit is applied, the cluster differs from it, too: only what a heal is at work on is drift then.
  const applies = operationState?.phase === "Running" && !heals;
  return {
    source: "cluster",
    ...imageOfService(summary?.images ?? [], service),
    commit,
    compared: sync?.revision ?? null,
    // HEAD is what Argo CD takes where nothing is said.
    follows: (sources.length > 0 ? sources : [source]).map((each) => each?.targetRevision ?? "HEAD"),
    health: health?.status ?? "Unknown",
    sync: sync?.status ?? "Unknown",
    // At another commit than the applied one the difference may be a change that is still to be applied.
    drift: sync?.status === "OutOfSync" && sync.revision !== undefined && sync.revision === commit && !applies,
    at: null,
  };
}

/** Of several images, beside sidecars', the one that is called as the service. */
function imageOfService(images: readonly string[], service: string): Pick<Running, "image" | "repository"> {
  const named = images.map((image) => /^((?:.*\/)?([^/:@]+))(?::([^@]+))?(@.+)?$/.exec(image));
  const found = named.length === 1 ? named[0] : named.find((parts) => parts?.[2] === service);
  const [, repository = null, , tag = "", digest = ""] = found ?? [];
  return { image: `${tag}${digest}` === "" ? null : `${tag}${digest}`, repository };
}
