/** The guard's objects, as the builders create them, on a real API server, with requests from every kind of user. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import type { KubernetesObject } from "@gitops-platform/clients/kubernetes";
import { argocdNamespace, closedProject } from "@gitops-platform/components/argocd/installation";
import { application } from "@gitops-platform/components/delivery/application";
import { guard } from "@gitops-platform/components/delivery/guard/guard";
import { handedOver } from "@gitops-platform/components/delivery/handover";
import { defaultDeny, namespace, quota } from "@gitops-platform/components/delivery/namespace";
import { project } from "@gitops-platform/components/delivery/project";
import { rootApplication, rootProject } from "@gitops-platform/components/delivery/root";
import type { GuardMode } from "@gitops-platform/environments/environment";
import { BREAK_GLASS_GROUP } from "@gitops-platform/environments/environment";
import { guardExemptions } from "@gitops-platform/environments/settings/guard";
import { prod } from "@gitops-platform/environments/prod";
import { until } from "@gitops-platform/clients/until";
import { ApiServer, type KubectlResult } from "./support/api-server";
import {
  type Attempt,
  catalogueNamespace,
  CATALOGUES,
  DELIVERED,
  EXISTING,
  ANNOTATED,
  LOOSE_POD,
  OWN,
  pod,
  REQUESTERS,
  type Verdict,
} from "./support/guard-attempts";

type RequesterName = keyof typeof REQUESTERS;

const service = { name: "api", namespace: "api" };
const repositoryUrl = "https://github.com/vaarak/gitops.git";
const target = { environment: prod, service, repositoryUrl };
const exemptions = guardExemptions({ controllers: [{ user: REQUESTERS.keda.user }] });
const IN_GIT = new RegExp(
  "expected a change in Git, which Argo CD applies. Change environments/prod/api.yaml in " +
    'https://github.com/vaarak/gitops, or take a deployment back: gitops rollback api --env prod --reason "<why>"',
);
const TO_CONTROLLERS = "A controller that must belongs into guard.controllers of Pulumi.prod.yaml.";
const BY_THE_PROGRAM = new RegExp(
  "expected a change by pulumi up, or of a service of the catalogue by a pull request. .+guard.platform.+" +
    "services/ in https://github.com/vaarak/gitops. .+gitops-platform:break-glass may\\.$",
);
const REFUSED = /ValidatingAdmissionPolicy '(gitops-platform-guard-\w+)' with binding '\1' denied request: (.*)/;

describe("the guard on a real API server", function () {
  this.timeout(120_000);
  let server: ApiServer;
  const names = { ARGOCD_POD: "", POD: "", REPLICA_SET: "" };

  before(async function () {
    this.timeout("20m"); // the tools may have to be built
    server = await ApiServer.start();
    await release();
    await apply([argocdNamespace(), closedProject(), ...guardObjects("deny")]);
    // Waits for the part of the guard that was applied last.
    await until("the guard refuses", async () => {
      const { stderr } = await attempt("person", {
        args: ["delete", "configmap/argocd-cm", "--namespace=argocd", "--dry-run=server"],
      });
      return REFUSED.test(stderr) ? { done: true } : { waitingFor: stderr };
    });
    // From here on the guard is active, so objects are created like the program, Argo CD and the cluster create them.
    await apply([
      namespace("api", prod, "api"),
      quota("api", prod),
      defaultDeny("api"),
      project(target),
      application(target),
    ]);
    await apply([rootProject(target), rootApplication(target)]);
    // As if they had been there before the guard.
    await apply([EXISTING, ANNOTATED, catalogueNamespace("forged", { labels: {} })]);
    const old = handedOver([{ name: "old", namespace: "old" }], prod, repositoryUrl);
    await apply(old.map(({ object }) => object));
    const shop = { ...target, service: { name: "shop", namespace: "shop" } };
    await applyByArgocd([
      catalogueNamespace("shop"),
      ...[quota("shop", prod), project(shop), application(shop)].map((object) => tracked("catalogue", object)),
    ]);
    await until("the namespace has its service account", async () => {
      const found = await server.client.get({
        apiVersion: "v1",
        kind: "ServiceAccount",
        namespace: "api",
        name: "default",
      });
      return found ? { done: true } : { waitingFor: "the default one" };
    });
    await deliver();
    [names.POD, names.ARGOCD_POD] = await Promise.all([podOf("api"), podOf("argocd")]);
    const [replicaSet] = await server.client.list("apps/v1", "ReplicaSet", { namespace: "api" });
    names.REPLICA_SET = replicaSet?.metadata.name ?? assert.fail("the pod has no ReplicaSet");
    const loose = await server.kubectl(["create", "--filename=-"], { as: REQUESTERS.foreign, input: pod(LOOSE_POD) });
    assert.equal(loose.exitCode, 0, loose.stderr);
    const cache = await server.kubectl(["create", "configmap", "cache", "--namespace=api"], { as: REQUESTERS.foreign });
    assert.equal(cache.exitCode, 0, cache.stderr);
  });
  after(() => server.stop());

  async function apply(objects: readonly object[]): Promise<void> {
    for (const object of objects) {
      await server.client.apply(object as KubernetesObject, { fieldManager: "pulumi", force: true });
    }
  }

  function guardObjects(mode: GuardMode): object[] {
    const parts = guard({ environment: { ...prod, guard: mode }, repositoryUrl, exemptions });
    return parts.flatMap(({ policy, binding }) => [policy, binding]);
  }

  /** Creates Argo CD's objects, and gives everybody all permissions, because this does not test RBAC. */
  async function release(): Promise<void> {
    await apply([argocdNamespace()]);
    const manifest = join(server.data, "argocd", "install.yaml");
    const args = ["apply", "--server-side", "--namespace=argocd", `--filename=${manifest}`];
    const installed = await server.kubectl(args);
    assert.equal(installed.exitCode, 0, installed.stderr);
    const names = { plural: "networkpolicies", singular: "networkpolicy", kind: "NetworkPolicy" };
    const versions = [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }];
    await apply([
      {
        apiVersion: "apiextensions.k8s.io/v1",
        kind: "CustomResourceDefinition",
        metadata: { name: "networkpolicies.networking.example.com" },
        spec: { group: "networking.example.com", scope: "Namespaced", names, versions },
      },
    ]);
    await until("AppProjects are served", async () =>
      (await server.client.serves("argoproj.io/v1alpha1", "AppProject"))
        ? { done: true }
        : { waitingFor: "their kind" },
    );
    await apply([
      {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "ClusterRoleBinding",
        metadata: { name: "everybody" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
        subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: "system:authenticated" }],
      },
      {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "argocd-initial-admin-secret", namespace: "argocd" },
      },
    ]);
  }

  /**
   * Applies the chart's manifests like Argo CD: with its service account, and its tracking annotation on each object.
   */
  async function deliver(): Promise<void> {
    const golden = readFileSync(join(__dirname, "../gitops-repo/golden/prod.yaml"), "utf8");
    for (const document of parseAllDocuments(golden)) {
      const object = document.toJS() as KubernetesObject;
      await applyByArgocd([tracked("api", { ...object, metadata: { ...object.metadata, namespace: "api" } })]);
    }
  }

  /** The object with Argo CD's tracking annotation. */
  function tracked(by: string, object: object): object {
    const { apiVersion, kind, metadata } = object as KubernetesObject;
    const group = apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";
    const id = `${by}:${group}/${kind}:${metadata.namespace ?? ""}/${metadata.name}`;
    const annotations = { ...metadata.annotations, "argocd.argoproj.io/tracking-id": id };
    return { ...object, metadata: { ...metadata, annotations } };
  }

  async function applyByArgocd(objects: readonly object[]): Promise<void> {
    for (const input of objects) {
      const args = ["apply", "--server-side", "--field-manager=argocd-controller", "--filename=-"];
      const { exitCode, stderr } = await server.kubectl(args, { as: REQUESTERS.argocd, input });
      assert.equal(exitCode, 0, stderr);
    }
  }

  /** Waits for a pod that the cluster's controllers created. */
  function podOf(of: string): Promise<string> {
    return until<string>(`a pod in ${of}`, async () => {
      const [pod] = await server.client.list("v1", "Pod", { namespace: of });
      return pod ? { done: pod.metadata.name } : { waitingFor: "the first one" };
    });
  }

  function attempt(
    who: RequesterName,
    { args, input, editor }: Pick<Attempt, "args" | "input" | "editor">,
  ): Promise<KubectlResult> {
    // The longer name first, because it ends with the shorter one.
    const named = (text: string) => Object.entries(names).reduce((all, [key, name]) => all.replace(key, name), text);
    return server.kubectl(args.map(named), {
      as: REQUESTERS[who],
      ...(input !== undefined && { input: JSON.parse(named(JSON.stringify(input))) as unknown }),
      ...(editor !== undefined && { editor }),
    });
  }

  /** Fails unless the guard gave the expected verdict, with the requester's name and a message that matches `words`. */
  function check(
    verdict: Verdict,
    who: RequesterName,
    { exitCode, stdout, stderr }: KubectlResult,
    words: RegExp,
  ): void {
    const refusal = REFUSED.exec(stderr)?.[2];
    const told = `${who}: ${stdout}${stderr}`;
    if (verdict === "denies") {
      assert.match(refusal ?? "", words, told);
      assert.ok(refusal?.includes(` by ${REQUESTERS[who].user}; `), told);
      return;
    }
    assert.equal(refusal, undefined, told);
    if (verdict === "allows") assert.equal(exitCode, 0, told);
    else assert.match(stderr, /does not have a host assigned/, told);
  }

  for (const [about, attempts, words] of [
    ["on objects that Argo CD delivers", DELIVERED, IN_GIT],
    ["on objects of the platform", OWN, BY_THE_PROGRAM],
    ["on objects of the catalogue", CATALOGUES, BY_THE_PROGRAM],
  ] as const) {
    describe(about, () => {
      for (const each of attempts) {
        const verdicts = Object.entries(each.verdicts) as [Verdict, readonly RequesterName[]][];
        const title = verdicts.map(([verdict, whos]) => `${verdict} ${whos.join(", ")}`).join("; ");
        it(`if a user ${each.does}: ${title}`, async () => {
          const tries = verdicts.flatMap(([verdict, whos]) =>
            whos.map(async (who) => {
              check(verdict, who, await attempt(who, each), words);
            }),
          );
          await Promise.all(tries);
        });
      }
    });
  }

  // Mocha runs a suite's own tests before those of nested suites. These tests delete objects that the others need.
  describe("in use", () => {
    it("lets Argo CD restart a workload repeatedly, but not edit it at the same time", async () => {
      const restart = (time: string, containers: object[] = [], ...flags: string[]) => {
        const annotations = { "kubectl.kubernetes.io/restartedAt": time };
        const template = { metadata: { annotations }, spec: { containers } };
        return [
          "patch",
          "deployment/api",
          "--namespace=api",
          `--patch=${JSON.stringify({ spec: { template } })}`,
          ...flags,
        ];
      };
      check("allows", "argocdServer", await attempt("argocdServer", { args: restart("2026-01-01T00:00:00Z") }), IN_GIT);
      const again = await attempt("argocdServer", { args: restart("2026-01-02T00:00:00Z", [], "--dry-run=server") });
      check("allows", "argocdServer", again, IN_GIT);
      const more = restart("2026-01-02T00:00:00Z", [{ name: "api", image: "nginx" }], "--dry-run=server");
      check("denies", "argocdServer", await attempt("argocdServer", { args: more }), IN_GIT);
    });

    it("mentions the setting for controllers in every refusal, and break-glass only to people", async () => {
      const label = async (who: RequesterName) => {
        const { stderr } = await attempt(who, { args: ["label", "service/api", "--namespace=api", "x=y"] });
        return REFUSED.exec(stderr)?.[2] ?? "";
      };
      for (const who of ["person", "cloud"] as const) {
        assert.ok(
          (await label(who)).endsWith(`${TO_CONTROLLERS} In an emergency, the group ${BREAK_GLASS_GROUP} may.`),
        );
      }
      assert.ok((await label("foreign")).endsWith(TO_CONTROLLERS));
    });

    it("records requests that break-glass allows", async () => {
      const args = ["label", "service/api", "--namespace=api", "broken=glass"];
      check("allows", "breakGlass", await attempt("breakGlass", { args }), IN_GIT);
      const records = server.auditAnnotations().map((each) => each["gitops-platform-guard-delivered/break-glass"]);
      assert.equal(records.filter((record) => record !== undefined).at(-1), "services api/api: got UPDATE by alice");
    });

    it("warns instead of refusing in the mode warn, and writes to the audit log", async () => {
      await apply(guardObjects("warn"));
      const args = ["set", "env", "deployment/api", "DEBUG=1", "--namespace=api", "--dry-run=server"];
      const { stderr } = await until<KubectlResult>("the guard warns", async () => {
        const said = await attempt("person", { args });
        return said.exitCode === 0 ? { done: said } : { waitingFor: said.stderr };
      });
      assert.match(
        stderr,
        /^Warning: Validation failed for ValidatingAdmissionPolicy 'gitops-platform-guard-delivered'/,
      );
      assert.match(stderr, IN_GIT);
      const failures = server
        .auditAnnotations()
        .map((each) => each["validation.policy.admission.k8s.io/validation_failure"]);
      assert.match(failures.at(-1) ?? "", /deployments api\/api: got UPDATE by alice/);
      await apply(guardObjects("deny"));
    });

    it("does not restrict the cluster's own controllers", async () => {
      const gone = (kind: string, apiVersion: string, name?: string) =>
        until(`no ${kind}`, async () => {
          const left = await server.client.list(apiVersion, kind, name === undefined ? { namespace: "api" } : {});
          const found = left.filter(({ metadata }) => name === undefined || metadata.name === name);
          return found.length === 0 ? { done: true } : { waitingFor: `${found.length} left` };
        });
      const pruned = await attempt("argocd", { args: ["delete", "deployment/api", "--namespace=api"] });
      check("allows", "argocd", pruned, IN_GIT);
      const deleted = await attempt("foreign", { args: ["delete", `pod/${LOOSE_POD}`, "--namespace=api"] });
      check("allows", "foreign", deleted, IN_GIT);
      await gone("ReplicaSet", "apps/v1");
      await gone("Pod", "v1");
      const args = ["delete", "namespace/api", "--wait=false"];
      check("allows", "administrator", await attempt("administrator", { args }), BY_THE_PROGRAM);
      await gone("Namespace", "v1", "api");
    });
  });
});
