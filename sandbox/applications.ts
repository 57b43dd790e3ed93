import { KubernetesClient, type KubernetesObject } from "../clients/kubernetes";
import type { EnvironmentName, SandboxPaths } from "./paths";
import { until } from "./until";

/** The part of an Argo CD Application's status that says how it is. */
interface ApplicationStatus {
  sync?: { status?: string; revision?: string };
  health?: { status?: string };
  conditions?: { type: string; message: string }[];
}

/** How an Application is, in a few words: `Synced, Healthy`, or what keeps it from that. */
export function describeApplication(application: KubernetesObject): string {
  const { sync, health, conditions = [] } = (application.status ?? {}) as ApplicationStatus;
  const errors = conditions.filter(({ type }) => type.endsWith("Error")).map(({ message }) => `: ${message}`);
  return `${sync?.status ?? "Unknown"}, ${health?.status ?? "Unknown"}${errors[0] ?? ""}`;
}

/**
 * Waits until every Application of an environment is Synced and Healthy.
 * @param onWait told what is still missing, one `; ` between two
 * @param pace how long until it gives up, default three minutes, and between two looks
 * @returns how many there are
 * @throws NotReached when it gives up, with the state of each that is not there yet
 */
export function applicationsHealthy(
  paths: SandboxPaths,
  environment: EnvironmentName,
  onWait?: (waitingFor: string) => void,
  pace: { timeoutSeconds?: number; everyMilliseconds?: number } = {},
): Promise<number> {
  const client = KubernetesClient.fromKubeconfig(paths.environments[environment].kubeconfig, environment);
  return until<number>(
    `Applications of ${environment} Synced and Healthy`,
    async () => {
      const applications = await client.list("argoproj.io/v1alpha1", "Application", { namespace: "argocd" });
      if (applications.length === 0) return { waitingFor: "there is no Application yet" };
      const missing = applications
        .filter((application) => describeApplication(application) !== "Synced, Healthy")
        .map((application) => `${application.metadata.name} is ${describeApplication(application)}`);
      return missing.length === 0 ? { done: applications.length } : { waitingFor: missing.join("; ") };
    },
    { timeoutSeconds: 180, ...pace, ...(onWait ? { onWait } : {}) },
  );
}
