/**
 * Declarations, delivery files, charts and objects of services of the catalogue, checked by `gitops validate` with the
 * real Helm. Nobody may reach another namespace, production without an approval or Argo CD's own objects with them, or
 * make Argo CD apply something else than what a reviewer sees.
 */
import assert from "node:assert/strict";
import type { Actor } from "./support/actors";
import { attack } from "./support/attack";
import { Catalogue, DECLARED, isInvalidFor } from "./support/catalogue";
import { link, parameters, submodule } from "./support/files";
import { type Files, Workshop } from "./support/git";
import { validate } from "./support/validate";

const kind = "catalogue";
type Change = (catalogue: Catalogue) => Files;
type Row = [by: Actor, what: string, change: Change, said: RegExp];

const SHOP = DECLARED.shop ?? "";
const POLICY = ".github/gitops/delivery.yaml";
const EVERYWHERE = "environments: [dev, staging, prod]\n";

/** Another declaration of a service, with the files that it gives. */
const declares =
  (service: string, text: string): Change =>
  (catalogue) =>
    catalogue.declared({ [service]: text });
const adds =
  (service: string, text: string): Change =>
  (catalogue) =>
    catalogue.added(service, text);
/** A file as it is. */
const file =
  (path: string, text: Files[string]): Change =>
  () => ({ [path]: text });
/** Changes the text of a file of a branch. */
const edits =
  (path: string, from: string | RegExp, to: string, branch = "main"): Change =>
  (catalogue) => {
    const text = catalogue.read(path, branch);
    assert.notEqual(text.replace(from, to), text, "the change has no effect");
    return { [path]: text.replace(from, to) };
  };
const appends =
  (path: string, more: string, branch = "main"): Change =>
  (catalogue) => ({ [path]: catalogue.read(path, branch) + more });
const all =
  (...changes: readonly Change[]): Change =>
  (catalogue) =>
    Object.fromEntries(changes.flatMap((change) => Object.entries(change(catalogue))));

