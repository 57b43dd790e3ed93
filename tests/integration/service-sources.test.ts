/**
 * `gitops validate` and `gitops render` with the real Helm and Kustomize, for services that do not use the service
 * chart, and a chart that Helm fetches from a repository.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { execa } from "execa";
import { manifestsPath } from "@gitops-platform/contract/paths";
import { graph } from "@gitops-platform/environments/environments";
import { contentDigest, digestOf, originPath, originText } from "@gitops-platform/gitops/chart/origin";
import { pullWithHelm } from "@gitops-platform/gitops/chart/pull";
import { renderCheckout } from "@gitops-platform/gitops/chart/revision";
import { vendor } from "@gitops-platform/gitops/chart/vendored";
import { candidate } from "@gitops-platform/gitops/validate/candidate";
import { validate } from "@gitops-platform/gitops/validate/validate";
import { POLICY_FILE, rendered } from "@gitops-platform/gitops/tests/catalogue/repository";
import { LocalRepository } from "@gitops-platform/test-support/local-repository";
import { deploymentText } from "@gitops-platform/test-support/workload";
import { CONTENT } from "../gitops-repo/support";
import { useTools } from "./support/tools";

type Files = Readonly<Record<string, string | null>>;

const DEV = "environments/dev/shop.yaml";
const STAGING = "environments/staging/shop.yaml";
const PROD = "environments/prod/shop.yaml";
const DEPLOYMENT = "charts/shop/templates/deployment.yaml";

const OBJECTS = deploymentText("shop", "ghcr.io/vaarak/shop:v1.0.0 # Updated by CI");

const INGRESS = `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: shop }
spec:
  rules:
    - host: HOST
      http: { paths: [{ path: /, pathType: Prefix, backend: { service: { name: shop, port: { number: 80 } } } }] }
`;

const declared = (source: string, more = ""): Record<string, string> => {
  const services = {
    "services/shop.yaml":
      "team: payments\nnamespace: shops\nenvironments: [dev, staging, prod]\n" + `source: ${source}\n${more}`,
  };
  return { ...services, ...rendered(services) };
};

/** A chart as people write them, and its values. */
const CHART: Record<string, string> = {
  ...declared("{ chart: charts/shop, image: web.image }"),
  "charts/shop/Chart.yaml":
    "apiVersion: v2\nname: shop\nversion: 1.0.0\ndescription: The shop\nicon: https://example.com/a.png\n",
  "charts/shop/values.yaml": "web: {}\n",
  [DEPLOYMENT]: OBJECTS.replace(
    "ghcr.io/vaarak/shop:v1.0.0 # Updated by CI",
    '"{{ .Values.web.image.repository }}:{{ .Values.web.image.tag }}"',
  ),
};
const VALUES = "web:\n  image:\n    repository: ghcr.io/vaarak/shop\n    tag: v1.0.0\n";
const OWN_CHART = { ...CHART, [DEV]: VALUES, [STAGING]: VALUES, [PROD]: VALUES };
const MANIFESTS = { ...declared("{ manifests: true }"), [DEV]: OBJECTS, [STAGING]: OBJECTS, [PROD]: OBJECTS };

const OVERLAY_DEV = "environments/dev/shop/kustomization.yaml";
const OVERLAY_STAGING = "environments/staging/shop/kustomization.yaml";
const OVERLAY_PROD = "environments/prod/shop/kustomization.yaml";
const BASE = "charts/shop/kustomization.yaml";

/** A base as people write them, and what builds on it. */
const OVERLAY = `resources: [../../../charts/shop]
namespace: shops
replicas:
  - { name: shop, count: 1 }
images:
  - name: shop
    newName: ghcr.io/vaarak/shop
    newTag: v1.0.0 # Updated by CI
`;
const KUSTOMIZE: Record<string, string> = {
  ...declared("{ kustomize: charts/shop }"),
  [BASE]: "resources: [deployment.yaml]\nconfigMapGenerator:\n  - { name: shop, literals: [A=1] }\n",
  "charts/shop/deployment.yaml": OBJECTS.replace("ghcr.io/vaarak/shop:v1.0.0 # Updated by CI", "shop"),
  [OVERLAY_DEV]: OVERLAY,
  [OVERLAY_STAGING]: OVERLAY,
  [OVERLAY_PROD]: OVERLAY.replace("count: 1", "count: 3"),
};

