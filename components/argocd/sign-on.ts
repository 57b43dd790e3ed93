import type * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import type { DexGithub, Oidc, SignOn } from "@gitops-platform/environments/settings/access";

/** The entries of argocd-secret that hold the client's secret. argocd-cm refers to them by name. */
const OIDC_SECRET = "oidc.clientSecret";
const GITHUB_SECRET = "dex.github.clientSecret";

/**
 * The entry of argocd-cm that says why `admin` is enabled in spite of single sign-on. Argo CD does not read it; the
 * policy pack does.
 */
const EMERGENCY_ENTRY = "gitops-platform.emergencyAdmin";

/**
 * The entries of argocd-cm for the login. With single sign-on, the account `admin` is disabled: its password would
 * bypass it, and its actions name nobody.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/user-management/
 */
export function signOnData(signOn: SignOn | undefined): Record<string, string> {
  const { oidc, dex, emergencyAdmin } = signOn ?? {};
  return {
    "admin.enabled": String(signOn === undefined || emergencyAdmin !== undefined),
    ...(oidc && { "oidc.config": stringify(oidcConfig(oidc)) }),
    ...(dex && { "dex.config": stringify({ connectors: [githubConnector(dex.github)] }) }),
    ...(emergencyAdmin !== undefined && { [EMERGENCY_ENTRY]: emergencyAdmin }),
  };
}

/** The entries of argocd-secret to which those refer. */
export function signOnSecrets(
  signOn: SignOn | undefined,
  clientSecret: pulumi.Output<string> | undefined,
): Record<string, pulumi.Output<string>> {
  if (!signOn || !clientSecret) return {};
  return { [signOn.oidc ? OIDC_SECRET : GITHUB_SECRET]: clientSecret };
}

function oidcConfig({ name, issuer, clientId, cliClientId, scopes }: Oidc): object {
  return {
    name,
    issuer,
    clientID: clientId,
    clientSecret: `$${OIDC_SECRET}`,
    ...(cliClientId !== undefined && { cliClientID: cliClientId }),
    requestedScopes: [...scopes],
    // A stolen authorization code is useless without the verifier. Providers without PKCE ignore it.
    enablePKCEAuthentication: true,
  };
}

/** https://dexidp.io/docs/connectors/github/ */
function githubConnector({ clientId, organizations, hostName }: DexGithub): object {
  return {
    type: "github",
    id: "github",
    name: "GitHub",
    config: {
      clientID: clientId,
      clientSecret: `$${GITHUB_SECRET}`,
      orgs: organizations.map((name) => ({ name })),
      // A team's name can change and is not unique; its slug is in its URL and in argocd.access.
      teamNameField: "slug",
      ...(hostName !== undefined && { hostName }),
    },
  };
}