const declarations: Row[] = [
  [
    "engineer",
    "Argo CD's namespace",
    adds("evil", `team: platform\nnamespace: argocd\n${EVERYWHERE}`),
    /another namespace/,
  ],
  [
    "engineer",
    "the namespace default",
    adds("evil", `team: platform\nnamespace: default\n${EVERYWHERE}`),
    /another namespace/,
  ],
  [
    "engineer",
    "a namespace of the cluster",
    adds("evil", `team: platform\nnamespace: kube-system\n${EVERYWHERE}`),
    /another namespace/,
  ],
  [
    "engineer",
    "a namespace in other case",
    adds("evil", `team: platform\nnamespace: Argocd\n${EVERYWHERE}`),
    /RFC 1123/,
  ],
  [
    "engineer",
    "a namespace with a Cyrillic letter",
    adds("evil", `team: platform\nnamespace: аrgocd\n${EVERYWHERE}`),
    /RFC 1123/,
  ],
  [
    "engineer",
    "a namespace with a line break",
    adds("evil", `team: platform\nnamespace: "x\\nnamespace"\n${EVERYWHERE}`),
    /RFC 1123/,
  ],
  ["engineer", "all namespaces", adds("evil", `team: platform\nnamespace: "*"\n${EVERYWHERE}`), /RFC 1123/],
  [
    "engineer",
    "the namespace of a service of the catalogue",
    adds("evil", `team: platform\nnamespace: shops\n${EVERYWHERE}`),
    /which the service (shop|evil) owns/,
  ],
  [
    "engineer",
    "the namespace of the first service",
    adds("evil", `team: platform\nnamespace: api\n${EVERYWHERE}`),
    /which the service (api|evil) owns/,
  ],
  [
    "engineer",
    "a move to the namespace of the first service",
    declares("store", `${DECLARED.store ?? ""}namespace: api\n`),
    /which the service (api|store) owns/,
  ],
  [
    "engineer",
    "a place with a service that has none of its own",
    adds("evil", `team: platform\njoins: cart\n${EVERYWHERE}`),
    /a service that owns its namespace/,
  ],
  ["engineer", "a place with itself", adds("evil", `team: platform\njoins: evil\n${EVERYWHERE}`), /joins/],
  [
    "engineer",
    "both a namespace and a place",
    adds("evil", `team: platform\njoins: shop\nnamespace: argocd\n${EVERYWHERE}`),
    /either namespace or joins/,
  ],
  [
    "engineer",
    "a service with the name of the catalogue",
    file("services/catalogue.yaml", `team: platform\nnamespace: x\n${EVERYWHERE}`),
    /services\/catalogue\.yaml/,
  ],
  [
    "engineer",
    "a service with the name of the charts",
    file("services/charts.yaml", `team: platform\n${EVERYWHERE}`),
    /services\/charts\.yaml/,
  ],
  ...Object.entries({
    "in capitals": "services/Shop.yaml",
    "with a Cyrillic letter": "services/shоp.yaml",
    "with an invisible space": "services/shop\u200b.yaml",
    "with a trailing space": "services/shop .yaml",
    "with the other extension": "services/shop.yml",
    "with the extension in capitals": "services/shop.YAML",
    "as JSON": "services/shop.json",
    "in a folder": "services/shop/shop.yaml",
    "in a folder in capitals": "Services/shop.yaml",
  }).map(([what, path]): Row => ["engineer", `a declaration ${what}`, file(path, SHOP.replace("shops", "evil")), /./]),
  ["engineer", "a declaration that is a symbolic link", file("services/evil.yaml", link("shop.yaml")), /link/],
  ["engineer", "declarations in a folder that is a symbolic link", file("services", link("docs")), /./],
  ["engineer", "a declaration that is a submodule", file("services/evil.yaml", submodule), /submodule|link/],
  ...Object.entries({
    "a second document": `${SHOP}---\n${SHOP}`,
    "an anchor and an alias": `team: &t platform\nnamespace: *t\n${EVERYWHERE}`,
    "a merge key": `<<: { namespace: argocd }\n${SHOP}`,
    "a duplicate key": `${SHOP}namespace: argocd\n`,
    "a duplicate key with an escape sequence": `${SHOP}"name\\u0073pace": argocd\n`,
    "a tag": SHOP.replace("shops", "!!str shops"),
    "a directive": `%YAML 1.1\n---\n${SHOP}`,
    "a key after a comment and U+2028": SHOP.replace("shops", "shops #\u2028namespace: argocd"),
    "a key after a comment and a carriage return": SHOP.replace("shops", "shops #\rnamespace: argocd"),
    "an unknown key": `${SHOP}cluster: https://elsewhere.example\n`,
    "another schema": `$schema: https://evil.example/x.json\n${SHOP}`,
    "an environment in other case": SHOP.replace("dev", "Dev"),
    "an environment with a Cyrillic letter": SHOP.replace("prod", "рrod"),
    "an environment that leads elsewhere": SHOP.replace("dev", "../dev"),
    "an environment twice": SHOP.replace("dev,", "dev, dev,"),
    "an environment that is retired too": `${SHOP}retired: [prod]\n`,
    "no environment": SHOP.replace("dev, staging, prod", ""),
    "no team": SHOP.replace("team: platform\n", ""),
    "a team of another organisation": SHOP.replace("platform", "evil/platform"),
  }).map(([what, text]): Row => [
    "engineer",
    `a declaration with ${what}`,
    file("services/shop.yaml", text),
    /services\/shop\.yaml/,
  ]),
  ...[
    "role:admin",
    "proj:prod-shop:team",
    "admin",
    "a, role:admin",
    "a\\ng, eve, role:admin",
    "#a",
    "a\\u0000",
    " a",
    'a\\"',
  ].map((group): Row => [
    "engineer",
    `the group ${group}`,
    declares("shop", `${SHOP}groups: ["${group}"]\n`),
    /groups/,
  ]),
  ...Object.entries({
    "a chart outside of charts": "{ chart: environments/dev }",
    "a chart by a path upwards": "{ chart: charts/../delivery }",
    "a chart by an absolute path": "{ chart: /etc }",
    "a chart from another machine": '{ chart: "https://evil.example/chart" }',
    "a chart from a registry": '{ chart: "oci://evil.example/chart" }',
    "a chart in another one": "{ chart: charts/store/charts/evil }",
    "a chart in other case": "{ chart: charts/Store }",
    "a chart with a final slash": "{ chart: charts/store/ }",
    "a chart that is not there": "{ chart: charts/evil, image: image }",
    "both a chart and objects": "{ chart: charts/store, manifests: true }",
    "objects by YAML 1.1": "{ manifests: yes }",
    "an image by a prototype": "{ chart: charts/store, image: __proto__ }",
    "an image elsewhere": "{ chart: charts/store, image: other.image }",
    "a container that is not there": "{ manifests: true, container: evil }",
  }).map(([what, source]): Row => [
    "engineer",
    `a source with ${what}`,
    declares(source.includes("manifests") ? "depot" : "store", `team: platform\nsource: ${source}\n${EVERYWHERE}`),
    /./,
  ]),
  ...Object.entries({
    "that does not exist": "addon",
    "of all kinds": '"*"',
    "in capitals": "Kubernetes-Client",
    "by a prototype": "constructor",
    "of several": "[service, kubernetes-client]",
    "with kinds of its own": '{ kinds: [{ group: "", kind: Secret }] }',
  }).map(([what, profile]): Row => [
    "engineer",
    `a profile ${what}`,
    declares("shop", `${SHOP}profile: ${profile}\n`),
    /profile: got/,
  ]),
];

