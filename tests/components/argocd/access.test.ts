import assert from "node:assert/strict";
import { parse } from "yaml";
import { accessData } from "@gitops-platform/components/argocd/access";
import { signOnData } from "@gitops-platform/components/argocd/sign-on";
import type { Oidc, SignOn } from "@gitops-platform/environments/settings/access";

// Tests the configuration. tests/integration/access-table.test.ts checks its meaning with Argo CD's own `rbac can`.

const healed = { sync: "auto", drift: "heal" } as const;
const oidc: Oidc = {
  name: "SSO",
  issuer: "https://id.example",
  clientId: "argocd",
  groupsClaim: "groups",
  scopes: ["openid", "groups"],
};
const signOn: SignOn = { oidc };

describe("the access to Argo CD", () => {
  it("is given to nobody by default", () => {
    assert.deepEqual(accessData({ delivery: healed }), { "policy.default": "", "policy.csv": "", scopes: "[groups]" });
  });

  it("closes the built-in administrator with single sign-on, and opens it in an emergency", () => {
    const csv = (emergencyAdmin?: string) =>
      accessData({ delivery: healed, signOn: { ...signOn, emergencyAdmin } })["policy.csv"];
    assert.equal(csv(), "p, role:admin, *, *, *, deny\n");
    assert.equal(csv("down"), "");
  });

  it("grants each role its rights, and each group its role", () => {
    const { "policy.csv": csv = "" } = accessData({
      delivery: healed,
      signOn,
      access: { viewer: ["developers", "Support Team"] },
    });
    assert.deepEqual(csv.trimEnd().split("\n"), [
      "p, role:admin, *, *, *, deny",
      "p, role:platform-viewer, applications, get, */*, allow",
      "p, role:platform-viewer, applicationsets, get, */*, allow",
      "p, role:platform-viewer, projects, get, *, allow",
      "p, role:platform-viewer, clusters, get, *, allow",
      "p, role:platform-viewer, repositories, get, *, allow",
      "g, developers, role:platform-viewer",
      "g, Support Team, role:platform-viewer",
    ]);
  });

  it("lets operators sync, unless a sync is the approval", () => {
    const may = (delivery: Parameters<typeof accessData>[0]["delivery"]) =>
      accessData({ delivery, access: { operator: ["x"] } })["policy.csv"]?.includes("operator, applications, sync");
    assert.equal(may(healed), true);
    assert.equal(may({ sync: "manual", drift: "heal" }), true);
    assert.equal(may({ sync: "manual", drift: "alert" }), false);
  });

  it("reads the groups from the configured claim", () => {
    const claim = (groupsClaim: string) => accessData({ delivery: healed, signOn: { oidc: { ...oidc, groupsClaim } } });
    for (const name of ["cognito:groups", "https://vaarak.example/groups"]) {
      assert.deepEqual(parse(claim(name).scopes ?? ""), [name]);
    }
  });
});

describe("the login", () => {
  it("is for admin without single sign-on", () => {
    assert.deepEqual(signOnData(undefined), { "admin.enabled": "true" });
  });

  it("uses OpenID Connect, with the secret by reference", () => {
    const { "oidc.config": config = "", ...rest } = signOnData({ oidc: { ...oidc, cliClientId: "argocd-cli" } });
    assert.deepEqual(rest, { "admin.enabled": "false" });
    assert.deepEqual(parse(config), {
      name: "SSO",
      issuer: "https://id.example",
      clientID: "argocd",
      clientSecret: "$oidc.clientSecret",
      cliClientID: "argocd-cli",
      requestedScopes: ["openid", "groups"],
      enablePKCEAuthentication: true,
    });
  });

  it("uses GitHub through Dex, also GitHub Enterprise Server", () => {
    const github = { clientId: "Ov23", organizations: ["vaarak", "partner"], hostName: "git.example" };
    const { "dex.config": config = "", ...rest } = signOnData({ dex: { github } });
    assert.deepEqual(rest, { "admin.enabled": "false" });
    assert.deepEqual(parse(config), {
      connectors: [
        {
          type: "github",
          id: "github",
          name: "GitHub",
          config: {
            clientID: "Ov23",
            clientSecret: "$dex.github.clientSecret",
            orgs: [{ name: "vaarak" }, { name: "partner" }],
            teamNameField: "slug",
            hostName: "git.example",
          },
        },
      ],
    });
  });

  it("includes admin in an emergency, with its reason", () => {
    const data = signOnData({ ...signOn, emergencyAdmin: "The provider is down" });
    assert.equal(data["admin.enabled"], "true");
    assert.equal(data["gitops-platform.emergencyAdmin"], "The provider is down");
  });
});
