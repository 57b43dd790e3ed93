import assert from "node:assert/strict";
import fc from "fast-check";
import { type CataloguePolicy, serviceObjects } from "@gitops-platform/components/delivery/objects";
import { application } from "@gitops-platform/components/delivery/application";
import { project } from "@gitops-platform/components/delivery/project";
import { resourceType } from "@gitops-platform/components/kubernetes-object";
import type { Manifest } from "@gitops-platform/contract/canonical";
import type { Source } from "@gitops-platform/contract/source";
import supported from "../../../supported.json";
import type { ServiceDeclaration } from "@gitops-platform/contract/catalogue";
import { environments } from "@gitops-platform/environments/environments";
import { dev } from "@gitops-platform/environments/dev";
import { prod } from "@gitops-platform/environments/prod";
import { rules } from "@gitops-platform/policy/rules";
import { evaluateRule, type TestResource } from "@gitops-platform/policy/tests/support";

const URL = "https://github.com/vaarak/gitops.git";
const WEB: ServiceDeclaration = {
  name: "web",
  team: "payments",
  groups: ["vaarak:payments"],
  namespace: "shop",
  environments: ["dev", "prod"],
  retired: ["staging"],
};
const API: ServiceDeclaration = { ...WEB, name: "api", joins: "web", environments: ["dev"], retired: [] };

