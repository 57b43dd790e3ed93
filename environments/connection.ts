import { connect } from "node:net";
import { parseUrl } from "./address";
import { readKubeconfig } from "./kubeconfig";
import { show, type Problem } from "./problems";

/** How long a cluster may take to accept a connection. Seconds. */
const PATIENCE = 5;

const LOOPBACK = /^(localhost|127\..*|\[::1\])$/;

/**
 * Checks that the cluster of a context accepts connections, before anything is changed anywhere. Who it is and what it
 * permits shows later. Behind a proxy nothing is checked: whether that answers says nothing about the cluster.
 */
export async function checkConnection(
  kubeconfig: string,
  context: string,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Problem[]> {
  const cluster = clusterOf(kubeconfig, context);
  const problem = (got: string): Problem[] => [
    {
      key: "context",
      got: `${show(context)}, ${got}`,
      expected: `a cluster that accepts connections within ${PATIENCE} s`,
      fix: `Start it, open the way to it (VPN, firewall), or correct its server in ${kubeconfig}.`,
    },
  ];
  const url = parseUrl(cluster?.server ?? "");
  if (!url) return problem(`which has the server ${show(cluster?.server)}`);
  const proxy = environment.HTTPS_PROXY ?? environment.https_proxy ?? "";
  if (cluster?.["proxy-url"] !== undefined || (proxy !== "" && !LOOPBACK.test(url.hostname))) return [];
  const failure = await failureToConnect(url);
  return failure === undefined ? [] : problem(`whose server ${show(url.origin)} did not answer (${failure})`);
}

function clusterOf(path: string, context: string) {
  const { contexts, clusters } = readKubeconfig(path);
  const name = contexts?.find((each) => each.name === context)?.context?.cluster;
  return clusters?.find((each) => each.name === name)?.cluster;
}

function failureToConnect(url: URL): Promise<string | undefined> {
  const port = url.port === "" ? (url.protocol === "http:" ? 80 : 443) : Number(url.port);
  return new Promise((resolve) => {
    const socket = connect({ host: url.hostname.replace(/^\[|\]$/g, ""), port, timeout: PATIENCE * 1000 });
    const end = (failure?: string) => {
      socket.destroy();
      resolve(failure);
    };
    socket.once("connect", () => {
      end();
    });
    socket.once("timeout", () => {
      end("no answer in time");
    });
    socket.once("error", (error: NodeJS.ErrnoException) => {
      end(error.code ?? error.message);
    });
  });
}
