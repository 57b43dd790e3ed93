import type { INetworkPolicy } from "kubernetes-models/networking.k8s.io/v1/NetworkPolicy";
import type { INamespace } from "kubernetes-models/v1/Namespace";
import type { IResourceQuota } from "kubernetes-models/v1/ResourceQuota";
import type { ILimitRange } from "kubernetes-models/v1/LimitRange";
import type { Environment } from "@gitops-platform/environments/environment";
import { ENVIRONMENT_LABEL, SERVICE_LABEL } from "../labels";

/** The name of each namespace's quota. */
export const POD_QUOTA = "pods";

/** The name of each namespace's defaults for containers. */
export const CONTAINER_DEFAULTS = "containers";

/** The name of the network policy that denies all traffic that no other policy allows. */
export const DEFAULT_DENY = "default-deny";

/**
 * A service's namespace. It is no part of the service's own Application, so that a service cannot loosen its limits.
 * @param owner The service that owns it.
 */
export function namespace(
  name: string,
  { name: environment, podSecurity }: Pick<Environment, "name" | "podSecurity">,
  owner: string,
): INamespace {
  return {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: {
      name,
      labels: {
        [ENVIRONMENT_LABEL]: environment,
        [SERVICE_LABEL]: owner,
        "pod-security.kubernetes.io/enforce": podSecurity,
        "pod-security.kubernetes.io/warn": "restricted",
      },
    },
  };
}

/** The quota for the total of the namespace's pods. */
export function quota(namespace: string, environment: Pick<Environment, "quota">): IResourceQuota {
  return {
    apiVersion: "v1",
    kind: "ResourceQuota",
    metadata: { name: POD_QUOTA, namespace },
    spec: { hard: { ...environment.quota } },
  };
}

/**
 * Requests and a memory limit for a container that sets none, such as one that an operator adds to a pod. Without them
 * the quota would refuse its pod. There is no CPU limit, for the same reason as in the quota.
 */
export function containerDefaults(namespace: string): ILimitRange {
  return {
    apiVersion: "v1",
    kind: "LimitRange",
    metadata: { name: CONTAINER_DEFAULTS, namespace },
    spec: {
      limits: [{ type: "Container", defaultRequest: { cpu: "50m", memory: "64Mi" }, default: { memory: "128Mi" } }],
    },
  };
}

/** Denies all traffic to and from the namespace's pods, except DNS. The service's own policy allows what it needs. */
export function defaultDeny(namespace: string): INetworkPolicy {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: DEFAULT_DENY, namespace },
    spec: {
      podSelector: {},
      policyTypes: ["Ingress", "Egress"],
      egress: [
        {
          to: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } } }],
          ports: [
            { protocol: "UDP", port: 53 },
            { protocol: "TCP", port: 53 },
          ],
        },
      ],
    },
  };
}
