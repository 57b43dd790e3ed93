/** `gitops validate` and `gitops render` with the real Helm, for services that do not use the service chart. */
import assert from "node:assert/strict";
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { manifestsPath } from "@gitops-platform/contract/paths";
import { graph } from "@gitops-platform/environments/environments";
import { renderCheckout } from "@gitops-platform/gitops/chart/revision";
import { candidate } from "@gitops-platform/gitops/validate/candidate";
import { validate } from "@gitops-platform/gitops/validate/validate";
import { POLICY_FILE, rendered } from "@gitops-platform/gitops/tests/catalogue/repository";
import { LocalRepository } from "@gitops-platform/test-support/local-repository";
import { CONTENT } from "../gitops-repo/support";
import { useTools } from "./support/tools";

type Files = Readonly<Record<string, string | null>>;

const DEV = "environments/dev/shop.yaml";
const STAGING = "environments/staging/shop.yaml";
const PROD = "environments/prod/shop.yaml";
const DEPLOYMENT = "charts/shop/templates/deployment.yaml";

const OBJECTS = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
spec:
  replicas: 1
  selector:
    matchLabels: { app.kubernetes.io/instance: shop }
  template:
    metadata:
      labels: { app.kubernetes.io/instance: shop }
    spec:
      securityContext: { runAsNonRoot: true, runAsUser: 65532 }
      containers:
        - name: shop
          image: ghcr.io/vaarak/shop:v1.0.0 # Updated by CI
          resources:
            requests: { cpu: 100m, memory: 64Mi }
            limits: { memory: 64Mi }
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: { drop: [ALL] }
`;

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
    "services/shop.yaml": `team: payments\nnamespace: shops\nenvironments: [dev, staging, prod]\nsource: ${source}\n${more}`,
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
      "charts/shop/templates/config.yaml": `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: shop, namespace: "{{ .Release.Namespace }}" }\n`,
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
        "charts/shop/Chart.yaml": `${CHART["charts/shop/Chart.yaml"] ?? ""}dependencies: [{ name: a, version: "1", repository: "https://127.0.0.1/" }]\n`,
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
        "environments/dev/api.yaml": `${readFileSync(join(CONTENT, "environments/dev/api.yaml"), "utf8")}ingress: { className: nginx, hosts: [api.example.com] }\n`,
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
    const reading = '{{ $.Files.Get "../../gitops.yaml" }}{{ $.Files.Get "/etc/passwd" }}';
    local.commit({
      ...OWN_CHART,
      "charts/shop/templates/a.yaml": `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: shop }\ndata: { a: "${reading.replaceAll('"', "`")}" }\n`,
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

  it("are judged again when only the declaration changes", async () => {
    assert.equal(await problems(MANIFESTS), "");
    const after = local.commit({});
    const found = await problems({ ...CHART }, after);
    assert.match(found, /environments\/dev\/shop\.yaml.*web: got nothing/);
    assert.match(found, /environments\/prod\/shop\.yaml/);
  });
});
