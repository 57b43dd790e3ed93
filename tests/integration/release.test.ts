import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { Argocd } from "@gitops-platform/components/argocd/argocd";
import { installation } from "@gitops-platform/components/argocd/installation";
import { checkEntries, minorOf, reads } from "@gitops-platform/components/argocd/entries";
import { KNOWN_ENTRIES } from "@gitops-platform/components/argocd/known-entries";
import {
  parseManifest,
  RELEASES,
  type PinnedManifest,
  readManifest,
  type ManifestSources,
} from "@gitops-platform/components/argocd/release";
import { checkParameters, PLATFORM_PARAMETERS } from "@gitops-platform/components/argocd/parameters";
import { checkPatches, PATCH_VARIABLES } from "@gitops-platform/components/argocd/patches";
import { sizeParameters } from "@gitops-platform/components/argocd/resources";
import { tuned, UNTUNED } from "@gitops-platform/components/argocd/tuned";
import { resourceName, resourceType, type Manifest } from "@gitops-platform/components/kubernetes-object";
import { isWorkload, referencedKeys } from "@gitops-platform/components/argocd/workloads";
import { FLEET_SIZES, type ArgocdTuning, type Patch } from "@gitops-platform/environments/settings/argocd-tuning";
import { Go } from "@gitops-platform/sandbox/tools/go";
import { argocdModule } from "@gitops-platform/sandbox/tools/loopback-source";
import { planBuild } from "@gitops-platform/sandbox/tools/plan";
import { rules } from "@gitops-platform/policy/rules";
import supported from "../../supported.json";
import { evaluateRule, type TestResource } from "@gitops-platform/policy/tests/support";
import { construct } from "@gitops-platform/test-support/components";
import { restrictedProblems } from "@gitops-platform/test-support/argocd/restricted";

// On the published files and sources of every reviewed release. It needs no cluster.

const settings = {
  environment: "dev",
  delivery: { sync: "auto", drift: "heal" },
  url: undefined,
  notifications: undefined,
  parameters: {},
} as const;

/** The fields of a NetworkPolicy that select pods and permit connections to them. */
interface Policy {
  readonly spec: {
    readonly podSelector: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly ingress: readonly unknown[];
  };
}

