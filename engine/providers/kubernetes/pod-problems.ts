import type { KubernetesClient, KubernetesObject } from "../../../clients/kubernetes";

interface Pod {
  status?: {
    phase?: string;
    conditions?: { type: string; status: string; reason?: string; message?: string }[];
    containerStatuses?: ContainerStatus[];
    initContainerStatuses?: ContainerStatus[];
  };
}

interface ContainerStatus {
  name: string;
  state?: { waiting?: { reason?: string; message?: string }; terminated?: { reason?: string; exitCode?: number } };
}

/** Maximum number of pods in a message. */
const MAX_PODS = 5;

/** Why the pods of a workload are not available, one phrase per pod; empty if no reason is known. */
export async function podProblems(client: KubernetesClient, workload: KubernetesObject): Promise<string[]> {
  const spec = workload.spec as { selector?: { matchLabels?: Record<string, string> } } | undefined;
  const labels = Object.entries(spec?.selector?.matchLabels ?? {});
  if (labels.length === 0) return [];
  const labelSelector = labels.map(([key, value]) => `${key}=${value}`).join(",");
  const pods = await client.list("v1", "Pod", { namespace: workload.metadata.namespace, labelSelector });
  if (pods.length === 0) return ["it has no pods"];
  return pods.flatMap((pod) => problem(pod) ?? []).slice(0, MAX_PODS);
}

function problem(pod: KubernetesObject & Pod): string | undefined {
  const { conditions = [], containerStatuses = [], initContainerStatuses = [], phase } = pod.status ?? {};
  if (conditions.some((each) => each.type === "Ready" && each.status === "True")) return undefined;
  for (const { name, state } of [...initContainerStatuses, ...containerStatuses]) {
    const halt = state?.waiting ?? (state?.terminated?.exitCode === 0 ? undefined : state?.terminated);
    if (halt?.reason) return `pod ${pod.metadata.name}: container ${name}: ${halt.reason}`;
  }
  const unmet = conditions.find((each) => each.status !== "True" && each.message);
  return `pod ${pod.metadata.name}: ${unmet?.message ?? `phase ${phase ?? "unknown"}`}`;
}
