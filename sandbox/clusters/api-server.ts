import { join } from "node:path";
import type { ProcessSpec } from "../supervisor/process-spec";
import type { ClusterOptions } from "./options";
import { keyFiles } from "./keys";
import { goEnvironment } from "./go-environment";

/** etcd's sockets, relative to its folder: a socket's whole path may have 104 bytes at most. */
const sockets = { clients: "unix://clients.sock", peers: "unix://peers.sock" };

/**
 * The one etcd of all clusters, each under a prefix of its own. It asks nobody who they are, so it listens on sockets
 * in a folder that only its owner may enter.
 * @param bin folder of the programs
 * @param folder its data; also its working directory
 */
export function etcdProcess(bin: string, folder: string): ProcessSpec {
  return {
    name: "etcd",
    command: join(bin, "etcd"),
    args: [
      "--name=sandbox",
      "--data-dir=data",
      `--listen-client-urls=${sockets.clients}`,
      `--advertise-client-urls=${sockets.clients}`,
      `--listen-peer-urls=${sockets.peers}`,
      `--initial-advertise-peer-urls=${sockets.peers}`,
      `--initial-cluster=sandbox=${sockets.peers}`,
      // A sandbox may lose its last seconds when the machine loses power, and is twice as fast to start.
      "--unsafe-no-fsync",
      // The history of a few hundred objects: kept for five minutes, not for ever.
      "--auto-compaction-mode=periodic",
      "--auto-compaction-retention=5m",
      "--log-level=warn",
    ],
    env: { ...goEnvironment },
    cwd: folder,
    stopOrder: 0,
  };
}

/** An environment's kube-apiserver. */
export function apiServerProcess(options: ClusterOptions): ProcessSpec {
  const { environment, tools, folders, ports } = options;
  const keys = keyFiles(folders.keys);
  return {
    name: `${environment}-kube-apiserver`,
    command: join(tools.bin, "kube-apiserver"),
    args: [
      `--etcd-servers=${sockets.clients}`,
      `--etcd-prefix=/${environment}`,
      "--bind-address=127.0.0.1",
      `--secure-port=${ports.apiServer}`,
      // It makes its own certificate there: see keys.ts.
      `--cert-dir=${folders.keys}`,
      `--token-auth-file=${keys.tokens}`,
      "--anonymous-auth=false",
      "--authorization-mode=RBAC",
      `--service-account-key-file=${keys.serviceAccountPublic}`,
      `--service-account-signing-key-file=${keys.serviceAccountPrivate}`,
      "--service-account-issuer=https://kubernetes.default.svc",
      "--service-cluster-ip-range=10.96.0.0/16",
      // What many users of one server need; without it each of the three starts with some tenths of a second less of
      // CPU.
      "--enable-priority-and-fairness=false",
      "--profiling=false",
      "--v=0",
    ],
    env: { ...goEnvironment },
    // Where etcd's socket is.
    cwd: folders.etcd,
    port: ports.apiServer,
    stopOrder: 10,
  };
}
