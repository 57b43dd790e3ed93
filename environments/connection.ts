import { connect } from "node:net";
import { parseUrl } from "./url";
import { type KubeconfigSource, readKubeconfig } from "./kubeconfig";
import { HIDDEN, show, type Problem } from "@gitops-platform/contract/problems";

const CONNECT_TIMEOUT_S = 5;

const LOOPBACK = /^(localhost|127\..*|\[::1\])$/;

/**
 * Checks that a context's cluster accepts connections, before anything is changed. It checks neither the cluster's
 * identity nor permissions. It checks nothing behind a proxy, because a proxy's response says nothing about the
 * cluster.
 */
export async function checkConnection(
  kubeconfig: KubeconfigSource,
  context: string,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Problem[]> {
  const cluster = clusterOf(kubeconfig, context);
  // The content is a secret, and its server is a part of it.
  const [place, shown] = "path" in kubeconfig ? [kubeconfig.path, show] : ["kubeconfigContent", () => HIDDEN];
  const problem = (got: string): Problem[] => [
    {
      key: "context",
      got: `${show(context)}, ${got}`,
      expected: `a cluster that accepts connections within ${CONNECT_TIMEOUT_S} s`,
      fix: `Start it, make it reachable (VPN, firewall), or correct its server in ${place}.`,
    },
  ];
  const url = parseUrl(cluster?.server ?? "");
  if (!url) return problem(`whose server is ${shown(cluster?.server)}`);
  const proxy = environment.HTTPS_PROXY ?? environment.https_proxy ?? "";
  if (cluster?.["proxy-url"] !== undefined || (proxy !== "" && !LOOPBACK.test(url.hostname))) return [];
  const failure = await connectionFailure(url);
  return failure === undefined ? [] : problem(`whose server ${shown(url.origin)} cannot be reached (${failure})`);
}

function clusterOf(source: KubeconfigSource, context: string) {
  const { contexts, clusters } = readKubeconfig(source);
  const name = contexts?.find((each) => each.name === context)?.context?.cluster;
  return clusters?.find((each) => each.name === name)?.cluster;
}

function connectionFailure(url: URL): Promise<string | undefined> {
  const port = url.port === "" ? (url.protocol === "http:" ? 80 : 443) : Number(url.port);
  return new Promise((resolve) => {
    const socket = connect({ host: url.hostname.replace(/^\[|\]$/g, ""), port, timeout: CONNECT_TIMEOUT_S * 1000 });
    const end = (failure?: string) => {
      socket.destroy();
      resolve(failure);
    };
    socket.once("connect", () => {
      end();
    });
    socket.once("timeout", () => {
      end("timeout");
    });
    socket.once("error", (error: NodeJS.ErrnoException) => {
      end(error.code ?? error.message);
    });
  });
}