const steps: Row[] = [
  [
    "engineer",
    "a declaration that goes while the service runs",
    declares("depot", null as unknown as string),
    /got no declaration|depot/,
  ],
  [
    "engineer",
    "a declaration that goes with its values, while production has the workload",
    all(
      (catalogue) => catalogue.declared({ depot: null }),
      () => Object.fromEntries(["dev", "staging", "prod"].map((name) => [`environments/${name}/depot.yaml`, null])),
    ),
    /got no declaration, although env\/prod has the workload/,
  ],
  [
    "engineer",
    "production left out of a declaration",
    all(declares("depot", (DECLARED.depot ?? "").replace(", prod", "")), file("environments/prod/depot.yaml", null)),
    /got no prod, although env\/prod has the workload/,
  ],
  [
    "engineer",
    "another namespace of a service that runs in production",
    declares("depot", `${DECLARED.depot ?? ""}namespace: elsewhere\n`),
    /namespace: got elsewhere/,
  ],
  [
    "engineer",
    "another namespace of a service that others join",
    declares("shop", SHOP.replace("shops", "elsewhere")),
    /namespace: got elsewhere/,
  ],
  [
    "engineer",
    "another owner of a namespace",
    (catalogue) =>
      catalogue.declared({
        cart: `team: platform\nnamespace: shops\n${EVERYWHERE}`,
        shop: `team: platform\njoins: cart\n${EVERYWHERE}`,
      }),
    /joins: got another owner/,
  ],
  [
    "engineer",
    "a service that leaves the namespace of another",
    declares("cart", `team: platform\n${EVERYWHERE}`),
    /namespace: got cart/,
  ],
  [
    "engineer",
    "a retired service that keeps its values",
    declares("depot", "team: platform\nsource: { manifests: true }\nenvironments: [dev, staging]\nretired: [prod]\n"),
    /retires the service in prod/,
  ],
  [
    "engineer",
    "a namespace that its owner retires before those who join it leave",
    all(
      declares("shop", "team: platform\nnamespace: shops\nenvironments: [dev, staging]\n"),
      file("environments/prod/shop.yaml", null),
    ),
    /a service that is in prod too|got no prod/,
  ],
  [
    "engineer",
    "a service with another name in other case",
    all((catalogue) => catalogue.declared({ depot: null }), file("services/Depot.yaml", DECLARED.depot ?? "")),
    /services\/Depot\.yaml/,
  ],
  [
    "developer",
    "values of a service that nothing declares",
    (catalogue) => ({ "environments/dev/evil.yaml": catalogue.values("evil", "dev") }),
    /services\/evil\.yaml: Got nothing; expected a declaration of the service evil for dev/,
  ],
  [
    "engineer",
    "a declaration that goes, and leaves the values",
    (catalogue) => catalogue.declared({ depot: null }),
    /services\/depot\.yaml: Got nothing; expected a declaration of the service depot for dev, staging, prod/,
  ],
  [
    "developer",
    "values without a declared environment",
    all(declares("store", (DECLARED.store ?? "").replace("dev, ", ""))),
    /environment|got no dev/,
  ],
  [
    "developer",
    "values of an environment that the service skips",
    all(adds("evil", "team: platform\nenvironments: [dev]\n")),
    /expected an environment that services\/evil\.yaml lists/,
  ],
];

