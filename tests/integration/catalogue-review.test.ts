/** The review of the catalogue's files, in a clone of the GitOps repository, by the rules for stacks. */
import assert from "node:assert/strict";
import path from "node:path";
import { execa } from "execa";
import { writeManifests } from "@gitops-platform/contract/canonical";
import { EngineError, type OtherResource } from "@gitops-platform/engine";
import { rendered } from "@gitops-platform/gitops/tests/catalogue/repository";
import { TYPES } from "@gitops-platform/policy/kubernetes";
import { evaluateRule, ruleNamed, type TestResource } from "@gitops-platform/policy/tests/support";
import { catalogueResources } from "@gitops-platform/review/catalogue";
import { evaluateStack } from "@gitops-platform/review/evaluate";
import { LocalRepository } from "@gitops-platform/test-support/local-repository";

type Props = Record<string, unknown>;

const projectDir = path.join(__dirname, "../..");
const ENFORCE = "pod-security.kubernetes.io/enforce";
const STACKS = ["dev", "staging", "prod"];
const FILES = rendered(
  {
    "services/cart.yaml": "team: shop\njoins: shop\nenvironments: [dev, staging, prod]\nsource: { manifests: true }\n",
    "services/old.yaml": "team: shop\nenvironments: []\nretired: [dev, staging, prod]\n",
    "services/shop.yaml": "team: shop\ngroups: [shop]\nnamespace: shops\nenvironments: [dev, staging, prod]\n",
  },
  STACKS,
);

/** What makes the file of `shop` break a rule. */
const MUTATIONS: readonly [rule: string, what: string, type: string, change: (props: Props) => void, only?: string][] =
  [
    ["namespaces-confine-services", "privileged pods", TYPES.namespace, set("metadata.labels", ENFORCE, "privileged")],
    ["namespaces-confine-services", "a quota without memory", TYPES.quota, set("spec", "hard", { pods: "1" })],
    ["namespaces-confine-services", "an open network policy", TYPES.networkPolicy, set("spec", "ingress", [{}])],
    ["projects-name-what-they-allow", "any repository", TYPES.project, set("spec", "sourceRepos", ["*"])],
    [
      "projects-name-what-they-allow",
      "any namespace",
      TYPES.project,
      set("spec", "destinations", [{ server: "https://kubernetes.default.svc", namespace: "*" }]),
    ],
    ["sync-windows-let-healing-through", "a window", TYPES.project, set("spec", "syncWindows", [{ kind: "deny" }])],
    ["applications-stay-in-their-environment", "another project", TYPES.application, set("spec", "project", "default")],
    [
      "applications-stay-in-their-environment",
      "the catalogue's folder",
      TYPES.application,
      set("spec.source", "path", "delivery/prod"),
    ],
    [
      "production-waits-for-approval",
      "main",
      TYPES.application,
      set("spec.source", "targetRevision", "refs/heads/main"),
      "prod",
    ],
    [
      "prune-and-cascade-by-environment",
      "no pruning",
      TYPES.application,
      set("spec.syncPolicy.automated", "prune", false),
    ],
    [
      "prune-and-cascade-by-environment",
      "an empty source",
      TYPES.application,
      set("spec.syncPolicy.automated", "allowEmpty", true),
    ],
    ["drift-heals-or-alerts", "no healing", TYPES.application, set("spec.syncPolicy.automated", "selfHeal", false)],
    [
      "self-heal-can-act",
      "a switch",
      TYPES.application,
      set("metadata.annotations", "argocd.argoproj.io/skip-reconcile", "true"),
    ],
    ["no-secret-in-plain-text", "a token", TYPES.project, set("spec", "description", `ghp_${"a1B2".repeat(9)}`)],
  ];

/** Sets a key of a mapping, which is created if it is missing. */
function set(place: string, key: string, value: unknown) {
  return (props: Props): void => {
    const map = place.split(".").reduce<Props>((inner, name) => (inner[name] ??= {}) as Props, props);
    map[key] = value;
  };
}