describe("services with a source of their own", function () {
  this.timeout("30m"); // the tools may have to be built first
  useTools();
  let local: LocalRepository;
  let base: string;
  beforeEach(() => {
    local = new LocalRepository();
    cpSync(CONTENT, local.folder, { recursive: true });
    base = local.commit({ ...POLICY_FILE, "delivery/dev/README.md": "#\n" });
    local.git("update-ref", "refs/remotes/origin/main", base);
  });
  afterEach(() => {
    local.remove();
  });

  /** The problems of a change of what is checked out. */
  async function problems(files: Files, from = base): Promise<string> {
    local.git("checkout", "--quiet", "--force", from);
    const head = local.commit(files);
    const found = await validate(await candidate(local.clone, "main", from, head, graph));
    return found.map(({ file, line, message }) => `${file ?? ""}:${line ?? ""} ${message}`).join("\n");
  }

  it("are accepted with a chart of their own, also with a new image", async () => {
    assert.equal(await problems(OWN_CHART), "");
    const after = local.commit({});
    assert.equal(await problems({ [DEV]: VALUES.replace("v1.0.0", "v1.1.0") }, after), "");
    assert.match(
      await problems({ [DEV]: VALUES.replace("v1.0.0", "latest") }, after),
      /^environments\/dev.* web\.image\.tag: got "latest"/,
    );
    assert.match(
      await problems({ [STAGING]: `${VALUES}a: 1\n` }, after),
      /a: got 1; .*source: charts\/shop, path: 'a'/,
    );
    const allowed = "staging: { sources: [{ source: charts/shop, path: a }] }\n";
    assert.equal(await problems({ [STAGING]: `${VALUES}a: 1\n`, "gitops.yaml": allowed }, after), "");
  });

  it("are rendered in the namespace that they are declared in, alike each time", async () => {
    local.commit({
      ...OWN_CHART,
      "charts/shop/templates/config.yaml":
        'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: shop, namespace: "{{ .Release.Namespace }}" }\n',
    });
    const [written] = await renderCheckout(local.folder, "prod", ["shop"]);
    assert.equal(written?.state, "written");
    const text = readFileSync(join(local.folder, manifestsPath("shop")), "utf8");
    assert.match(text, /namespace: shops\n/);
    assert.match(text, /image: ghcr\.io\/vaarak\/shop:v1\.0\.0\n/);
  });

  const charts: [what: string, files: Files, said: RegExp][] = [
    [
      "a random value",
      { [DEPLOYMENT]: `${CHART[DEPLOYMENT] ?? ""}          env: [{ name: A, value: "{{ randAlpha 5 }}" }]\n` },
      /got randAlpha in a template/,
    ],
    [
      "a random value by a template in the values",
      {
        [DEPLOYMENT]: `${CHART[DEPLOYMENT] ?? ""}          args: ["{{ tpl .Values.a . }}"]\n`,
        [DEV]: `${VALUES}a: "{{ randAlpha 5 }}"\n`,
      },
      /dev\/shop\.yaml: got randAlpha in a template/,
    ],
    [
      "a hidden random value",
      { [DEPLOYMENT]: `${CHART[DEPLOYMENT] ?? ""}          args: ["{{ tpl (printf "{{ %s%s }}" "uuid" "v4") . }}"]\n` },
      /got other objects at a second run/,
    ],
    [
      "a look into the cluster",
      { "charts/shop/templates/a.yaml": '{{ if lookup "v1" "Secret" "a" "b" }}{{ end }}\n' },
      /got lookup in a template/,
    ],
    [
      "a dependency with a URL",
      {
        "charts/shop/Chart.yaml":
          `${CHART["charts/shop/Chart.yaml"] ?? ""}dependencies: [{ name: a, version: "1", repository: ` +
          '"https://127.0.0.1/" }]\n',
      },
      /dependencies\[0\]\.repository: got/,
    ],
    ["a packed chart", { "charts/shop/charts/a.tgz": "a" }, /Got a\.tgz; expected no packed charts/],
    ["a symbolic link", { "charts/shop/files/a": "-> /etc/passwd" }, /Got a symbolic link/],
    [
      "a schema elsewhere",
      { "charts/shop/values.schema.json": '{ "$ref": "http://127.0.0.1/a.json" }' },
      /\$ref: got "http/,
    ],
    [
      "a kind of the cluster",
      { "charts/shop/templates/a.yaml": "apiVersion: v1\nkind: Namespace\nmetadata: { name: shop-b }\n" },
      /Namespace shop-b: kind: got/,
    ],
    [
      "a resource definition",
      {
        "charts/shop/crds/a.yaml":
          "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: { name: shop }\n",
      },
      /kind: got "apiextensions/,
    ],
    [
      "a host of another service",
      {
        "charts/shop/templates/a.yaml": INGRESS.replace("HOST", '"{{ .Values.host }}"'),
        [DEV]: `${VALUES}host: api.example.com\n`,
        "environments/dev/api.yaml":
          `${readFileSync(join(CONTENT, "environments/dev/api.yaml"), "utf8")}ingress: { className: nginx, hosts: ` +
          "[api.example.com] }\n",
      },
      /hosts: got "api\.example\.com", a host of/,
    ],
    [
      "a reserved host",
      {
        "charts/shop/templates/a.yaml": INGRESS.replace("HOST", "argocd.example.com"),
        "gitops.yaml": "hosts: { reserved: [argocd.example.com] }\n",
      },
      /hosts: got "argocd\.example\.com", reserved by/,
    ],
    ["a chart that is not there", declared("{ chart: charts/shopp, image: web.image }"), /charts\/shopp/],
    [
      "an image that is not there",
      declared("{ chart: charts/shop }"),
      /image: got nothing; expected repository and tag/,
    ],
  ];
  for (const [what, files, said] of charts) {
    it(`are refused with a chart that has ${what}`, async () => {
      assert.match(await problems({ ...OWN_CHART, ...files }), said);
    });
  }

  it("are refused with files of a chart that are older than the checks, once a service uses it", async () => {
    const before = local.commit({ "charts/shop/charts/a.tgz": "a" });
    assert.match(await problems(OWN_CHART, before), /Got a\.tgz; expected no packed charts/);
  });

  it("reach no files outside their chart", async () => {
    const reading = "{{ $.Files.Get `../../gitops.yaml` }}{{ $.Files.Get `/etc/passwd` }}";
    local.commit({
      ...OWN_CHART,
      "charts/shop/templates/a.yaml":
        "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: shop }\n" + `data: { a: "${reading}" }\n`,
    });
    await renderCheckout(local.folder, "prod", ["shop"]);
    assert.match(readFileSync(join(local.folder, manifestsPath("shop")), "utf8"), /data:\n {2}a: ""\n/);
  });

  it("are accepted as plain manifests, also with a new image", async () => {
    assert.equal(await problems(MANIFESTS), "");
    const after = local.commit({});
    assert.equal(await problems({ [DEV]: OBJECTS.replace("v1.0.0", "v1.1.0") }, after), "");
    assert.match(await problems({ [DEV]: OBJECTS.replace("v1.0.0", "latest") }, after), / image\.tag: got "latest"/);
    assert.equal(
      await problems({ [PROD]: OBJECTS.replace("replicas: 1", "replicas: 3").replaceAll("64Mi", "128Mi") }, after),
      "",
    );
    const args = `${OBJECTS}          args: [a]\n`;
    assert.match(
      await problems({ [STAGING]: args }, after),
      /containers\.shop\.args: got \["a"\]; .*source: manifests/,
    );
  });

  it("may have the kinds of their profile alone", async () => {
    const role =
      "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: { name: shop }\n" +
      "rules: [{ apiGroups: [coordination.k8s.io], resources: [leases], verbs: [get, create, update] }]\n";
    const binding =
      "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: { name: shop }\n" +
      "roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: shop }\n" +
      "subjects: [{ kind: ServiceAccount, name: shop, namespace: shops }]\n";
    const everywhere = (text: string) => ({ [DEV]: text, [STAGING]: text, [PROD]: text });
    const wide = {
      ...declared("{ manifests: true }", "profile: kubernetes-client\n"),
      ...everywhere(OBJECTS + role + binding),
    };
    assert.equal(await problems(wide), "");
    const before = local.commit({});
    assert.match(
      await problems({ ...MANIFESTS, ...everywhere(OBJECTS + role + binding) }, before),
      /Role shop: kind: got .*The profile kubernetes-client has it.*\n.*RoleBinding shop: kind: got/,
    );
    const secrets = role.replace("coordination.k8s.io", '""').replace("leases", "secrets");
    assert.match(
      await problems({ [DEV]: OBJECTS + secrets + binding }, before),
      /Role shop: rules\[0\]: got "\/secrets"/,
    );
    assert.equal(await problems({ [DEV]: `${OBJECTS.replace("v1.0.0", "v1.1.0")}${role}${binding}` }, before), "");
    const unknown = declared("{ manifests: true }", "profile: kubernetes-clients\n");
    assert.match(await problems(unknown, before), /services\/shop\.yaml:\S* .*profile: got "kubernetes-clients"/);
  });

  it("are refused with pods that their namespace would refuse", async () => {
    const bare = OBJECTS.replace(", seccompProfile: { type: RuntimeDefault }", "");
    assert.match(
      await problems({ ...MANIFESTS, [DEV]: bare }),
      /^environments\/dev\/shop\.yaml: Deployment shop: container shop: seccompProfile\.type: got nothing; [^\n]*$/,
    );
    const many = (count: number, text = OBJECTS) => text.replace("replicas: 1", `replicas: ${count}`);
    assert.equal(await problems({ ...MANIFESTS, [DEV]: many(20) }), "");
    const fewer =
      "Run fewer or smaller pods, or let the platform team raise the quota in environments/dev.ts of the platform.";
    assert.equal(
      await problems({ ...MANIFESTS, [DEV]: many(21) }),
      "environments/dev/shop.yaml: pods: got 21 for all pods of shop during an update; expected at most 20, the " +
        `quota of a namespace in dev. ${fewer}\n` +
        "environments/dev/shop.yaml: requests.cpu: got 2.1 for all pods of shop during an update; expected at most " +
        `2, the quota of a namespace in dev. ${fewer}`,
    );
    const first = many(20).replace("  selector:", "  strategy: { rollingUpdate: { maxUnavailable: 0 } }\n  selector:");
    assert.match(await problems({ ...MANIFESTS, [DEV]: first }), /pods: got 21 for all pods of shop during an update/);
    assert.match(
      await problems({ ...MANIFESTS, [DEV]: many(21).replace("memory: 64Mi", "memory: 64MiB") }),
      /container shop: resources\.requests\.memory: got "64MiB"; expected a quantity\.[^]* pods: got 21/,
    );
    await problems({ ...MANIFESTS, [DEV]: many(21) });
    const over = local.commit({});
    assert.equal(await problems({ [DEV]: many(21).replace("v1.0.0", "v1.1.0") }, over), "");
    assert.match(await problems({ [DEV]: many(22) }, over), /pods: got 22/);
  });

  it("are judged again by a changed policy, but not by the first one", async () => {
    const [[path, text] = assert.fail()] = Object.entries(POLICY_FILE);
    const bare = OBJECTS.replace(", seccompProfile: { type: RuntimeDefault }", "").replace(
      "replicas: 1",
      "replicas: 12",
    );
    const looser = text.replaceAll("podSecurity: restricted", "podSecurity: baseline");
    const tighter = text.replace('pods: "20"', 'pods: "10"');
    assert.ok(looser !== text && tighter !== text);
    const first = { ...MANIFESTS, [path]: looser, [DEV]: bare };
    await problems(first);
    const before = local.commit({});
    const found = await problems({ [path]: tighter }, before);
    assert.match(
      found,
      /dev\/shop\.yaml: .*seccompProfile\.type: got nothing[^]*dev\/shop\.yaml: pods: got 12 .* at most 10,/,
    );
    const none = local.commit({ ...first, [path]: null });
    assert.doesNotMatch(await problems({ [path]: tighter }, none), /seccompProfile|pods: got/);
  });

  it("are refused with more pods than the quota of the namespace that they share", async () => {
    const services = {
      "services/shop.yaml": "team: payments\nnamespace: shops\nenvironments: [dev]\nsource: { manifests: true }\n",
      "services/cart.yaml": "team: payments\njoins: shop\nenvironments: [dev]\nsource: { manifests: true }\n",
    };
    const cart = (count: number) => OBJECTS.replaceAll("shop", "cart").replace("replicas: 1", `replicas: ${count}`);
    const files = { ...services, ...rendered(services), [DEV]: OBJECTS.replace("replicas: 1", "replicas: 12") };
    assert.equal(await problems({ ...files, "environments/dev/cart.yaml": cart(8) }), "");
    const before = local.commit({});
    assert.match(
      await problems({ "environments/dev/cart.yaml": cart(9) }, before),
      /^environments\/dev\/cart\.yaml: pods: got 21 for all pods of cart, shop during an update; expected at most 20/,
    );
    // In its own namespace before, it was not among those that were over the quota here.
    const alone = { ...services, "services/cart.yaml": services["services/shop.yaml"].replace("shops", "carts") };
    const joining = local.commit({ ...alone, ...rendered(alone), "environments/dev/cart.yaml": cart(9) });
    assert.match(await problems({ ...services, ...rendered(services) }, joining), /pods: got 21 for all pods of/);
  });

  it("are written canonically where releases are approved", async () => {
    local.commit(MANIFESTS);
    await renderCheckout(local.folder, "prod", ["shop"]);
    const text = readFileSync(join(local.folder, manifestsPath("shop")), "utf8");
    assert.match(
      text,
      /^---\napiVersion: apps\/v1\nkind: Deployment\nmetadata:\n {2}name: shop\nspec:\n {2}replicas: 1\n/,
    );
  });

  const JOB = "---\napiVersion: batch/v1\nkind: Job\n";
  const objects: [what: string, text: string, said: RegExp][] = [
    [
      "another namespace",
      OBJECTS.replace("name: shop\n", "name: shop\n  namespace: shop\n"),
      /metadata\.namespace: got "shop"/,
    ],
    [
      "a list",
      "apiVersion: v1\nkind: List\nitems:\n  - { apiVersion: v1, kind: Namespace, metadata: { name: a } }\n---\n" +
        OBJECTS,
      /got a list of items/,
    ],
    [
      "a list by another name",
      OBJECTS + "---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: shop }\nitems: []\n",
      /got a list of items/,
    ],
    ["the mark that hides a file", `# argocd:skip-file-rendering\n${OBJECTS}`, /expected text without it/],
    [
      "an object in a comment to some",
      OBJECTS + "--- # apiVersion: v1\nkind: Namespace\n",
      /got a line that begins with ---/i,
    ],
    ["an object without a kind", OBJECTS + "---\na: 1\n", /expected apiVersion and kind/],
    ["a number of another base", OBJECTS.replace("replicas: 1", "replicas: 010"), /got 010 without quotes/i],
    [
      "a name for a new object each time",
      OBJECTS + JOB + "metadata: { generateName: shop- }\n",
      /generateName: got a name/,
    ],
    ["no objects", "# none\n", /no container|no objects/],
  ];
  for (const [what, text, said] of objects) {
    it(`are refused as manifests with ${what}`, async () => {
      assert.match(await problems({ ...MANIFESTS, [DEV]: text }), said);
    });
  }

  it("are accepted with a kustomization, also with a new image", async () => {
    assert.equal(await problems(KUSTOMIZE), "");
    const after = local.commit({});
    const pinned = OVERLAY.replace("v1.0.0 #", `v1.1.0 #`) + `    digest: sha256:${"a".repeat(64)}\n`;
    assert.equal(await problems({ [OVERLAY_DEV]: pinned }, after), "");
    const moving = await problems({ [OVERLAY_DEV]: OVERLAY.replace("v1.0.0", "latest") }, after);
    assert.match(moving, /^environments\/dev\/shop\/kustomization\.yaml: image\.tag: got "latest"/);
    const more = await problems({ [OVERLAY_STAGING]: OVERLAY.replace("count: 1", "count: 4") }, after);
    assert.match(more, /staging.*replicas\.shop\.count: got 4; expected at most production's 3.*source: charts\/shop/);
    const other = { [OVERLAY_STAGING]: `${OVERLAY}namePrefix: shop-\n` };
    assert.match(await problems(other, after), /namePrefix: got "shop-"; expected what production has, nothing/);
  });

  it("are rendered by Kustomize where releases are approved", async () => {
    local.commit(KUSTOMIZE);
    const [written] = await renderCheckout(local.folder, "prod", ["shop"]);
    assert.equal(written?.state, "written");
    const text = readFileSync(join(local.folder, manifestsPath("shop")), "utf8");
    assert.match(text, /image: ghcr\.io\/vaarak\/shop:v1\.0\.0\n/);
    assert.match(text, /replicas: 3\n/);
    assert.match(text, /name: shop-[a-z0-9]{10}\n {2}namespace: shops\n/);
    local.commit({
      [OVERLAY_PROD]: OVERLAY.replace("v1.0.0 #", "v1.1.0 #").concat(`    digest: sha256:${"b".repeat(64)}\n`),
    });
    await renderCheckout(local.folder, "prod", ["shop"]);
    const pinned = readFileSync(join(local.folder, manifestsPath("shop")), "utf8");
    assert.match(pinned, /image: ghcr\.io\/vaarak\/shop:v1\.1\.0@sha256:b{64}\n/);
  });

  const kustomizations: [what: string, files: Files, said: RegExp][] = [
    ["a resource from elsewhere", { [BASE]: "resources: [https://127.0.0.1/a.yaml]\n" }, /resources\[0\]: got "https/],
    ["a file of another service", { [BASE]: "resources: [../service/values.yaml]\n" }, /resources\[0\]: got "\.\.\/s/],
    ["a symbolic link", { "charts/shop/a.yaml": "-> /etc/passwd" }, /Got a symbolic link/],
    ["a chart", { [BASE]: "helmCharts: [{ name: a, repo: https://127.0.0.1/ }]\n" }, /helmCharts: got this key/],
    ["a program", { [BASE]: "transformers: [a.yaml]\n" }, /transformers: got this key/],
    [
      "a secret",
      { [BASE]: "secretGenerator: [{ name: shop, literals: [a=hidden] }]\n" },
      /secretGenerator: got this k/,
    ],
    ["a base that is not there", { [BASE]: null }, /charts\/shop\/kustomization\.yaml.* Got nothing/],
    ["another file in its folder", { "environments/dev/shop/a.yaml": "a: 1\n" }, /dev\/shop\/a\.yaml: .*does not read/],
    ["the file of another source", { [DEV]: OBJECTS }, /dev\/shop\.yaml: Got a file that the source of shop/],
    [
      "an image that does not run",
      { [OVERLAY_DEV]: OVERLAY.replace("name: shop\n    new", "name: web\n    new") },
      /containers: got none with the image/,
    ],
    ["another namespace", { [OVERLAY_DEV]: OVERLAY.replace("namespace: shops", "namespace: a") }, /namespace: got "a"/],
    ["the name of another service", { [OVERLAY_DEV]: `${OVERLAY}namePrefix: web-\n` }, /metadata\.name: got "web-shop/],
    [
      "a user of its own",
      { "charts/shop/deployment.yaml": (KUSTOMIZE["charts/shop/deployment.yaml"] ?? "").replace("65532", "1") },
      /runAsUser: got 1/,
    ],
    [
      "a kind of the cluster",
      {
        [BASE]: "resources: [deployment.yaml, a.yaml]\n",
        "charts/shop/a.yaml": "apiVersion: v1\nkind: Namespace\nmetadata: { name: shop-b }\n",
      },
      /Namespace shops: kind: got/,
    ],
    [
      "ambiguous objects",
      {
        "charts/shop/deployment.yaml": (KUSTOMIZE["charts/shop/deployment.yaml"] ?? "").replace(
          "replicas: 1",
          "replicas: 010",
        ),
      },
      /deployment\.yaml: 6:\d+: got 010 without|deployment\.yaml.*got 010/,
    ],
  ];
  for (const [what, files, said] of kustomizations) {
    it(`are refused with a kustomization that has ${what}`, async () => {
      const found = await problems({ ...KUSTOMIZE, ...files });
      assert.match(found, said);
      assert.doesNotMatch(found, /hidden/);
    });
  }

  it("are judged again when only the base changes", async () => {
    const after = local.commit(KUSTOMIZE);
    assert.equal(await problems({ [BASE]: "resources: [deployment.yaml]\n" }, after), "");
    assert.match(await problems({ [BASE]: "resources: []\n" }, after), /dev\/shop\/kustomization\.yaml/);
  });

  describe("a third-party chart", () => {
    let server: Server;
    let packed: string;
    let address: string;
    beforeEach(async () => {
      packed = mkdtempSync(join(tmpdir(), "charts-"));
      for (const [path, text] of Object.entries(CHART).filter(([path]) => path.startsWith("charts/"))) {
        mkdirSync(dirname(join(packed, path)), { recursive: true });
        writeFileSync(join(packed, path), text);
      }
      await execa("helm", ["package", "charts/shop"], { cwd: packed });
      server = createServer(({ url = "" }, response) => {
        const file = join(packed, basename(url));
        response.writeHead(existsSync(file) ? 200 : 404).end(existsSync(file) ? readFileSync(file) : "");
      }).listen(0, "127.0.0.1");
      await once(server, "listening");
      address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      await execa("helm", ["repo", "index", ".", "--url", address], { cwd: packed });
    });
    afterEach(() => {
      server.close();
      rmSync(packed, { recursive: true });
    });

    /** The files that `gitops chart add` brings. */
    async function vendored(): Promise<Record<string, string>> {
      const pull = pullWithHelm({ PATH: process.env.PATH ?? "", HOME: packed });
      const archive = await pull({ from: address, chart: "shop", version: "1.0.0" });
      const { files } = vendor(archive, { chart: "shop", version: "1.0.0" });
      // The command takes no address without encryption.
      const place = { from: "https://example.com/charts", chart: "shop", version: "1.0.0" };
      const origin = originText("shop", { ...place, archive: digestOf(archive), content: contentDigest(files) });
      const own = [...files].map(([path, text]) => [`charts/shop/${path}`, text] as const);
      return { ...Object.fromEntries(own), [originPath("shop")]: origin };
    }

    it("is accepted as Helm fetches it, and named with its files once somebody edits it", async () => {
      const files = await vendored();
      assert.deepEqual(
        Object.keys(files).sort(),
        [originPath("shop"), ...Object.keys(CHART).filter((path) => path.startsWith("charts/"))].sort(),
      );
      assert.equal(await problems({ ...OWN_CHART, ...files }), "");
      const after = local.commit({});
      const edited = `${files[DEPLOYMENT] ?? ""}# edited\n`;
      const said =
        /^charts\/shop\.origin\.yaml: content: got .*\(charts\/shop\/.*\/deployment\.yaml\); expected shop 1\.0\.0 of/;
      assert.match(await problems({ [DEPLOYMENT]: edited }, after), said);
      assert.match(await problems({ "charts/shop/more.yaml": "a: 1\n" }, after), /other files .*more\.yaml/);
      assert.match(await problems({ "charts/shop/values.yaml": null }, after), /other files .*values\.yaml/);
      const moved = (files[originPath("shop")] ?? "").replace('"1.0.0"', '">=1.0.0"');
      assert.match(
        await problems({ [originPath("shop")]: moved }, after),
        /origin\.yaml:4 version: got ">=1\.0\.0"; expected one/,
      );
      // A chart that the repository makes its own.
      assert.equal(await problems({ [DEPLOYMENT]: edited, [originPath("shop")]: null }, after), "");
    });

    it("is refused where the repository does not have the version", async () => {
      const pull = pullWithHelm({ PATH: process.env.PATH ?? "", HOME: packed });
      await assert.rejects(pull({ from: address, chart: "shop", version: "1.0.1" }), /^Failure: from: got .*1\.0\.1/);
    });
  });

  it("are judged again when only the declaration changes", async () => {
    assert.equal(await problems(MANIFESTS), "");
    const after = local.commit({});
    const found = await problems({ ...CHART }, after);
    assert.match(found, /environments\/dev\/shop\.yaml.*web: got nothing/);
    assert.match(found, /environments\/prod\/shop\.yaml/);
  });
});