interface Metadata {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

const metadata = (object: Manifest) => object.metadata as unknown as Metadata;
const kinds = (objects: readonly Manifest[]) => objects.map(({ kind }) => kind);

describe("the objects of a service of the catalogue", () => {
  it("include the namespace with its limits only if the service owns it", () => {
    const own = ["Namespace", "ResourceQuota", "LimitRange", "NetworkPolicy", "AppProject", "Application"];
    assert.deepEqual(kinds(serviceObjects(WEB, dev, URL)), own);
    assert.deepEqual(kinds(serviceObjects(API, dev, URL)), ["AppProject", "Application"]);
    assert.deepEqual(serviceObjects(API, prod, URL), []);
  });

  const spec = (source: Source, environment = dev) => {
    const objects = serviceObjects({ ...WEB, source }, environment, URL);
    return objects.find(({ kind }) => kind === "Application") as unknown as {
      metadata: Metadata;
      spec: { source: object; info: { name: string; value: string }[] };
    };
  };

  it("read another chart with the cluster that validate renders it for", () => {
    const { metadata: about, spec: is } = spec({ kind: "chart", chart: "charts/shop", image: ["web", "image"] });
    assert.deepEqual(is.source, {
      repoURL: URL,
      targetRevision: "refs/heads/main",
      path: "charts/shop",
      helm: {
        releaseName: "web",
        valueFiles: ["/environments/dev/web.yaml"],
        kubeVersion: supported.kubernetes,
        apiVersions: ["v1"],
      },
    });
    const watched = "/charts/shop;/environments/dev/web.yaml";
    assert.equal(about.annotations?.["argocd.argoproj.io/manifest-generate-paths"], watched);
  });

  it("read the service's file alone for plain manifests", () => {
    const { metadata: about, spec: is } = spec({ kind: "manifests" });
    const directory = { include: "web.yaml" };
    assert.deepEqual(is.source, {
      repoURL: URL,
      targetRevision: "refs/heads/main",
      path: "environments/dev",
      directory,
    });
    assert.equal(about.annotations?.["argocd.argoproj.io/manifest-generate-paths"], "/environments/dev/web.yaml");
  });

  it("let Kustomize render the folder with the service's file, and watch its base", () => {
    const { metadata: about, spec: is } = spec({ kind: "kustomize", base: "charts/shop" });
    const path = "environments/dev/web";
    assert.deepEqual(is.source, { repoURL: URL, targetRevision: "refs/heads/main", path });
    const watched = `/charts/shop;/${path}/kustomization.yaml`;
    assert.equal(about.annotations?.["argocd.argoproj.io/manifest-generate-paths"], watched);
    assert.deepEqual(is.info.at(-1), { name: "Source", value: "kustomize, charts/shop" });
    assert.match(is.info.at(-2)?.value ?? "", /environments\/dev\/web\/kustomization\.yaml$/);
  });

  it("read manifests where releases are approved, and change with the source, so that a release brings it", () => {
    const [one, other] = ["api", "web"].map((container) => spec({ kind: "manifests", container }, prod).spec);
    assert.equal((one?.source as { path?: string }).path, "manifests/web");
    assert.deepEqual(one?.source, other?.source);
    assert.deepEqual(
      [one, other].map((each) => each?.info.at(-1)?.value),
      ["manifests, image of api", "manifests, image of web"],
    );
  });

  it("are those that a stack declares, with the annotation that orders their deletion", () => {
    const [built, delivering] = serviceObjects(API, dev, URL);
    const target = {
      environment: dev,
      service: { name: "api", namespace: "shop", team: WEB.groups },
      repositoryUrl: URL,
    };
    const annotations = { "argocd.argoproj.io/sync-wave": "-1" };
    const plain = project(target);
    assert.deepEqual(built, { ...plain, metadata: { ...plain.metadata, annotations } });
    assert.deepEqual(delivering, application(target));
  });

  it("label the namespace with its owner, and keep it with its limits where the environment retains it", () => {
    for (const [environment, kept] of [
      [dev, undefined],
      [prod, "Prune=false,Delete=false"],
    ] as const) {
      const objects = serviceObjects(WEB, environment, URL);
      const [namespace] = objects;
      assert.ok(namespace);
      assert.equal(metadata(namespace).labels?.["gitops-platform/service"], "web");
      assert.equal(metadata(namespace).labels?.["gitops-platform/environment"], environment.name);
      for (const object of objects.slice(0, 4)) {
        assert.equal(metadata(object).annotations?.["argocd.argoproj.io/sync-options"], kept, object.kind);
      }
    }
  });

  it("of a retired service keep the namespace, and let Argo CD delete everything from a folder that exists", () => {
    for (const environment of environments) {
      const retired = { ...WEB, environments: [], retired: [environment.name] };
      const objects = serviceObjects(retired, environment, URL);
      assert.equal(objects.length, 6);
      const { spec } = objects[5] as unknown as {
        spec: { source: object; syncPolicy: { automated: { allowEmpty: boolean } } };
      };
      assert.equal(spec.syncPolicy.automated.allowEmpty, true);
      assert.deepEqual(
        { ...spec.source, repoURL: "", targetRevision: "" },
        {
          ...{ repoURL: "", targetRevision: "", path: `delivery/${environment.name}` },
          directory: { include: "README.md" },
        },
      );
    }
  });

  it("have no values that YAML would show as null", () => {
    for (const environment of environments) {
      const objects = environments.flatMap(() => serviceObjects(WEB, environment, URL));
      assert.deepEqual(JSON.parse(JSON.stringify(objects)), objects);
      assert.ok(!JSON.stringify(objects).includes("null"));
    }
  });
});

/** Rules about what only a stack has: Argo CD itself, its admission policies, and Pulumi's protection. */
const OF_STACKS = ["namespaces-are-guarded", "production-is-protected"];

describe("the policy pack's rules", () => {
  const name = fc.stringMatching(/^[a-z]([-a-z0-9]{0,20}[a-z0-9])?$/);
  const SOURCES: readonly (Source | undefined)[] = [
    undefined,
    { kind: "chart", chart: "charts/shop", image: ["image"] },
    { kind: "manifests", container: "shop" },
    { kind: "kustomize", base: "charts/shop" },
  ];
  const declaration: fc.Arbitrary<ServiceDeclaration> = fc
    .record({ name, namespace: name, groups: fc.array(name, { maxLength: 2 }), source: fc.constantFrom(...SOURCES) })
    .map(({ source, ...own }) => ({ ...own, ...(source && { source }), team: "a", environments: [], retired: [] }));

  function broken(declarations: readonly ServiceDeclaration[], policy: CataloguePolicy, environment: string): string[] {
    const own = policy.environments.filter((each) => each.name === environment);
    const objects = own.flatMap((each) => declarations.flatMap((service) => serviceObjects(service, each, URL)));
    const resources = objects.map((object): TestResource => ({
      type: resourceType(object),
      name: metadata(object).name,
      props: { ...object },
    }));
    return rules.filter((rule) => evaluateRule(rule, environment, resources).length > 0).map((rule) => rule.name);
  }

  it("accept what is rendered from generated declarations", () => {
    fc.assert(
      fc.property(fc.uniqueArray(declaration, { selector: (each) => each.namespace, maxLength: 3 }), (generated) => {
        for (const { name: environment } of environments) {
          const policy = { repositoryUrl: URL, environments };
          const running = generated.map((each) => ({ ...each, environments: [environment] }));
          assert.deepEqual(without(broken(running, policy, environment), OF_STACKS), []);
          const ending = generated.map((each) => ({ ...each, retired: [environment] }));
          assert.deepEqual(without(broken(ending, policy, environment), OF_STACKS), []);
        }
      }),
      { numRuns: 20 },
    );
  });

  it("refuse what other builders could render", () => {
    const weak = { repositoryUrl: URL, environments: [{ ...prod, podSecurity: "baseline", prune: false } as const] };
    const names = without(broken([{ ...WEB, environments: ["prod"] }], weak, "prod"), OF_STACKS);
    assert.deepEqual(names, ["namespaces-confine-services", "prune-and-cascade-by-environment"]);
  });
});

function without(names: readonly string[], others: readonly string[]): string[] {
  return names.filter((each) => !others.includes(each));
}
