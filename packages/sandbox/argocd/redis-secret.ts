import { randomInt } from "node:crypto";
import type { KubernetesClient } from "@gitops-platform/clients/kubernetes";
import type { Workload } from "./workload";

/** The Secret and key with Argo CD's Redis password (Argo CD 3.6.1, common.RedisInitialCredentials). */
export const redisSecret = { name: "argocd-redis", key: "auth" };

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/** True if the pod would run `argocd admin redis-initial-password` before its containers. */
export function makesRedisSecret(workload: Workload): boolean {
  return (workload.template.spec?.initContainers ?? []).some(({ command, args }) =>
    [...(command ?? []), ...(args ?? [])].includes("redis-initial-password"),
  );
}

/** Does what that init container does: creates the Secret with a random password, unless it exists. */
export async function ensureRedisSecret(
  client: Pick<KubernetesClient, "get" | "apply">,
  namespace: string,
): Promise<void> {
  const ref = { apiVersion: "v1", kind: "Secret", namespace, name: redisSecret.name };
  if (await client.get(ref)) return;
  const password = Array.from({ length: 16 }, () => letters[randomInt(letters.length)]).join("");
  await client.apply(
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: redisSecret.name, namespace },
      type: "Opaque",
      data: { [redisSecret.key]: Buffer.from(password).toString("base64") },
    },
    { fieldManager: "argocd-redis-secret-init" },
  );
}
