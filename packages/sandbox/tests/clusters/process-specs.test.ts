import assert from "node:assert/strict";
import { resolve } from "node:path";
import { apiServerProcess, etcdProcess } from "../../clusters/api-server";
import { controllerProcesses } from "../../clusters/controllers";
import type { ClusterOptions } from "../../clusters/options";

/** This does not prove that the programs accept these flags: the end-to-end tests do. */
describe("the clusters' processes", () => {
  const options: ClusterOptions = {
    environment: "dev",
    tools: { bin: "/bin", data: "/data" },
    folders: { keys: "/s/dev/keys", kubeconfig: "/s/dev/kubeconfig", boardKubeconfig: "/s/dev/b", etcd: "/s/etcd" },
    ports: { apiServer: 20001, kwok: 20002, metricsServer: 20003 },
  };
  const env = { PATH: "/usr/bin:/bin" };

  it("include one etcd, on sockets in its folder", () => {
    assert.deepEqual(etcdProcess("/bin", "/s/etcd"), {
      name: "etcd",
      command: "/bin/etcd",
      args: [
        "--name=sandbox",
        "--data-dir=data",
        "--listen-client-urls=unix://clients.sock",
        "--advertise-client-urls=unix://clients.sock",
        "--listen-peer-urls=unix://peers.sock",
        "--initial-advertise-peer-urls=unix://peers.sock",
        "--initial-cluster=sandbox=unix://peers.sock",
        "--unsafe-no-fsync",
        "--auto-compaction-mode=periodic",
        "--auto-compaction-retention=5m",
        "--log-level=warn",
      ],
      env,
      cwd: "/s/etcd",
      stopOrder: 0,
    });
  });

  it("include an API server with its environment's prefix in etcd, which requires a token", () => {
    assert.deepEqual(apiServerProcess(options), {
      name: "dev-kube-apiserver",
      command: "/bin/kube-apiserver",
      args: [
        "--etcd-servers=unix://clients.sock",
        "--etcd-prefix=/dev",
        "--bind-address=127.0.0.1",
        "--secure-port=20001",
        "--cert-dir=/s/dev/keys",
        "--token-auth-file=/s/dev/keys/tokens.csv",
        "--anonymous-auth=false",
        "--authorization-mode=RBAC",
        "--service-account-key-file=/s/dev/keys/service-account.pub",
        "--service-account-signing-key-file=/s/dev/keys/service-account.key",
        "--service-account-issuer=https://kubernetes.default.svc",
        "--service-cluster-ip-range=10.96.0.0/16",
        "--enable-priority-and-fairness=false",
        "--profiling=false",
        "--v=0",
      ],
      env,
      cwd: "/s/etcd",
      port: 20001,
      stopOrder: 10,
    });
  });

  it("include controllers, scheduler, KWOK and metrics-server", () => {
    const common = { env, stopOrder: 20 };
    assert.deepEqual(controllerProcesses(options), [
      {
        ...common,
        name: "dev-kube-controller-manager",
        command: "/bin/kube-controller-manager",
        args: [
          "--kubeconfig=/s/dev/kubeconfig",
          "--service-account-private-key-file=/s/dev/keys/service-account.key",
          "--root-ca-file=/s/dev/keys/apiserver.crt",
          "--use-service-account-credentials=true",
          "--leader-elect=false",
          "--secure-port=0",
          "--horizontal-pod-autoscaler-sync-period=2s",
          "--horizontal-pod-autoscaler-initial-readiness-delay=1s",
          "--horizontal-pod-autoscaler-cpu-initialization-period=1s",
          "--horizontal-pod-autoscaler-downscale-stabilization=30s",
          "--v=0",
        ],
      },
      {
        ...common,
        name: "dev-kube-scheduler",
        command: "/bin/kube-scheduler",
        args: ["--kubeconfig=/s/dev/kubeconfig", "--leader-elect=false", "--secure-port=0", "--v=0"],
      },
      {
        ...common,
        name: "dev-kwok",
        command: "/bin/kwok",
        args: [
          "--kubeconfig=/s/dev/kubeconfig",
          "--manage-all-nodes=true",
          "--cidr=10.244.0.0/16",
          "--server-address=127.0.0.1:20002",
          "--node-ip=127.0.0.1",
          "--node-name=localhost",
          "--node-port=20002",
          "--node-lease-duration-seconds=40",
          "--v=WARN",
          "--config=/data/kwok/node-initialize.yaml",
          "--config=/data/kwok/node-heartbeat-with-lease.yaml",
          "--config=/data/kwok/pod-ready.yaml",
          "--config=/data/kwok/pod-complete.yaml",
          "--config=/data/kwok/pod-delete.yaml",
          "--config=/data/kwok/usage-from-annotation.yaml",
          `--config=${resolve(__dirname, "../../clusters/usage-metrics.yaml")}`,
        ],
        port: 20002,
      },
      {
        ...common,
        name: "dev-metrics-server",
        command: "/bin/metrics-server",
        args: [
          "--kubeconfig=/s/dev/kubeconfig",
          "--authentication-skip-lookup=true",
          "--authentication-kubeconfig=/s/dev/kubeconfig",
          "--authorization-kubeconfig=/s/dev/kubeconfig",
          "--bind-address=127.0.0.1",
          "--secure-port=20003",
          "--cert-dir=/s/dev/keys/metrics-server",
          "--kubelet-insecure-tls",
          "--kubelet-use-node-status-port",
          "--kubelet-preferred-address-types=InternalIP",
          "--metric-resolution=10s",
          "--kubelet-request-timeout=5s",
        ],
        port: 20003,
      },
    ]);
  });
});
