import assert from "node:assert/strict";
import { formatProblem } from "@gitops-platform/contract/problems";
import { accessArea, accessOptions, checkAccess } from "@gitops-platform/environments/settings/access";
import { checkAddress, checkProtocols } from "@gitops-platform/environments/settings/argocd";
import { parseConfiguration } from "@gitops-platform/environments/settings/parse";
import { missingSettings } from "@gitops-platform/environments/settings/requirements";
import { raw } from "@gitops-platform/test-support/stack";

// Tests the settings of access and address, and their errors.

const url = "https://argocd.vaarak.example";
const oidc = { issuer: "https://id.example", clientId: "argocd" };
const dex = { github: { clientId: "Ov23", organizations: ["vaarak"] } };
const access = { viewer: ["vaarak:developers"] };
const secret = { ssoClientSecret: "s3cr3t" };

function messages(values: Record<string, unknown>, guard: "deny" | "off" = "deny"): string[] {
  const { configuration, problems } = parseConfiguration(raw(values));
  const missing = missingSettings(accessArea, configuration, { given: new Set(Object.keys(values)), owns: true });
  const address = [...checkAddress(configuration, { guard }), ...checkProtocols(configuration)];
  const rules = [...missing, ...address, ...checkAccess(configuration)];
  return [...problems, ...rules].map(formatProblem);
}

describe("access to Argo CD", () => {
  const cases: [what: string, values: Record<string, unknown>, messages: string[]][] = [
    ["by OpenID Connect", { argocd: { url, oidc, access }, ...secret }, []],
    ["by GitHub", { argocd: { url, dex, access }, ...secret }, []],
    [
      "by GitHub at a URL",
      { argocd: { address: { host: "a.example", ingress: { tlsSecret: "t" } }, dex, access }, ...secret },
      [],
    ],
    [
      "by a client without a secret and without groups",
      { argocd: { url, oidc } },
      [
        "argocd.access: got nothing; expected a group for at least one role if argocd.oidc is set. " +
          "Set it: without a role, everybody who logs in sees nothing.",
        "ssoClientSecret: got nothing; expected a value if argocd.oidc is set. Set both, or remove the client.",
      ],
    ],
    [
      "with everything wrong at once",
      {
        argocd: {
          oidc: { ...oidc, issuer: "http://id.example", scopes: ["groups"] },
          dex,
          access: { admin: [], operator: ["vaarak:On Call", "developers"] },
        },
        ...secret,
      },
      [
        "argocd: got oidc and dex; expected one of them. Remove one: Argo CD would ignore argocd.dex.",
        "argocd.url: got nothing; expected a URL with argocd.oidc or argocd.dex. Set it, or argocd.address: " +
          "the identity provider sends people back to it.",
        'argocd.oidc.issuer: got "http://id.example"; expected an https URL without user, password, query or ' +
          "fragment (http only on this machine). Write it exactly as issuer in the provider's discovery document.",
        'argocd.oidc.scopes: got ["groups"]; expected a list with openid. ' +
          "Add it: without it the provider issues no ID token.",
        "argocd.access.admin: got nobody; expected at least one group. Name a group, or remove the key.",
        ...[
          ["operator[0]", "vaarak:On Call"],
          ["operator[1]", "developers"],
        ].map(
          ([key, group]) =>
            `argocd.access.${key ?? ""}: got "${group ?? ""}"; expected <organisation>:<team>, ` +
            "with an organisation of argocd.dex (vaarak). " +
            "Write the team as in github.com/orgs/<organisation>/teams/<team>: nobody can be in another group.",
        ),
      ],
    ],
    [
      "with roles that nobody has",
      { argocd: { url, oidc, access: {} }, ...secret },
      ["argocd.access: got nobody; expected at least one group. Name a group, or remove the key."],
    ],
    [
      "with groups, an exception and a secret, but no single sign-on",
      { argocd: { access, emergencyAdmin: "down" }, ...secret },
      [
        "argocd.access: got groups, which nobody can have; expected nothing without argocd.oidc or argocd.dex. " +
          "Set argocd.oidc or argocd.dex, or remove it.",
        'argocd.emergencyAdmin: got "down"; expected nothing without argocd.oidc or argocd.dex. ' +
          "Remove it: admin is enabled.",
        "ssoClientSecret: got a secret value; expected nothing without argocd.oidc or argocd.dex. " +
          "Set argocd.oidc or argocd.dex, or remove it.",
      ],
    ],
    [
      "with groups that would change the policy's lines, or that Argo CD reserves",
      { argocd: { url, oidc, access: { viewer: ["a, role:admin", "role:admin", "admin"] } }, ...secret },
      [
        'argocd.access.viewer[0]: got "a, role:admin"; expected the name of a group, without commas, ' +
          "quotes and line breaks, and without spaces at its ends. Write it as in the groups claim; " +
          "with argocd.dex it is <organisation>:<team>.",
        ...["role:admin", "admin"].map(
          (name, index) =>
            `argocd.access.viewer[${index + 1}]: got "${name}"; expected a name that Argo CD does not reserve. ` +
            "admin, role:<name> and proj:<name> are Argo CD's own: rename the group.",
        ),
      ],
    ],
  ];
  for (const [what, values, expected] of cases) {
    it(`may ${expected.length === 0 ? "be" : "not be"} ${what}`, () => {
      assert.deepEqual(messages(values), expected);
    });
  }

  it("has the defaults of OpenID Connect", () => {
    const { configuration } = parseConfiguration(raw({ argocd: { url, oidc, access }, ...secret }));
    const { signOn, access: roles } = accessOptions(configuration);
    assert.deepEqual(signOn?.oidc, {
      name: "SSO",
      groupsClaim: "groups",
      scopes: ["openid", "profile", "email", "groups"],
      ...oidc,
    });
    assert.deepEqual(roles, access);
  });

  it("asks the GitHub Enterprise Server that has the repository", () => {
    const repository = { owner: "vaarak", name: "gitops", url: "https://git.example:8443/vaarak/gitops.git" };
    const { configuration } = parseConfiguration(raw({ argocd: { url, dex, access }, repository, ...secret }));
    assert.equal(accessOptions(configuration).signOn?.dex?.github.hostName, "git.example:8443");
  });
});

