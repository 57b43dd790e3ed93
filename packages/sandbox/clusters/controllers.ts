import { join } from "node:path";
import type { ProcessSpec } from "../supervisor/process-spec";
import { kwokConfigFiles } from "../tools/build";
import { keyFiles } from "./keys";
import { goEnvironment } from "./go-environment";
import type { ClusterOptions } from "./options";

/**
 * The processes of an environment beside its API server, which must be ready first: the controllers, the scheduler,
 * KWOK (which simulates nodes and pods) and metrics-server (which autoscalers read).
 */
export function controllerProcesses(options: ClusterOptions): ProcessSpec[] {
  return [controllerManager(options), scheduler(options), kwok(options), metricsServer(options)];
}

function controllerManager({ environment, tools, folders }: ClusterOptions): ProcessSpec {
  return {
    name: `${environment}-kube-controller-manager`,
    command: join(tools.bin, "kube-controller-manager"),
    args: [
      `--kubeconfig=${folders.kubeconfig}`,
      `--service-account-private-key-file=${keyFiles(folders.keys).serviceAccountPrivate}`,
      `--root-ca-file=${keyFiles(folders.keys).certificate}`,
      "--use-service-account-credentials=true",
      "--leader-elect=false",
      "--secure-port=0",
      // Makes autoscalers act on the first metrics of a new pod, within seconds instead of minutes.
      "--horizontal-pod-autoscaler-sync-period=2s",
      "--horizontal-pod-autoscaler-initial-readiness-delay=1s",
      "--horizontal-pod-autoscaler-cpu-initialization-period=1s",
      "--horizontal-pod-autoscaler-downscale-stabilization=30s",
      "--v=0",
    ],
    env: { ...goEnvironment },
    stopOrder: 20,
  };
}

function scheduler({ environment, tools, folders }: ClusterOptions): ProcessSpec {
  return {
    name: `${environment}-kube-scheduler`,
    command: join(tools.bin, "kube-scheduler"),
    args: [`--kubeconfig=${folders.kubeconfig}`, "--leader-elect=false", "--secure-port=0", "--v=0"],
    env: { ...goEnvironment },
    stopOrder: 20,
  };
}

function kwok({ environment, tools, folders, ports }: ClusterOptions): ProcessSpec {
  return {
    name: `${environment}-kwok`,
    command: join(tools.bin, "kwok"),
    args: [
      `--kubeconfig=${folders.kubeconfig}`,
      "--manage-all-nodes=true",
      // Pod addresses: the default range has only 254.
      "--cidr=10.244.0.0/16",
      `--server-address=127.0.0.1:${ports.kwok}`,
      // The nodes report this address for their kubelet, and metrics-server reads usage from it.
      "--node-ip=127.0.0.1",
      "--node-name=localhost",
      `--node-port=${ports.kwok}`,
      "--node-lease-duration-seconds=40",
      "--v=WARN",
      ...kwokConfigFiles.map((file) => `--config=${join(tools.data, "kwok", file)}`),
      `--config=${join(__dirname, "usage-metrics.yaml")}`,
    ],
    env: { ...goEnvironment },
    port: ports.kwok,
    stopOrder: 20,
  };
}

function metricsServer({ environment, tools, folders, ports }: ClusterOptions): ProcessSpec {
  return {
    name: `${environment}-metrics-server`,
    command: join(tools.bin, "metrics-server"),
    args: [
      `--kubeconfig=${folders.kubeconfig}`,
      // There is no client certificate authority to look up: see metricsObjects.
      "--authentication-skip-lookup=true",
      `--authentication-kubeconfig=${folders.kubeconfig}`,
      `--authorization-kubeconfig=${folders.kubeconfig}`,
      "--bind-address=127.0.0.1",
      `--secure-port=${ports.metricsServer}`,
      `--cert-dir=${join(folders.keys, "metrics-server")}`,
      // KWOK uses a self-signed certificate.
      "--kubelet-insecure-tls",
      "--kubelet-use-node-status-port",
      "--kubelet-preferred-address-types=InternalIP",
      // 10 s is the minimum. Usage needs two readings, and each must be faster than the interval.
      "--metric-resolution=10s",
      "--kubelet-request-timeout=5s",
    ],
    env: { ...goEnvironment },
    port: ports.metricsServer,
    stopOrder: 20,
  };
}