const APPLICATION = "delivery/staging/shop.yaml";
const delivery: Row[] = [
  [
    "engineer",
    "a sync of another commit",
    appends(APPLICATION, "operation:\n  sync:\n    revision: 0123456789012345678901234567890123456789\n"),
    /delivery\/staging\/shop\.yaml/,
  ],
  [
    "engineer",
    "a report of a sync",
    appends(APPLICATION, "status:\n  sync:\n    status: Synced\n"),
    /delivery\/staging\/shop\.yaml/,
  ],
  [
    "engineer",
    "another revision",
    edits(APPLICATION, "refs/heads/main", "refs/heads/mine"),
    /delivery\/staging\/shop\.yaml/,
  ],
  [
    "engineer",
    "another repository",
    edits(APPLICATION, /repoURL: .*/, "repoURL: https://evil.example/x.git"),
    /delivery\/staging\/shop\.yaml/,
  ],
  [
    "engineer",
    "another project",
    edits(APPLICATION, "project: staging-shop", "project: default"),
    /delivery\/staging\/shop\.yaml/,
  ],
  [
    "engineer",
    "another namespace of the cluster",
    edits(APPLICATION, /namespace: shops\n/, "namespace: kube-system\n"),
    /delivery\/staging\/shop\.yaml/,
  ],
  [
    "engineer",
    "differences that are ignored",
    edits(
      APPLICATION,
      "  syncPolicy:",
      "  ignoreDifferences: [{ kind: Deployment, jsonPointers: [/spec] }]\n  syncPolicy:",
    ),
    /delivery\/staging\/shop\.yaml/,
  ],
  ["engineer", "no healing", edits(APPLICATION, "selfHeal: true", "selfHeal: false"), /delivery\/staging\/shop\.yaml/],
  [
    "engineer",
    "an option of a sync",
    edits(APPLICATION, "ServerSideApply=true", "Replace=true"),
    /delivery\/staging\/shop\.yaml/,
  ],
  [
    "engineer",
    "an annotation that stops Argo CD",
    edits(APPLICATION, "  annotations:", '  annotations:\n    argocd.argoproj.io/skip-reconcile: "true"'),
    /delivery\/staging\/shop\.yaml/,
  ],
  [
    "engineer",
    "an annotation that tracks for another Application",
    edits(
      APPLICATION,
      "  annotations:",
      "  annotations:\n    argocd.argoproj.io/tracking-id: api:argoproj.io/Application:argocd/shop",
    ),
    /delivery\/staging\/shop\.yaml/,
  ],
  [
    "engineer",
    "a hook",
    edits(APPLICATION, "  annotations:", "  annotations:\n    argocd.argoproj.io/hook: PreSync"),
    /delivery\/staging\/shop\.yaml/,
  ],
  [
    "engineer",
    "pods of the node's user",
    edits(APPLICATION, "enforce: restricted", "enforce: privileged"),
    /delivery\/staging\/shop\.yaml/,
  ],
  ["engineer", "more pods", edits(APPLICATION, /pods: "\d+"/, 'pods: "999"'), /delivery\/staging\/shop\.yaml/],
  [
    "engineer",
    "every repository",
    edits(APPLICATION, /sourceRepos:\n.*/, 'sourceRepos:\n    - "*"'),
    /delivery\/staging\/shop\.yaml/,
  ],
  [
    "engineer",
    "kinds of the cluster",
    edits(APPLICATION, "clusterResourceWhitelist: []", 'clusterResourceWhitelist: [{ group: "*", kind: "*" }]'),
    /delivery\/staging\/shop\.yaml/,
  ],
  [
    "engineer",
    "every kind",
    edits(
      APPLICATION,
      /namespaceResourceWhitelist:\n/,
      'namespaceResourceWhitelist:\n    - group: "*"\n      kind: "*"\n',
    ),
    /delivery\/staging\/shop\.yaml/,
  ],
  [
    "engineer",
    "a kind of no profile",
    edits(APPLICATION, "kind: ConfigMap", "kind: Secret"),
    /delivery\/staging\/shop\.yaml/,
  ],
  [
    "engineer",
    "a kind of another profile",
    edits(
      APPLICATION,
      /namespaceResourceWhitelist:\n/,
      "namespaceResourceWhitelist:\n    - group: rbac.authorization.k8s.io\n      kind: Role\n",
    ),
    /delivery\/staging\/shop\.yaml/,
  ],
  [
    "engineer",
    "another profile without its kinds",
    file("services/shop.yaml", `${SHOP}profile: kubernetes-client\n`),
    /delivery\/(dev|staging)\/shop\.yaml/,
  ],
  ["engineer", "a right for a team", edits(APPLICATION, "logs, get", "exec, create"), /delivery\/staging\/shop\.yaml/],
  [
    "engineer",
    "a comment",
    (catalogue) => ({ [APPLICATION]: `# Harmless\n${catalogue.read(APPLICATION)}` }),
    /delivery\/staging\/shop\.yaml/,
  ],
  [
    "engineer",
    "another object",
    appends(APPLICATION, "---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: evil\n  namespace: argocd\n"),
    /delivery\/staging\/shop\.yaml/,
  ],
  [
    "engineer",
    "another object behind a line that begins with three hyphens",
    appends(APPLICATION, "---x\napiVersion: v1\nkind: ConfigMap\n"),
    /delivery\/staging\/shop\.yaml/,
  ],
  [
    "engineer",
    "the same objects as JSON",
    file(APPLICATION, '{"apiVersion":"v1","kind":"List","items":[]}\n'),
    /delivery\/staging\/shop\.yaml/,
  ],
  [
    "engineer",
    "CRLF line breaks",
    (catalogue) => ({ [APPLICATION]: catalogue.read(APPLICATION).replaceAll("\n", "\r\n") }),
    /delivery\/staging\/shop\.yaml/,
  ],
  [
    "engineer",
    "a byte order mark",
    (catalogue) => ({ [APPLICATION]: `\ufeff${catalogue.read(APPLICATION)}` }),
    /delivery\/staging\/shop\.yaml/,
  ],
  ["engineer", "no file", file(APPLICATION, null), /delivery\/staging\/shop\.yaml/],
  [
    "engineer",
    "the file of another environment",
    (catalogue) => ({ [APPLICATION]: catalogue.read("delivery/dev/shop.yaml") }),
    /delivery\/staging\/shop\.yaml/,
  ],
  [
    "engineer",
    "a file of an environment that waits for approval",
    file("delivery/prod/shop.yaml", "x: 1\n"),
    /delivery\/prod\/shop\.yaml/,
  ],
  ...Object.entries({
    "of a service that nobody declared": "delivery/staging/evil.yaml",
    "with the other extension": "delivery/staging/evil.yml",
    "as JSON": "delivery/staging/evil.json",
    "as Jsonnet": "delivery/staging/evil.jsonnet",
    "in a deeper folder": "delivery/staging/deeper/evil.yaml",
    "in another environment's name in other case": "delivery/Staging/shop.yaml",
    "in other case": "delivery/staging/Shop.yaml",
    "with a Cyrillic letter": "delivery/staging/shоp.yaml",
    "in no environment": "delivery/evil.yaml",
    "in an environment that does not exist": "delivery/evil/shop.yaml",
    "that makes Argo CD call Helm": "delivery/staging/Chart.yaml",
    "that makes Argo CD call Kustomize": "delivery/staging/kustomization.yaml",
    "with Argo CD's parameters": "delivery/staging/.argocd-source.yaml",
    "with Argo CD's parameters for the catalogue": "delivery/staging/.argocd-source-catalogue.yaml",
    "with Argo CD's switch for concurrency": "delivery/staging/.argocd-allow-concurrency",
    "with Git's attributes": "delivery/staging/.gitattributes",
  }).map(([what, path]): Row => ["engineer", `a file ${what}`, file(path, parameters), /delivery/]),
  [
    "engineer",
    "a file that is a symbolic link",
    file("delivery/staging/evil.yaml", link("../../services/shop.yaml")),
    /./,
  ],
  [
    "engineer",
    "a note that is a symbolic link to objects",
    file("delivery/staging/README.md", link("../../services/shop.yaml")),
    /./,
  ],
  ["engineer", "a file that is a submodule", file("delivery/staging/evil.yaml", submodule), /./],
];

