import { show, type Problem } from "@gitops-platform/contract/problems";
import { isMap } from "@gitops-platform/contract/values/plain";

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
