import { connect } from "node:net";
import { parseUrl } from "./url";
import { type KubeconfigSource, readKubeconfig } from "./kubeconfig";
import { HIDDEN, show, type Problem } from "@gitops-platform/contract/problems";
import { isMap } from "@gitops-platform/contract/values/plain";

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

const TIMEOUT_S = 5;

/** Where an OpenID Connect provider describes itself: https://openid.net/specs/openid-connect-discovery-1_0.html. */
const DISCOVERY = "/.well-known/openid-configuration";

/**
 * Checks that an identity provider's discovery document can be read and is that issuer's, before anything is changed.
 * With any other issuer Argo CD refuses every login, and `admin` is disabled by then. It checks nothing behind a proxy.
 */
export async function checkIssuer(issuer: string, environment: NodeJS.ProcessEnv = process.env): Promise<Problem[]> {
  const url = `${issuer.replace(/\/$/, "")}${DISCOVERY}`;
  if (isBehindProxy(url, environment)) return [];
  const failure = await discoveryFailure(url, issuer);
  if (failure === undefined) return [];
  return [
    {
      key: "argocd.oidc.issuer",
      got: `${show(issuer)}, ${failure}`,
      expected: `an identity provider whose ${DISCOVERY} answers within ${TIMEOUT_S} s and names this issuer`,
      fix: "Correct the issuer, or make the provider reachable (VPN, firewall, NODE_EXTRA_CA_CERTS for a private CA).",
    },
  ];
}

function isBehindProxy(url: string, { HTTPS_PROXY, https_proxy }: NodeJS.ProcessEnv): boolean {
  return url.startsWith("https:") && (HTTPS_PROXY ?? https_proxy ?? "") !== "";
}

async function discoveryFailure(url: string, issuer: string): Promise<string | undefined> {
  let document: unknown;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_S * 1000) });
    if (!response.ok) return `which answers HTTP ${response.status}`;
    document = await response.json();
  } catch (error) {
    return `which cannot be read (${reason(error)})`;
  }
  const named = isMap(document) ? document.issuer : undefined;
  return named === issuer ? undefined : `which names the issuer ${show(named)}`;
}

/** fetch's own message is only "fetch failed". */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof SyntaxError) return "no JSON";
  if (error.name === "TimeoutError") return "timeout";
  const cause = error.cause as { code?: string; message?: string } | undefined;
  return cause?.code ?? cause?.message ?? error.message;
}
