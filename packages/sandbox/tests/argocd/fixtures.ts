import type { KubernetesObject } from "@gitops-platform/clients/kubernetes";
import { type Component, components } from "../../argocd/components";
import type { LocalSetup } from "../../argocd/process-of";
import { type References, referencesOf } from "../../argocd/references";
import { type PodTemplate, type Workload, workloadOf } from "../../argocd/workload";

/** Shortened copies of Argo CD's manifests, with the same names of workloads, variables, keys and mounts. */
const password = { name: "REDIS_PASSWORD", valueFrom: { secretKeyRef: { name: "argocd-redis", key: "auth" } } };
const parameter = (name: string, key: string) => ({
  name,
  valueFrom: { configMapKeyRef: { name: "argocd-cmd-params-cm", key, optional: true } },
});

export const repoServer = workload("Deployment", "argocd-repo-server", {
  spec: {
    serviceAccountName: "argocd-repo-server",
    containers: [
      {
        name: "argocd-repo-server",
        args: ["/usr/local/bin/argocd-repo-server"],
        env: [
          password,
          parameter("ARGOCD_REPO_SERVER_PARALLELISM_LIMIT", "reposerver.parallelism.limit"),
          parameter("REDIS_SERVER", "redis.server"),
          parameter("REDIS_SENTINEL_HOSTS", "redis.sentinel.hosts"),
          { name: "HELM_CACHE_HOME", value: "/helm-working-dir" },
        ],
        volumeMounts: [
          { name: "ssh-known-hosts", mountPath: "/app/config/ssh" },
          { name: "argocd-repo-server-tls", mountPath: "/app/config/reposerver/tls" },
          { name: "helm-working-dir", mountPath: "/helm-working-dir" },
        ],
      },
    ],
    volumes: [
      { name: "ssh-known-hosts", configMap: { name: "argocd-ssh-known-hosts-cm" } },
      {
        name: "argocd-repo-server-tls",
        secret: {
          secretName: "argocd-repo-server-tls",
          optional: true,
          items: [
            { key: "tls.crt", path: "tls.crt" },
            { key: "ca.crt", path: "ca.crt" },
          ],
        },
      },
      { name: "helm-working-dir", emptyDir: {} },
    ],
  },
});

export const controller = workload("StatefulSet", "argocd-application-controller", {
  spec: {
    serviceAccountName: "argocd-application-controller",
    containers: [
      {
        name: "argocd-application-controller",
        workingDir: "/home/argocd",
        args: ["/usr/local/bin/argocd-application-controller"],
        env: [
          password,
          { name: "ARGOCD_CONTROLLER_REPLICAS", value: "3" },
          { name: "ARGOCD_CONTROLLER_SHARD", value: "2" },
          parameter(
            "ARGOCD_APPLICATION_CONTROLLER_SELF_HEAL_BACKOFF_CAP_SECONDS",
            "controller.self.heal.backoff.cap.seconds",
          ),
          { name: "KUBECACHEDIR", value: "/tmp/kubecache" },
        ],
      },
    ],
  },
});

export const server = workload("Deployment", "argocd-server", {
  spec: {
    serviceAccountName: "argocd-server",
    containers: [
      {
        name: "argocd-server",
        args: ["/usr/local/bin/argocd-server"],
        env: [password, parameter("ARGOCD_SERVER_INSECURE", "server.insecure")],
      },
    ],
  },
});

export const applicationSet = workload("Deployment", "argocd-applicationset-controller", {
  spec: {
    serviceAccountName: "argocd-applicationset-controller",
    containers: [
      {
        name: "argocd-applicationset-controller",
        args: ["/usr/local/bin/argocd-applicationset-controller"],
        env: [{ name: "NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } }],
      },
    ],
  },
});

export const notifications = workload("Deployment", "argocd-notifications-controller", {
  spec: {
    containers: [
      { name: "argocd-notifications-controller", workingDir: "/app", args: ["/usr/local/bin/argocd-notifications"] },
    ],
  },
});

const secretInit = { name: "secret-init", command: ["argocd", "admin", "redis-initial-password"] };

export const redis = workload("Deployment", "argocd-redis", {
  spec: {
    initContainers: [secretInit],
    containers: [
      {
        name: "redis",
        args: ["--save", "", "--appendonly", "no", "--requirepass $(REDIS_PASSWORD)"],
        env: [password],
      },
    ],
  },
});

export const haproxy = workload("Deployment", "argocd-redis-ha-haproxy", {
  spec: {
    initContainers: [secretInit],
    containers: [
      { name: "haproxy", env: [{ name: "AUTH", valueFrom: { secretKeyRef: { name: "argocd-redis", key: "auth" } } }] },
    ],
  },
});

export const local: LocalSetup = {
  environment: "dev",
  tools: { bin: "/tools" },
  folder: "/work",
  path: "/usr/bin",
  ports: {
    redis: 1000,
    repoServer: 1001,
    repoServerMetrics: 1002,
    controllerMetrics: 1003,
    server: 1004,
    serverMetrics: 1005,
    applicationSetMetrics: 1006,
    applicationSetProbe: 1007,
    applicationSetWebhook: 1008,
    notificationsMetrics: 1009,
  },
};

export function workload(kind: "Deployment" | "StatefulSet", name: string, template: PodTemplate): KubernetesObject {
  return { apiVersion: "apps/v1", kind, metadata: { name, namespace: "argocd" }, spec: { template } };
}

/** The component and workload arguments of `processOf`, from the API's object. */
export function componentOf(object: KubernetesObject): [Component, Workload] {
  const component = components.find(({ workloads }) => workloads.some(({ name }) => name === object.metadata.name));
  if (!component) throw new Error(`no component for ${object.metadata.name}`);
  return [component, workloadOf(object)];
}

export function configMap(name: string, data: Record<string, string>): KubernetesObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "argocd" }, data };
}

export function secret(name: string, values: Record<string, string>): KubernetesObject {
  const data = Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString("base64")]),
  );
  return { apiVersion: "v1", kind: "Secret", metadata: { name, namespace: "argocd" }, data };
}

/** The objects that the templates above require, with the given parameters. */
export function references(parameters: Record<string, string> = {}): References {
  return referencesOf({
    configMaps: [
      configMap("argocd-cmd-params-cm", parameters),
      configMap("argocd-ssh-known-hosts-cm", { ssh_known_hosts: "host key" }),
    ],
    secrets: [secret("argocd-redis", { auth: "s3cret" })],
  });
}