describe("the reviewed releases", function () {
  this.timeout(240_000);
  const sources = new Map<string, string>();
  const manifests = new Map<PinnedManifest, Manifest[]>();
  const versions = Object.keys(RELEASES);

  before(async () => {
    for (const version of versions) sources.set(version, await sourceOf(version));
    for (const release of Object.values(RELEASES)) {
      for (const pinned of [release.standard, release.highAvailability]) manifests.set(pinned, await read(pinned));
    }
  });

  /** Go's module of a release: its checksum is in Go's checksum database. */
  async function sourceOf(version: string): Promise<string> {
    const found = await new Go(planBuild()).run(["mod", "download", "-json", `${argocdModule}@v${version}`]);
    return (JSON.parse(found) as { Dir: string }).Dir;
  }

  async function read(pinned: PinnedManifest): Promise<Manifest[]> {
    const none: ManifestSources = {
      cache: "/nowhere",
      moduleCache: "/nowhere",
      download: () => Promise.reject(new Error("offline")),
    };
    const path = join(sources.get(pinned.version) ?? "", "manifests", pinned.file);
    return parseManifest(await readManifest(pinned, path, none));
  }

  const objectsOf = (pinned: PinnedManifest) => manifests.get(pinned) ?? [];
  const installed = (pinned: PinnedManifest) => {
    const made = installation(objectsOf(pinned), settings);
    return [made.namespace, ...made.definitions, ...made.prerequisites, made.defaultProject, ...made.workloads];
  };

  /**
   * The resources of Argo CD in a stack, as rules see them. The definitions come from the manifest: they are unchanged,
   * and a megabyte takes a second to register.
   */
  async function resourcesOf(pinned: PinnedManifest, tuning: ArgocdTuning = UNTUNED): Promise<TestResource[]> {
    const isDefinition = ({ kind }: Manifest) => kind === "CustomResourceDefinition";
    const manifest = objectsOf(pinned).filter((object) => !isDefinition(object));
    const { recorder } = await construct((opts) => {
      const webhookSecret = pulumi.secret("s3cr3t");
      return new Argocd("argocd", { ...settings, tuning, manifest, webhookSecret, protect: true }, opts);
    });
    const made = recorder.resources.map(({ type, name, inputs }) => ({ type, name, props: inputs, protect: true }));
    const definitions = objectsOf(pinned)
      .filter(isDefinition)
      .map((object): TestResource => {
        return { type: resourceType(object), name: resourceName(object), props: { ...object }, protect: true };
      });
    return [...definitions, ...made];
  }

  it("include the one that the platform is tested on, and the one before it", () => {
    assert.ok(versions.length >= 2);
    assert.ok(versions.includes(supported.argocd));
  });

  const files = [
    { file: "standard", objects: 60, workloads: 7, budgets: 0 },
    { file: "highAvailability", objects: 71, workloads: 8, budgets: 4 },
  ] as const;
  for (const version of versions) {
    for (const { file, objects, workloads, budgets } of files) {
      const pinned = RELEASES[version]?.[file];
      assert.ok(pinned);
      it(`${version}'s ${pinned.file} has ${objects} objects, and reads every parameter that the platform sets`, () => {
        const manifest = objectsOf(pinned);
        assert.equal(manifest.length, objects);
        for (const size of FLEET_SIZES) {
          assert.deepEqual(checkParameters({ ...PLATFORM_PARAMETERS, ...sizeParameters(size) }, manifest), []);
        }
        const made = installation(manifest, settings);
        assert.equal(made.definitions.length, 3);
        assert.equal(made.workloads.length, workloads);
        // The platform's own: a network policy, and a budget for each workload with several pods.
        assert.equal(made.prerequisites.length, objects - 3 - workloads + 1 + budgets);
      });

      it(`${version}'s ${pinned.file} breaks no rule of the policy pack`, async () => {
        const resources = await resourcesOf(pinned);
        // The guard is not part of Argo CD.
        for (const rule of rules.filter(({ name }) => name !== "namespaces-are-guarded")) {
          const found = evaluateRule(rule, "prod", resources).map(({ message, name }) => `${name ?? ""}: ${message}`);
          assert.deepEqual(found, [], rule.name);
        }
      });

      it(`${version}'s ${pinned.file} permits the connections that each pod needs, past our default`, () => {
        const policies = objectsOf(pinned).filter(({ kind }) => kind === "NetworkPolicy") as unknown as Policy[];
        const closed = installed(pinned)
          .filter(isWorkload)
          .filter(({ spec }) => {
            const { labels = {} } = spec.template.metadata as { labels?: Record<string, string> };
            const selects = ({ matchLabels }: Policy["spec"]["podSelector"]) =>
              Object.entries(matchLabels).every(([name, value]) => labels[name] === value);
            return !policies.some((policy) => selects(policy.spec.podSelector) && policy.spec.ingress.length > 0);
          });
        assert.deepEqual(closed.map(resourceName), []);
      });

      it(`${version}'s ${pinned.file} has only pods that Pod Security's level restricted accepts`, () => {
        assert.deepEqual(installed(pinned).flatMap(restrictedProblems), []);
      });
    }

    it(`${version} reads the entries of argocd-cm and argocd-rbac-cm that the table names, and no others`, () => {
      const known = KNOWN_ENTRIES[minorOf(version)];
      assert.ok(known);
      const folder = sources.get(version) ?? "";
      const code = ["settings/settings.go", "settings/accounts.go", "rbac/rbac.go"]
        .map((file) => readFileSync(join(folder, "util", file), "utf8"))
        .join("");
      const objects = Object.values(RELEASES[version] ?? {}).flatMap(objectsOf);
      const variables = referencedKeys(objects, "argocd-cm");
      for (const name of [...known.general.names, ...known.rbac.names]) {
        assert.ok(code.includes(`"${name}"`) || variables.has(name), name);
      }
      for (const prefix of [...known.general.prefixes, ...known.rbac.prefixes]) {
        // The code joins most of them from a part and a dot.
        const part = prefix.replace(/\.$/, "").replace(/^resource\.customizations\./, "");
        assert.ok(code.includes(part), prefix);
      }
      const documented = parse(readFileSync(join(folder, "docs/operator-manual/argocd-cm.yaml"), "utf8")) as {
        data: Record<string, string>;
      };
      for (const name of [...Object.keys(documented.data), ...variables]) {
        assert.ok(reads(known.general, name), name);
      }
      // Upstream's own entries, too.
      const cm = objects.find(({ kind, metadata }) => kind === "ConfigMap" && metadata?.name === "argocd-cm");
      const { data = {} } = cm as unknown as { data?: Record<string, string> };
      const exclusions = data["resource.exclusions"];
      assert.ok(exclusions);
      assert.deepEqual(checkEntries(version, { settings: { "resource.exclusions": exclusions }, rbac: {} }), []);
    });
  }

  it("show an upgrade object by object: from one to the next, only the images of Argo CD change", async () => {
    const [before, after] = versions.map((version) => RELEASES[version]?.highAvailability);
    assert.ok(before && after);
    const old = new Map((await resourcesOf(before)).map(({ name, props }) => [name, JSON.stringify(props)]));
    const now = await resourcesOf(after);
    assert.deepEqual(now.map(({ name }) => name).sort(), [...old.keys()].sort());
    const changed = now.filter(({ name, props }) => old.get(name) !== JSON.stringify(props));
    assert.deepEqual(changed.map(({ name }) => name).sort(), [
      "deployment-argocd-applicationset-controller",
      "deployment-argocd-dex-server",
      "deployment-argocd-notifications-controller",
      "deployment-argocd-redis-ha-haproxy",
      "deployment-argocd-repo-server",
      "deployment-argocd-server",
      "statefulset-argocd-application-controller",
    ]);
    for (const { name, props } of changed) {
      const text: string = JSON.stringify(props).replaceAll(`argocd:v${after.version}`, `argocd:v${before.version}`);
      assert.equal(text, old.get(name));
    }
  });

  describe("tuned by a stack", () => {
    const pinned = RELEASES[supported.argocd]?.highAvailability ?? assert.fail();
    const pod = (fields: object) => ({ spec: { template: { spec: fields } } });
    const server = (fields: object): Patch => ({
      kind: "Deployment",
      name: "argocd-server",
      patch: pod({ containers: [{ name: "argocd-server", ...fields }] }),
    });

    async function violations(tuning: Partial<ArgocdTuning>, config = {}): Promise<string[]> {
      const resources = await resourcesOf(pinned, { ...UNTUNED, ...tuning });
      const judging = rules.filter(({ name }) => name !== "namespaces-are-guarded");
      return judging.flatMap((rule) => {
        const found = evaluateRule(rule, "prod", resources, rule.name === "argocd-is-the-pinned-release" ? config : {});
        return Array.from(new Set(found.map(() => rule.name)));
      });
    }

    it("break no rule with all settings, if the pack names the mirror", async () => {
      const mirror = "registry.example/platform";
      const tuning = {
        size: "large" as const,
        replicas: { controller: 2, repoServer: 3, server: 3 },
        scheduling: { nodeSelector: { pool: "platform" }, priorityClass: "system-cluster-critical" },
        registry: { mirror, pullSecrets: ["pull"] },
        proxy: { https: "http://proxy.example:3128" },
        patches: [
          server({
            env: PATCH_VARIABLES.filter((name) => !name.startsWith("ARGOCD_K8S_")).map((name) => ({
              name,
              value: "1",
            })),
            resources: { limits: { memory: "1Gi" } },
            livenessProbe: { failureThreshold: 5 },
          }),
          {
            kind: "Deployment",
            name: "argocd-server",
            patch: pod({
              ...{ affinity: null, dnsConfig: { options: [{ name: "ndots", value: "1" }] }, dnsPolicy: "ClusterFirst" },
              ...{ hostAliases: [{ ip: "10.0.0.1", hostnames: ["git.example"] }], terminationGracePeriodSeconds: 60 },
            }),
          },
        ],
      } satisfies Partial<ArgocdTuning>;
      assert.deepEqual(checkPatches(tuning.patches, tuned(objectsOf(pinned), "argocd", UNTUNED)), []);
      assert.deepEqual(await violations(tuning, { registries: [mirror] }), []);
      assert.deepEqual(await violations(tuning), ["argocd-is-the-pinned-release"]);
    });

    const other = (kind: string, name: string, fields: Patch["patch"]): Patch => {
      return { kind: kind as Patch["kind"], name, patch: fields };
    };
    const undone: [what: string, patch: Patch, rules: string[]][] = [
      [
        "another image",
        server({ image: "evil.example/argocd:v3.6.1" }),
        // What it runs is compared without the image.
        ["argocd-is-the-pinned-release"],
      ],
      [
        "a container as root",
        server({ securityContext: { runAsNonRoot: false } }),
        ["argocd-keeps-its-promises", "containers-are-confined"],
      ],
      [
        "no authentication",
        server({ args: ["/usr/local/bin/argocd-server", "--disable-auth"] }),
        ["argocd-keeps-its-promises"],
      ],
      [
        "no authentication, in a shell",
        server({ command: ["sh", "-c", "argocd-server --disable-auth"] }),
        ["argocd-keeps-its-promises"],
      ],
      [
        "slow healing",
        other(
          "StatefulSet",
          "argocd-application-controller",
          pod({
            containers: [
              {
                name: "argocd-application-controller",
                env: [{ name: "ARGOCD_APPLICATION_CONTROLLER_SELF_HEAL_TIMEOUT_SECONDS", value: "600" }],
              },
            ],
          }),
        ),
        ["argocd-keeps-its-promises"],
      ],
      ["no pods", other("Deployment", "argocd-server", { spec: { replicas: 0 } }), ["argocd-keeps-its-promises"]],
      [
        "open pods",
        other("NetworkPolicy", "argocd-redis-ha-server-network-policy", { spec: { ingress: [{}] } }),
        ["argocd-is-the-pinned-release"],
      ],
      ...["ClusterRole", "Role"].map((kind): [string, Patch, string[]] => [
        `wider rights by a ${kind}`,
        other(kind, "argocd-server", { rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }] }),
        ["argocd-is-the-pinned-release"],
      ]),
      ...["ClusterRoleBinding", "RoleBinding"].map((kind): [string, Patch, string[]] => [
        `other subjects of a ${kind}`,
        other(kind, "argocd-server", { subjects: [{ kind: "Group", name: "system:authenticated" }] }),
        ["argocd-is-the-pinned-release"],
      ]),
    ];
    for (const [what, patch, names] of undone) {
      it(`are refused by the settings and by ${names.join(" and ")} with a patch that makes ${what}`, async () => {
        assert.notDeepEqual(checkPatches([patch], tuned(objectsOf(pinned), "argocd", UNTUNED)), []);
        assert.deepEqual((await violations({ patches: [patch] })).sort(), names);
      });
    }
  });
});
