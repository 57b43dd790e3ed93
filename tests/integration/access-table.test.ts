/**
 * Who may do what in Argo CD, as Argo CD's own `rbac can` reads the policy that the program writes. The policy of an
 * AppProject's roles is added to it in the form in which argocd-server adds it.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { stringify } from "yaml";
import { accessData } from "@gitops-platform/components/argocd/access";
import { project } from "@gitops-platform/components/delivery/project";
import type { DeliveryPolicy, Environment } from "@gitops-platform/environments/environment";
import { prod } from "@gitops-platform/environments/prod";
import { ensureTools } from "@gitops-platform/sandbox/tools/build";

const access = { admin: ["vaarak:platform"], operator: ["vaarak:on-call"], viewer: ["Developers and Support"] };
const teams = { api: ["vaarak:api-team"], web: ["vaarak:web-team"] };
const oidc = { name: "SSO", issuer: "https://id.example", clientId: "x", groupsClaim: "groups", scopes: [] };

/** Whom the table asks about: groups, names that Argo CD has itself, and the subject of a project's token. */
const SUBJECTS = [
  "vaarak:platform",
  "vaarak:on-call",
  "Developers and Support",
  "vaarak:api-team",
  "vaarak:web-team",
  "release-managers",
  "proj:prod-api:team",
  "strangers",
  "admin",
  "role:admin",
] as const;
type Subject = (typeof SUBJECTS)[number];

const viewers: Subject[] = ["vaarak:platform", "vaarak:on-call", "Developers and Support"];
const apiTeam: Subject[] = ["vaarak:api-team", "proj:prod-api:team"];

type Row = [action: string, resource: string, object: string, may: Subject[]];

const TABLE: Row[] = [
  ["get", "applications", "prod-api/api", [...viewers, ...apiTeam]],
  ["get", "applications", "prod-web/web", [...viewers, "vaarak:web-team"]],
  ["get", "projects", "prod-api", viewers],
  ["get", "logs", "prod-api/api", ["vaarak:platform", "vaarak:on-call", ...apiTeam]],
  ["sync", "applications", "prod-api/api", ["vaarak:platform", "vaarak:on-call"]],
  ["action/apps/Deployment/restart", "applications", "prod-api/api", ["vaarak:platform", "vaarak:on-call"]],
  ["delete//Pod/api/api-1", "applications", "prod-api/api", ["vaarak:platform", "vaarak:on-call"]],
  ["action/apps/Deployment/scale", "applications", "prod-api/api", ["vaarak:platform"]],
  ["delete/apps/Deployment/api/api", "applications", "prod-api/api", ["vaarak:platform"]],
  ["delete", "applications", "prod-api/api", ["vaarak:platform"]],
  ["override", "applications", "prod-api/api", ["vaarak:platform"]],
  ["update", "projects", "prod-api", ["vaarak:platform"]],
  ["create", "exec", "prod-api/api", ["vaarak:platform"]],
  ["update", "accounts", "admin", ["vaarak:platform"]],
];

/** Where a sync is the approval, it takes the project's own role. */
const BY_HAND: Row[] = [
  ["sync", "applications", "prod-api/api", ["vaarak:platform", "release-managers"]],
  ["get", "applications", "prod-api/api", [...viewers, ...apiTeam, "release-managers"]],
  ["sync", "applications", "staging-api/api", ["vaarak:platform"]],
];

describe("the table of access decisions", function () {
  this.timeout("30m"); // the tools may have to be built first
  const folder = mkdtempSync(join(tmpdir(), "access-"));
  let argocd = "";
  before(async () => {
    argocd = join((await ensureTools()).bin, "argocd");
    writeFileSync(join(folder, "kubeconfig"), stringify(KUBECONFIG));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  async function may(policy: string, subject: string, [action, resource, object]: Row): Promise<boolean> {
    const flags = ["--policy-file", policy, "--kubeconfig", join(folder, "kubeconfig")];
    const asked = ["admin", "settings", "rbac", "can", subject, action, resource, object, ...flags];
    const { stdout, stderr } = await execa(argocd, asked, { reject: false });
    // An error would otherwise look like a refusal.
    assert.match(stdout, /^(Yes|No)$/, stderr);
    return stdout === "Yes";
  }

  const cases: [what: string, delivery: DeliveryPolicy, table: Row[]][] = [
    ["manual and heal", { sync: "manual", drift: "heal" }, TABLE],
    ["manual and alert", { sync: "manual", drift: "alert" }, BY_HAND],
  ];
  for (const [what, delivery, table] of cases) {
    describe(`with ${what}`, () => {
      const policy = join(folder, `${what}.csv`);
      before(() => {
        const environment = { ...prod, delivery, operators: ["release-managers"] };
        const { "policy.csv": csv = "" } = accessData({ delivery, access, signOn: { oidc } });
        writeFileSync(policy, csv + projectPolicies(environment));
      });

      for (const row of table) {
        const [action, resource, object, expected] = row;
        it(`${action} ${resource} ${object}: ${expected.join(", ")}`, async () => {
          const answers = await Promise.all(SUBJECTS.map((subject) => may(policy, subject, row)));
          assert.deepEqual(SUBJECTS.filter((_, index) => answers[index]).sort(), expected.toSorted());
        });
      }
    });
  }

  it("gives the account admin everything in an emergency, and strangers nothing", async () => {
    const policy = join(folder, "emergency.csv");
    const signOn = { oidc, emergencyAdmin: "The identity provider is down" };
    writeFileSync(policy, accessData({ delivery: prod.delivery, access, signOn })["policy.csv"] ?? "");
    const deletes: Row = ["delete", "applications", "prod-api/api", []];
    assert.equal(await may(policy, "admin", deletes), true);
    assert.equal(await may(policy, "strangers", deletes), false);
  });
});

/** Argo CD 3.6.1, AppProject.ProjectPoliciesString. */
function projectPolicies(environment: Environment): string {
  const lines = Object.entries(teams).flatMap(([name, team]) => {
    const service = { name, namespace: name, team };
    const { metadata, spec } = project({ environment, service, repositoryUrl: "https://github.com/vaarak/gitops.git" });
    return (spec.roles ?? []).flatMap((role) => [
      ...(role.policies ?? []),
      ...(role.groups ?? []).map((group) => `g, ${group}, proj:${metadata.name ?? ""}:${role.name}`),
    ]);
  });
  return lines.map((line) => `${line}\n`).join("");
}

/** `rbac can` builds a client although it asks no cluster. */
const KUBECONFIG = {
  apiVersion: "v1",
  kind: "Config",
  clusters: [{ name: "none", cluster: { server: "https://127.0.0.1:1" } }],
  users: [{ name: "none", user: { token: "none" } }],
  contexts: [{ name: "none", context: { cluster: "none", user: "none" } }],
  "current-context": "none",
};