describe("the review of the catalogue", function () {
  this.timeout("10m"); // the tools may have to be built
  let clone: LocalRepository;
  before(() => {
    clone = new LocalRepository();
    put({ ...FILES, ...Object.fromEntries(STACKS.map((name) => [`delivery/${name}/README.md`, "# Ours\n"])) });
  });
  after(() => {
    clone.remove();
  });

  /** Commits files to both branches of the clone's remote. */
  function put(files: Readonly<Record<string, string | null>>): void {
    const commit = clone.commit(files);
    for (const branch of ["main", "env/prod"]) clone.git("update-ref", `refs/remotes/origin/${branch}`, commit);
  }

  for (const stack of STACKS) {
    it(`finds no violation in ${stack}`, async () => {
      const packDir = path.join(projectDir, "packages/policy");
      const subject = { projectDir, stack, packDir, packConfig: undefined };
      const { findings, notEvaluated, resources } = await evaluateStack({ ...subject, gitopsRepository: clone.folder });
      assert.deepEqual({ findings, notEvaluated }, { findings: [], notEvaluated: [] });
      const names = resources.filter(({ name }) => name.startsWith(`delivery/${stack}/`)).map(({ name }) => name);
      assert.equal(names.length, 3 * 2 + 2 * 4, names.join("\n"));
      assert.ok(names.includes(`delivery/${stack}/shop.yaml:argocd:shop`), names.join("\n"));
    });
  }

  for (const [rule, what, type, change, only] of MUTATIONS) {
    for (const stack of only === undefined ? STACKS : [only]) {
      it(`detects in ${stack} by ${rule}: ${what}`, async () => {
        const resources = (await catalogueResources(clone.folder, stack)).map(asTest);
        const before = evaluateRule(ruleNamed(rule), stack, resources);
        const mutated = structuredClone(resources);
        const file = `delivery/${stack}/shop.yaml`;
        const found = mutated.find((each) => each.type === type && each.name.startsWith(file)) ?? assert.fail(type);
        change(found.props);
        const after = evaluateRule(ruleNamed(rule), stack, mutated);
        const added = after.filter(({ message }) => !before.some((each) => each.message === message));
        assert.ok(added.length > 0, JSON.stringify(after));
        assert.ok(added.every(({ name = "" }) => name.startsWith("delivery/")));
      });
    }
  }

  it("names the file of a violation, and exits with 1", async () => {
    const file = "delivery/dev/shop.yaml";
    const objects = (await catalogueResources(clone.folder, "dev"))
      .filter(({ name }) => name.startsWith(file))
      .map(({ inputs }) => inputs);
    const project = objects.find(({ kind }) => kind === "AppProject") ?? assert.fail();
    set("spec", "sourceRepos", ["*"])(project);
    put({ [file]: writeManifests(objects as never) });
    const args = ["run", "--silent", "review", "--", "dev", "--gitops-repository", clone.folder];
    const { exitCode, stdout } = await execa("npm", args, { cwd: projectDir, reject: false });
    put({ [file]: FILES[file] ?? null });
    assert.equal(exitCode, 1);
    assert.match(stdout, /delivery\/dev\/shop\.yaml:argocd:dev-shop[^]*sourceRepos: got "\*"; expected a name without/);
  });

  const others: [what: string, files: Readonly<Record<string, string>>][] = [
    ["a comment", { "delivery/dev/shop.yaml": `# x\n${FILES["delivery/dev/shop.yaml"] ?? ""}` }],
    [
      "a line that begins with three hyphens",
      { "delivery/dev/shop.yaml": `${FILES["delivery/dev/shop.yaml"] ?? ""}---x\n` },
    ],
    ["JSON", { "delivery/dev/shop.yaml": '{"apiVersion":"v1","kind":"List","items":[]}\n' }],
    ["a link", { "delivery/dev/evil.yaml": "-> shop.yaml" }],
    ["a file with another extension", { "delivery/dev/evil.yml": "a: 1\n" }],
    ["a file of another program", { "delivery/dev/kustomization.yaml": "resources: []\n" }],
  ];
  for (const [what, files] of others) {
    it(`refuses ${what}, which readers may take for something else`, async () => {
      const before = Object.fromEntries(Object.keys(files).map((file) => [file, FILES[file] ?? null]));
      put(files);
      await assert.rejects(catalogueResources(clone.folder, "dev"), (error: unknown) => {
        assert.ok(error instanceof EngineError);
        assert.match(error.message, /^delivery\/dev\/\w+\.\w+: got other content; expected objects as gitops service/);
        return true;
      });
      put(before);
    });
  }

  it("says that a folder is no clone", async () => {
    await assert.rejects(catalogueResources(projectDir, "prod"), /--gitops-repository: got .*; expected a clone/);
  });
});

function asTest({ type, name, inputs }: OtherResource): TestResource {
  return { type, name, props: structuredClone(inputs) };
}
