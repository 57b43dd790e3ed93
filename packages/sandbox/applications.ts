import { KubernetesClient, type KubernetesObject } from "@gitops-platform/clients/kubernetes";
import type { EnvironmentName, SandboxPaths } from "./paths";
import { until } from "@gitops-platform/clients/until";

/** The fields of an Argo CD Application's status that this file reads. */
interface ApplicationStatus {
  sync?: { status?: string; revision?: string };
  health?: { status?: string };
  conditions?: { type: string; message: string }[];
}

/** A short description of an Application's state: `Synced, Healthy`, or its sync status, health and first error. */
export function describeApplication(application: KubernetesObject): string {
  const { sync, health, conditions = [] } = (application.status ?? {}) as ApplicationStatus;
  const errors = conditions.filter(({ type }) => type.endsWith("Error")).map(({ message }) => `: ${message}`);
  return `${sync?.status ?? "Unknown"}, ${health?.status ?? "Unknown"}${errors[0] ?? ""}`;
}

/**
 * Waits until every Application of an environment is Synced and Healthy.
 * @param onWait called with what is still missing, joined with `; `
 * @param pace the timeout (default: three minutes) and the polling interval
 * @returns the number of Applications
 * @throws NotReached after the timeout, with the state of each Application that is not ready
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