describe("the address of Argo CD", () => {
  const host = "argocd.vaarak.example";
  const ingress = { tlsSecret: "web-tls" };
  const gateway = { name: "edge", namespace: "gateways", listener: "https" };
  const protocol = (value: string) => ({ "nginx.ingress.kubernetes.io/backend-protocol": value });
  const edge =
    "server.insecure is true, as it is by default with argocd.address. " +
    "Change it, or set server.insecure in argocd.parameters: every request would fail.";
  const at = (address: object, more: object = {}) => ({ argocd: { address, ...more } });
  const cases: [what: string, values: Record<string, unknown>, messages: string[]][] = [
    ["an Ingress", at({ host, ingress }, { url }), []],
    ["a Gateway", at({ host, grpcHost: "grpc.example", gateway }), []],
    [
      "an Ingress in front of argocd-server with TLS",
      at({ host, ingress }, { parameters: { "server.insecure": false } }),
      [],
    ],
    [
      "both, at one host for everything and another URL, with TLS behind the Gateway",
      at(
        { host, grpcHost: host, ingress, gateway },
        { url: "https://other.example", parameters: { "server.insecure": false } },
      ),
      [
        "argocd.address: got both; expected one of ingress and gateway. " +
          "Set an Ingress's certificate below ingress, or a Gateway's listener below gateway.",
        `argocd.address.grpcHost: got "${host}"; expected a different name than host. ` +
          "Use two host names, or remove grpcHost: then argocd uses gRPC-Web at host.",
        `argocd.url: got "https://other.example"; expected https://${host}, as in argocd.address. ` +
          "Remove it: it follows from argocd.address.",
        'argocd.parameters["server.insecure"]: got false; expected "true" if argocd.address.gateway is set. ' +
          "Remove it: the Gateway terminates TLS, and would not accept argocd-server's self-signed certificate.",
      ],
    ],
    [
      "an Ingress that speaks TLS to a server without, beside a webhook that does too",
      at(
        { host, ingress: { ...ingress, annotations: protocol("HTTPS"), grpcAnnotations: protocol("GRPC") } },
        { webhookExposure: { host: "hooks.example", ingress: { tlsSecret: "t", annotations: protocol("https") } } },
      ),
      [
        'argocd.webhookExposure.ingress.annotations["nginx.ingress.kubernetes.io/backend-protocol"]: got "https"; ' +
          `expected a protocol without TLS, because ${edge}`,
        'argocd.address.ingress.annotations["nginx.ingress.kubernetes.io/backend-protocol"]: got "HTTPS"; ' +
          `expected a protocol without TLS, because ${edge}`,
      ],
    ],
    [
      "an Ingress that speaks no TLS to a server with TLS",
      at(
        { host, ingress: { ...ingress, annotations: protocol("HTTPS"), grpcAnnotations: protocol("GRPC") } },
        { parameters: { "server.insecure": false } },
      ),
      [
        'argocd.address.ingress.grpcAnnotations["nginx.ingress.kubernetes.io/backend-protocol"]: got "GRPC"; ' +
          "expected a protocol with TLS, because server.insecure is false. " +
          "Change it, or set server.insecure in argocd.parameters: every request would fail.",
      ],
    ],
    [
      "an Ingress whose certificate the guard would refuse",
      at({ host, ingress: { tlsSecret: "argocd-tls", clusterIssuer: "letsencrypt" } }),
      [
        'argocd.address.ingress.tlsSecret: got "argocd-tls"; expected a name that does not begin with argocd- if ' +
          "clusterIssuer is set. Rename it: cert-manager names its Certificate after it, and the guard lets nobody " +
          "but Argo CD create argocd-*.",
      ],
    ],
  ];
  for (const [what, values, expected] of cases) {
    it(`may ${expected.length === 0 ? "be" : "not be"} ${what}`, () => {
      assert.deepEqual(messages(values), expected);
    });
  }

  it("may have any certificate without a guard", () => {
    const address = { host, ingress: { tlsSecret: "argocd-tls", clusterIssuer: "letsencrypt" } };
    assert.deepEqual(messages(at(address), "off"), []);
  });
});