const policy: Row[] = [
  [
    "engineer",
    "another repository",
    edits(POLICY, /repositoryUrl: .*/, "repositoryUrl: https://evil.example/x.git"),
    /delivery\//,
  ],
  [
    "engineer",
    "pods that may do everything",
    edits(POLICY, "podSecurity: restricted", "podSecurity: privileged"),
    /podSecurity/,
  ],
  ["engineer", "more pods", edits(POLICY, /pods: "\d+"/, 'pods: "999"'), /delivery\//],
  [
    "engineer",
    "operators that are a role of Argo CD",
    edits(POLICY, "operators: []", 'operators: ["role:admin"]'),
    /operators/,
  ],
  [
    "engineer",
    "a policy without an environment",
    edits(POLICY, /\n {2}staging:\n( {4}.*\n)+/, "\n"),
    /staging|nothing/,
  ],
  ["engineer", "no policy", file(POLICY, null), /delivery\.yaml/],
  ["engineer", "an unknown key", appends(POLICY, "cluster: https://evil.example\n"), /cluster/],
];

const CHART = "charts/store/Chart.yaml";
const TEMPLATE = "charts/store/templates/evil.yaml";
const configMap = (value: string, metadata = "") =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: store-evil\n${metadata}data:\n  a: ${value}\n`;
const renders = (value: string) => file(TEMPLATE, configMap(value));
const charts: Row[] = [
  ...Object.entries({
    "the time": "{{ now | quote }}",
    "a date in the machine's zone": '{{ date "15:04" 0 | quote }}',
    "a random text": "{{ randAlphaNum 5 }}",
    "a random number": "{{ randInt 0 100000 | quote }}",
    "a password's salt": '{{ htpasswd "a" "b" | quote }}',
    "a certificate": '{{ (genCA "a" 1).Cert | b64enc }}',
    "an encrypted text": '{{ encryptAES "secretkey" "a" | quote }}',
    "a look into the cluster": '{{ lookup "v1" "Secret" "argocd" "" | toJson | quote }}',
    "a look into the cluster, split over lines": '{{\n  lookup "v1" "Secret" "argocd" "" | toJson | quote }}',
    "the network": '{{ getHostByName "evil.example" | quote }}',
    "Helm's version": "{{ .Capabilities.HelmVersion.Version | quote }}",
    "a hidden function": '{{ tpl (printf "{{ %s%s }}" "uuid" "v4") . }}',
    "the order of keys": "{{ keys .Values.labels | first }}",
    "the order of values": "{{ values .Values.labels | first }}",
  }).map(([what, value]): Row => [
    "engineer",
    `a chart with ${what}`,
    all(
      renders(value),
      ...["dev", "staging", "prod"].map((name) =>
        appends(
          `environments/${name}/store.yaml`,
          `labels: { ${"abcdefghijklmop".replaceAll(/./g, '$&$&: "$&$&1", ')} }\n`,
        ),
      ),
    ),
    /got (\w+|\S+HelmVersion) in a template|got other objects at a second run/,
  ]),
  [
    "engineer",
    "a chart whose values run a function",
    all(
      renders("{{ tpl .Values.a . | quote }}"),
      ...["dev", "staging", "prod"].map((name) => appends(`environments/${name}/store.yaml`, 'a: "{{ now }}"\n')),
    ),
    /got now in a template/,
  ],
  [
    "engineer",
    "a chart with an alias of a dependency from another machine",
    appends(CHART, 'dependencies: [{ name: a, alias: b, version: 1.0.0, repository: "https://evil.example" }]\n'),
    /dependencies\[0\]\.repository/,
  ],
  [
    "engineer",
    "a chart with a dependency by an alias of another repository",
    appends(CHART, 'dependencies: [{ name: a, version: 1.0.0, repository: "@evil" }]\n'),
    /dependencies\[0\]\.repository/,
  ],
  [
    "engineer",
    "a chart with a dependency in the repository, outside of charts",
    appends(CHART, 'dependencies: [{ name: a, version: 1.0.0, repository: "file://../../delivery" }]\n'),
    /dependencies\[0\]\.repository/,
  ],
  [
    "engineer",
    "a chart with a dependency from the disk",
    appends(CHART, 'dependencies: [{ name: a, version: 1.0.0, repository: "file:///etc" }]\n'),
    /dependencies\[0\]\.repository/,
  ],
  [
    "engineer",
    "a chart with a dependency under a key in other case",
    appends(CHART, 'Dependencies: [{ Name: a, Version: 1.0.0, Repository: "https://evil.example" }]\n'),
    /dependencies\[0\]\.repository/,
  ],
  [
    "engineer",
    "a chart with a dependency under a key by a merge",
    appends(
      CHART,
      'x: &x { dependencies: [{ name: a, version: 1.0.0, repository: "https://evil.example" }] }\n<<: *x\n',
    ),
    /./,
  ],
  [
    "engineer",
    "a chart with a dependency that is not there",
    appends(CHART, 'dependencies: [{ name: a, version: 1.0.0, repository: "file://../evil" }]\n'),
    /./,
  ],
  ["engineer", "a packed chart", file("charts/store/charts/evil-1.0.0.tgz", Buffer.from([0x1f, 0x8b, 8, 0])), /packed/],
  [
    "engineer",
    "a symbolic link in a chart",
    file("charts/store/templates/evil.yaml", link("../../../services/shop.yaml")),
    /link/,
  ],
  ["engineer", "a chart that is a symbolic link", file("charts/evil", link("store")), /link/],
  [
    "engineer",
    "a chart with Argo CD's parameters",
    file("charts/store/.argocd-source-store.yaml", parameters),
    /Argo CD/,
  ],
  [
    "engineer",
    "a chart with Argo CD's switch for concurrency",
    file("charts/store/.argocd-allow-concurrency", ""),
    /Argo CD/,
  ],
  ["engineer", "a kustomization in the service chart", file("charts/service/kustomization.yaml", "{}\n"), /Kustomize/],
  [
    "engineer",
    "a chart with a definition of a kind",
    file(
      "charts/store/crds/evil.yaml",
      "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: { name: store }\n",
    ),
    /kind: got/,
  ],
  [
    "engineer",
    "a chart with a hook of Helm",
    file(TEMPLATE, configMap("b", "  annotations: { helm.sh/hook: test }\n")),
    /helm\.sh\/hook/,
  ],
  [
    "engineer",
    "a chart with a hook of Argo CD",
    file(TEMPLATE, configMap("b", "  annotations: { argocd.argoproj.io/hook: PostSync }\n")),
    /argocd\.argoproj\.io\/hook/,
  ],
  [
    "engineer",
    "a chart with an object for dev alone",
    file(
      TEMPLATE,
      `{{ if contains "dev" (.Files.Get "values.yaml") }}${configMap("b")}{{ end }}` +
        "kind: Namespace\napiVersion: v1\nmetadata: { name: store }\n",
    ),
    /kind: got/,
  ],
];

const DEPOT = "environments/staging/depot.yaml";
const object = (apiVersion: string, kindOf: string, metadata: string, rest = "") =>
  `---\napiVersion: ${apiVersion}\nkind: ${kindOf}\nmetadata: { ${metadata} }\n${rest}`;
const beside = (what: string, text: string, said: RegExp): Row => ["developer", what, appends(DEPOT, text), said];
const annotated = (annotation: string) => object("v1", "ConfigMap", `name: depot-evil, annotations: { ${annotation} }`);
const objects: Row[] = [
  beside(
    "a list",
    "---\napiVersion: v1\nkind: List\nitems: [{ apiVersion: v1, kind: Namespace, metadata: { name: evil } }]\n",
    /list of items/,
  ),
  beside(
    "a list by another name",
    object(
      "v1",
      "ConfigMap",
      "name: depot-evil",
      "items: [{ apiVersion: v1, kind: Namespace, metadata: { name: evil } }]\n",
    ),
    /list of items/,
  ),
  beside(
    "a line that begins with three hyphens and goes on",
    "---x\napiVersion: v1\nkind: Namespace\nmetadata: { name: evil }\n",
    /begins with ---/,
  ),
  beside(
    "a document behind a comment",
    "--- # evil\napiVersion: v1\nkind: Namespace\nmetadata: { name: evil }\n",
    /begins with ---|kind: got/,
  ),
  beside("an object in braces", '---\n{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "evil"}}\n', /./),
  beside("the end of a document", "...\napiVersion: v1\nkind: Namespace\nmetadata: { name: evil }\n", /./),
  beside("another namespace", object("v1", "ConfigMap", "name: depot-evil, namespace: shops"), /metadata\.namespace/),
  beside("Argo CD's namespace", object("v1", "ConfigMap", "name: argocd-cm, namespace: argocd"), /metadata\.namespace/),
  beside("a namespace with a null", object("v1", "ConfigMap", "name: depot-evil, namespace: ~"), /./),
  beside("a Namespace", object("v1", "Namespace", "name: depot"), /kind: got/),
  beside(
    "a role of the cluster",
    object("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "name: depot"),
    /kind: got/,
  ),
  beside(
    "an Application",
    object("argoproj.io/v1alpha1", "Application", "name: depot", "operation: { sync: { revision: abc } }\nspec: {}\n"),
    /kind: got/,
  ),
  beside("a project", object("argoproj.io/v1alpha1", "AppProject", "name: depot", "spec: {}\n"), /kind: got/),
  beside("a quota", object("v1", "ResourceQuota", "name: depot", "spec: {}\n"), /kind: got/),
  beside(
    "a policy of the guard",
    object("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding", "name: gitops-platform-guard-argocd"),
    /kind: got/,
  ),
  beside("a Secret", object("v1", "Secret", "name: depot"), /kind: got/),
  beside(
    "a kind of another profile",
    object("rbac.authorization.k8s.io/v1", "Role", "name: depot", "rules: []\n"),
    /kind: got .*The profile kubernetes-client has it/,
  ),
  [
    "engineer",
    "rights that its profile does not give",
    all(
      declares("depot", `${DECLARED.depot ?? ""}profile: kubernetes-client\n`),
      appends(
        DEPOT,
        object(
          "rbac.authorization.k8s.io/v1",
          "Role",
          "name: depot",
          'rules: [{ apiGroups: [""], resources: [secrets], verbs: [get] }]\n',
        ),
      ),
    ),
    /Role depot: rules\[0\]: got "\/secrets"/,
  ],
  [
    "engineer",
    "the rights of an administrator",
    all(
      declares("depot", `${DECLARED.depot ?? ""}profile: kubernetes-client\n`),
      appends(
        DEPOT,
        object(
          "rbac.authorization.k8s.io/v1",
          "RoleBinding",
          "name: depot",
          "roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: admin }\n" +
            "subjects: [{ kind: ServiceAccount, name: depot, namespace: depot }]\n",
        ),
      ),
    ),
    /RoleBinding depot: roleRef: got/,
  ],
  [
    "developer",
    "more pods than the quota of the namespace",
    edits(DEPOT, "replicas: 1", "replicas: 1000"),
    /pods: got 1000/,
  ],
  [
    "developer",
    "pods without a seccomp profile",
    edits(DEPOT, ", seccompProfile: { type: RuntimeDefault }", ""),
    /seccompProfile\.type: got nothing/,
  ],
  beside("a kind in other case", object("v1", "namespace", "name: depot"), /kind: got/),
  beside("a kind of another group", object("evil.example/v1", "Deployment", "name: depot-evil"), /kind: got/),
  beside("a name for a new object each time", object("batch/v1", "Job", "generateName: depot-"), /generateName/),
  beside("an object without a name", object("v1", "ConfigMap", "labels: {}"), /metadata\.name/),
  beside("the name of another service's object", object("v1", "ConfigMap", "name: shop"), /metadata\.name/),
  beside(
    "the name of the default policy",
    object("networking.k8s.io/v1", "NetworkPolicy", "name: default-deny", "spec: { podSelector: {}, ingress: [{}] }\n"),
    /metadata\.name|podSelector/,
  ),
  beside(
    "a policy for all pods",
    object("networking.k8s.io/v1", "NetworkPolicy", "name: depot", "spec: { podSelector: {}, ingress: [{}] }\n"),
    /podSelector/,
  ),
  beside(
    "a Service for others' pods",
    object(
      "v1",
      "Service",
      "name: depot",
      "spec: { ports: [{ port: 80 }], selector: { app.kubernetes.io/instance: shop } }\n",
    ),
    /spec\.selector/,
  ),
  beside(
    "an autoscaler of another service",
    object(
      "autoscaling/v2",
      "HorizontalPodAutoscaler",
      "name: depot",
      "spec: { scaleTargetRef: { kind: Deployment, name: shop }, maxReplicas: 1 }\n",
    ),
    /scaleTargetRef/,
  ),
  beside(
    "an owner",
    object(
      "v1",
      "ConfigMap",
      "name: depot-evil, ownerReferences: [{ apiVersion: v1, kind: Namespace, name: depot, uid: x }]",
    ),
    /ownerReferences/,
  ),
  beside(
    "a tracking annotation",
    annotated("argocd.argoproj.io/tracking-id: shop:/ConfigMap:shops/shop"),
    /tracking-id/,
  ),
  beside("an option of a sync", annotated("argocd.argoproj.io/sync-options: Replace=true"), /sync-options/),
  beside(
    "an option of a comparison",
    annotated("argocd.argoproj.io/compare-options: IgnoreExtraneous"),
    /compare-options/,
  ),
  beside(
    "differences that are ignored",
    annotated("argocd.argoproj.io/ignore-resource-updates: x"),
    /ignore-resource-updates/,
  ),
  beside("a hook", annotated("argocd.argoproj.io/hook: PreSync"), /argocd\.argoproj\.io\/hook/),
  beside("a hook of Helm", annotated("helm.sh/hook: pre-install"), /helm\.sh\/hook/),
  beside("the mark that hides a file", "# argocd:skip-file-rendering\n", /without it/),
  beside("a duplicate key", object("v1", "ConfigMap", "name: depot-evil, name: argocd-cm"), /./),
  beside("an anchor", object("v1", "ConfigMap", "name: &a depot-evil", "data: { a: *a }\n"), /./),
  beside("a merge key", object("v1", "ConfigMap", "name: depot-evil, <<: { namespace: argocd }"), /./),
  beside(
    "a second container of an image that can move",
    object(
      "apps/v1",
      "Deployment",
      "name: depot-evil",
      "spec: { template: { spec: { containers: [{ name: x, image: ghcr.io/evil/x }] } } }\n",
    ),
    /./,
  ),
  [
    "developer",
    "a first container of another image with the same name",
    edits(
      DEPOT,
      "      containers:\n",
      '      initContainers:\n        - { name: depot, image: "ghcr.io/evil/x:v1" }\n      containers:\n',
    ),
    /./,
  ],
  [
    "developer",
    "the node's network",
    edits(DEPOT, "    spec:\n", "    spec:\n      hostNetwork: true\n"),
    /hostNetwork/,
  ],
  [
    "developer",
    "the account of another service",
    edits(DEPOT, "    spec:\n", "    spec:\n      serviceAccountName: shop\n"),
    /serviceAccountName/,
  ],
  [
    "developer",
    "pods with another service's label",
    edits(DEPOT, "labels: { app.kubernetes.io/instance: depot }", "labels: { app.kubernetes.io/instance: shop }"),
    /app\.kubernetes\.io\/instance|selector/,
  ],
  [
    "developer",
    "objects of a service that joins the namespace and has a longer name",
    all(adds("shop-db", `team: platform\njoins: shop\n${EVERYWHERE}`), (catalogue) => ({
      ...catalogue.declared({
        shop: `${SHOP}source: { manifests: true }\n`,
        "shop-db": `team: platform\njoins: shop\n${EVERYWHERE}`,
      }),
      ...Object.fromEntries(
        ["dev", "staging", "prod"].map((name) => [
          `environments/${name}/shop.yaml`,
          `${catalogue.values("depot", name).replaceAll("depot", "shop")}${object("v1", "ConfigMap", "name: shop-db")}`,
        ]),
      ),
    })),
    /metadata\.name: got "shop-db"/,
  ],
];

const RELEASED = "delivery/prod/shop.yaml";
const onProduction = (from: string | RegExp, to: string) => edits(RELEASED, from, to, "env/prod");
const production: Row[] = [
  [
    "approver",
    "a sync of another commit",
    appends(RELEASED, "operation: { sync: { revision: abc } }\n", "env/prod"),
    /delivery\/prod\/shop\.yaml/,
  ],
  [
    "approver",
    "an Application that follows main",
    onProduction("refs/heads/env/prod", "refs/heads/main"),
    /delivery\/prod\/shop\.yaml/,
  ],
  [
    "approver",
    "an Application that renders a chart",
    onProduction("path: manifests/shop", "path: charts/service"),
    /delivery\/prod\/shop\.yaml/,
  ],
  [
    "approver",
    "an Application that reads another service's objects",
    onProduction("path: manifests/shop", "path: manifests/cart"),
    /delivery\/prod\/shop\.yaml/,
  ],
  [
    "approver",
    "an Application that reads every file",
    onProduction("include: manifests.yaml", 'include: "*"'),
    /delivery\/prod\/shop\.yaml/,
  ],
  [
    "approver",
    "pods that may do everything",
    onProduction("enforce: restricted", "enforce: privileged"),
    /delivery\/prod\/shop\.yaml/,
  ],
  [
    "approver",
    "a namespace that is deleted",
    onProduction(/argocd\.argoproj\.io\/sync-options: .*/, "x: y"),
    /delivery\/prod\/shop\.yaml/,
  ],
  [
    "approver",
    "a project with a kind of another profile",
    onProduction(
      /namespaceResourceWhitelist:\n/,
      "namespaceResourceWhitelist:\n    - group: rbac.authorization.k8s.io\n      kind: RoleBinding\n",
    ),
    /delivery\/prod\/shop\.yaml/,
  ],
  [
    "approver",
    "a profile that main never had",
    (catalogue) => catalogue.declared({ shop: `${SHOP}profile: kubernetes-client\n` }, ["prod"]),
    /main never had/,
  ],
  ["approver", "no Application", file(RELEASED, null), /delivery\/prod\/shop\.yaml/],
  [
    "approver",
    "a service that main never declared",
    file("services/evil.yaml", "team: platform\nenvironments: [prod]\n"),
    /evil/,
  ],
  [
    "approver",
    "a namespace that main never declared",
    (catalogue) => catalogue.declared({ shop: SHOP.replace("shops", "evil") }, ["prod"]),
    /main never had/,
  ],
  ["approver", "objects of another environment", file("delivery/staging/shop.yaml", "x: 1\n"), /delivery\/staging/],
  [
    "approver",
    "objects that nobody declared",
    file("delivery/prod/evil.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: { name: evil }\n"),
    /delivery\/prod\/evil\.yaml/,
  ],
  [
    "approver",
    "Argo CD's parameters for the catalogue",
    file("delivery/prod/.argocd-source-catalogue.yaml", parameters),
    /./,
  ],
  [
    "approver",
    "Argo CD's parameters beside the objects of a service",
    file("manifests/shop/.argocd-source-shop.yaml", parameters),
    /./,
  ],
  ["approver", "a file that is a symbolic link", file(RELEASED, link("../../manifests/shop/manifests.yaml")), /./],
  ["approver", "a folder that is a symbolic link", file("delivery/prod", link("../manifests/shop")), /./],
  [
    "approver",
    "a delivery policy of its own",
    file(POLICY, "repositoryUrl: https://evil.example/x.git\nenvironments: {}\n"),
    /delivery\.yaml/,
  ],
  ["approver", "environments of its own", file(".github/gitops/environments.json", "{}\n"), /environments/],
  [
    "approver",
    "another object among those of a service's own",
    appends(
      "manifests/depot/manifests.yaml",
      "---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: depot-evil\n",
      "env/prod",
    ),
    /manifests\/depot/,
  ],
  [
    "approver",
    "another image among the objects of a chart",
    edits("manifests/store/manifests.yaml", "vaarak/store", "evil/store", "env/prod"),
    /manifests\/store/,
  ],
  [
    "approver",
    "objects of a service that ends, without the end of its Application",
    all(file("manifests/depot/manifests.yaml", null), file("environments/prod/depot.yaml", null)),
    /./,
  ],
  [
    "approver",
    "an Application that ends, with its workload",
    all(
      file("delivery/prod/depot.yaml", null),
      file("services/depot.yaml", null),
      file("manifests/depot/manifests.yaml", null),
      file("environments/prod/depot.yaml", null),
    ),
    /./,
  ],
];

describe(`${kind}, by files`, () => {
  let workshop: Workshop;
  let catalogue: Catalogue;
  before(async () => {
    workshop = await Workshop.open();
    catalogue = await Catalogue.open(workshop);
    // Otherwise a command that refuses everything would pass.
    const harmless = edits("environments/dev/shop.yaml", /replicaCount: .*/, "replicaCount: 2");
    assert.deepEqual((await validate(workshop, "main", harmless(catalogue))).problems, []);
    const good = adds("fine", `team: platform\n${EVERYWHERE}`);
    assert.deepEqual((await validate(workshop, "main", good(catalogue))).problems, []);
    assert.deepEqual(
      (await validate(workshop, "main", declares("shop", `${SHOP}groups: [web]\n`)(catalogue))).problems,
      [],
    );
    const wide = declares("shop", `${SHOP}profile: kubernetes-client\n`);
    assert.deepEqual((await validate(workshop, "main", wide(catalogue))).problems, []);
    assert.deepEqual((await validate(workshop, "env/prod", { "README.md": "# Ours\n" })).problems, []);
  });
  after(() => {
    workshop.close();
  });

  for (const [branch, about, rows] of [
    ["main", "declaration", declarations],
    ["main", "step", steps],
    ["main", "delivery file", delivery],
    ["main", "delivery policy", policy],
    ["main", "chart", charts],
    ["main", "objects of a service's own", objects],
    ["env/prod", "production's branch", production],
  ] as const) {
    for (const [by, what, change, said] of rows) {
      attack({
        class: kind,
        by,
        what: `${about}: ${what}`,
        try: () => validate(workshop, branch, change(catalogue)),
        holds: isInvalidFor(said),
      });
    }
  }
});
