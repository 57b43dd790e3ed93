/**
 * Files that Argo CD, Helm, Git or Kustomize read by their names, and dangerous output of charts. `gitops validate`
 * checks all of it with the real Helm, on the repository's own content. Nothing that the approvers did not see may
 * reach a cluster.
 */
import assert from "node:assert/strict";
import { attack } from "./support/attack";
import type { Actor } from "./support/actors";
import { hook, link, object, parameters, submodule } from "./support/files";
import { type Files, Workshop } from "./support/git";
import { invalid, propose } from "./support/pulls";
import { isInvalid, validate } from "./support/validate";

const kind = "what is applied";
const DEV = "environments/dev/api.yaml";
const TEMPLATES = "charts/service/templates";
const SCHEMA = "charts/service/values.schema.json";

const CHART = "charts/service/Chart.yaml";
const dependencies = "dependencies:\n  - {name: evil, repository: http://127.0.0.1:9, version: 1.0.0}\n";

const plain: [by: Actor, what: string, files: Files][] = [
  [
    "engineer",
    "Argo CD's parameters for one Application beside the chart",
    { "charts/service/.argocd-source-api.yaml": parameters },
  ],
  [
    "engineer",
    "Argo CD's parameters for all Applications beside the chart",
    { "charts/service/.argocd-source.yaml": parameters },
  ],
  ["developer", "Argo CD's parameters beside the values", { "environments/prod/.argocd-source-api.yaml": parameters }],
  ["developer", "Argo CD's parameters at the repository's root", { ".argocd-source.yaml": parameters }],
  ["developer", "Argo CD's parameters beside the manifests", { "manifests/api/.argocd-source-api.yaml": parameters }],
  [
    "developer",
    "Git attributes with another encoding of one values file",
    { ".gitattributes": `${DEV} working-tree-encoding=ASCII//TRANSLIT\n` },
  ],
  [
    "developer",
    "Git attributes with another encoding of every chart",
    { ".gitattributes": "charts/** working-tree-encoding=UTF-16LE\n" },
  ],
  ["developer", "Git attributes beside the values", { "environments/.gitattributes": "*.yaml ident\n" }],
  ["engineer", "Git attributes beside the chart", { "charts/service/.gitattributes": "*.yaml text eol=crlf\n" }],
  ["developer", "Git attributes as a symbolic link", { ".gitattributes": link("environments/dev/api.yaml") }],
  ["developer", "Git attributes in capitals, for a case-insensitive disk", { ".GitAttributes": "*.yaml ident\n" }],
  [
    "developer",
    "a submodule",
    { ".gitmodules": '[submodule "x"]\n\tpath = x\n\turl = http://127.0.0.1:9/x\n', x: submodule },
  ],
  ["developer", "a submodule instead of the chart's templates", { "charts/service/evil": submodule }],
  ["developer", "Git LFS with another server", { ".lfsconfig": "[lfs]\n\turl = http://127.0.0.1:9/\n" }],
  ["engineer", "a kustomization beside the chart", { "charts/service/kustomization.yaml": "resources: []\n" }],
  [
    "developer",
    "a kustomization with the other extension",
    { "environments/prod/kustomization.yml": "resources: []\n" },
  ],
  ["developer", "a kustomization without an extension", { "manifests/api/Kustomization": "resources: []\n" }],
  ["developer", "a plugin of Argo CD", { "plugin.yaml": object("argoproj.io/v1alpha1", "ConfigManagementPlugin") }],
  ["developer", "Jsonnet beside the values", { "environments/prod/evil.jsonnet": "{}\n" }],
  ["developer", "Jsonnet beside the manifests", { "manifests/api/evil.jsonnet": "{}\n" }],
  ["developer", "a file that no program reads", { "surprise.txt": "x\n" }],
  ["developer", "values with another extension", { "environments/prod/api.yml": "image: {}\n" }],
  ["developer", "values in a deeper folder", { "environments/prod/api/values.yaml": "image: {}\n" }],
  ["developer", "values in another case", { "environments/Prod/api.yaml": "image: {}\n" }],
  ["developer", "values of an environment with a Cyrillic letter", { "environments/рrod/api.yaml": "image: {}\n" }],
  ["developer", "values that are a symbolic link", { "environments/dev/web.yaml": link("../prod/api.yaml") }],
  ["developer", "values that are a symbolic link out of the repository", { [DEV]: link("/etc/passwd") }],
  ["engineer", "a symbolic link in a chart", { [`${TEMPLATES}/link.yaml`]: link("/etc/passwd") }],
  ["engineer", "a packed subchart", { "charts/service/charts/evil-1.0.0.tgz": Buffer.from([0x1f, 0x8b, 8, 0]) }],
  [
    "engineer",
    "subcharts from another machine, with a lock",
    {
      [CHART]: `apiVersion: v2\nname: service\nversion: 1.0.0\n${dependencies}`,
      "charts/service/Chart.lock": dependencies,
    },
  ],
  [
    "engineer",
    "subcharts from another machine, in the old form",
    {
      [CHART]: "apiVersion: v1\nname: service\nversion: 1.0.0\n",
      "charts/service/requirements.yaml": dependencies,
    },
  ],
  [
    "engineer",
    "a CustomResourceDefinition in a chart",
    { "charts/service/crds/evil.yaml": object("apiextensions.k8s.io/v1", "CustomResourceDefinition") },
  ],
  ["engineer", "a hook of Argo CD", { [`${TEMPLATES}/evil.yaml`]: hook("argocd.argoproj.io/hook: PreSync") }],
  ["engineer", "a hook of Helm", { [`${TEMPLATES}/evil.yaml`]: hook("helm.sh/hook: pre-install") }],
  [
    "engineer",
    "a ClusterRole",
    {
      [`${TEMPLATES}/evil.yaml`]: object(
        "rbac.authorization.k8s.io/v1",
        "ClusterRoleBinding",
        "",
        "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}\nsubjects: []",
      ),
    },
  ],
  [
    "engineer",
    "a role in the namespace",
    {
      [`${TEMPLATES}/evil.yaml`]: object(
        "rbac.authorization.k8s.io/v1",
        "RoleBinding",
        "",
        "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: admin}\nsubjects: []",
      ),
    },
  ],
  [
    "engineer",
    "an object in another namespace",
    { [`${TEMPLATES}/evil.yaml`]: object("v1", "ConfigMap", "namespace: kube-system", "data: {}") },
  ],
  [
    "engineer",
    "an object in Argo CD's namespace, in a list",
    {
      [`${TEMPLATES}/evil.yaml`]:
        "apiVersion: v1\nkind: List\nitems:\n" +
        "  - {apiVersion: v1, kind: ConfigMap, metadata: {name: argocd-cm, namespace: argocd}, data: {}}\n",
    },
  ],
  [
    "engineer",
    "a project of Argo CD",
    { [`${TEMPLATES}/evil.yaml`]: object("argoproj.io/v1alpha1", "AppProject", "", "spec: {}") },
  ],
  [
    "engineer",
    "an Application of Argo CD",
    { [`${TEMPLATES}/evil.yaml`]: object("argoproj.io/v1alpha1", "Application", "", "spec: {}") },
  ],
  [
    "engineer",
    "a pod beside the Deployment, which the project permits for controllers",
    { [`${TEMPLATES}/evil.yaml`]: object("v1", "Pod", "", "spec: {containers: [{name: x, image: ghcr.io/evil/x:1}]}") },
  ],
  [
    "engineer",
    "a ReplicaSet beside the Deployment",
    { [`${TEMPLATES}/evil.yaml`]: object("apps/v1", "ReplicaSet", "", "spec: {replicas: 1}") },
  ],
  ["engineer", "a namespace", { [`${TEMPLATES}/evil.yaml`]: object("v1", "Namespace") }],
  [
    "engineer",
    "an admission webhook for every object",
    {
      [`${TEMPLATES}/evil.yaml`]: object(
        "admissionregistration.k8s.io/v1",
        "MutatingWebhookConfiguration",
        "",
        "webhooks: []",
      ),
    },
  ],
  [
    "engineer",
    "external addresses of a Service",
    { [`${TEMPLATES}/evil.yaml`]: object("v1", "Service", "", "spec: {ports: [{port: 80}], externalIPs: [10.0.0.1]}") },
  ],
  ["engineer", "a schema from another machine", { [SCHEMA]: '{"allOf": [{"$ref": "http://127.0.0.1:9/x.json"}]}\n' }],
  ["engineer", "a schema from the runner's disk", { [SCHEMA]: '{"allOf": [{"$ref": "file:///etc/hostname"}]}\n' }],
  ["engineer", "a schema from another file of the chart", { [SCHEMA]: '{"allOf": [{"$ref": "Chart.yaml"}]}\n' }],
  [
    "engineer",
    "a schema from another machine, by a dynamic reference",
    { [SCHEMA]: '{"allOf": [{"$dynamicRef": "http://127.0.0.1:9/x.json"}]}\n' },
  ],
  ["engineer", "a schema with another vocabulary", { [SCHEMA]: '{"$schema": "http://127.0.0.1:9/schema.json"}\n' }],
];

/** Changes of the chart's own Deployment. */
const confined: [what: string, from: string | RegExp, to: string][] = [
  ["the node's disk", /emptyDir:\n\s+sizeLimit: 64Mi/, "hostPath:\n        path: /"],
  [
    "the node's network",
    "automountServiceAccountToken: false",
    "automountServiceAccountToken: false\n  hostNetwork: true",
  ],
  [
    "the node's processes",
    "automountServiceAccountToken: false",
    "automountServiceAccountToken: false\n  hostPID: true",
  ],
  ["a privileged container", "allowPrivilegeEscalation: false", "privileged: true"],
  ["a container that runs as root", "runAsNonRoot: true", "runAsNonRoot: false"],
  [
    "a second container without limits",
    "  volumes:\n    - name: tmp",
    "    - name: evil\n      image: ghcr.io/evil/x:1\n  volumes:\n    - name: tmp",
  ],
];

describe(kind, () => {
  let workshop: Workshop;
  const on = (branch: string) => (path: string) => workshop.show(workshop.tip(branch), path);
  before(async () => {
    workshop = await Workshop.open();
    // Otherwise a command that refuses everything would pass.
    const harmless = { [DEV]: on("main")(DEV).replace(/replicaCount: .*/, "replicaCount: 2") };
    assert.deepEqual((await validate(workshop, "main", harmless)).problems, []);
  });
  after(() => {
    workshop.close();
  });

  for (const [by, what, files] of plain) {
    attack({ class: kind, by, what, try: () => validate(workshop, "main", files), holds: isInvalid });
  }

  for (const [what, from, to] of confined) {
    const file = `${TEMPLATES}/_pod.tpl`;
    attack({
      class: kind,
      by: "engineer",
      what: `${what}, by the chart`,
      try: () => {
        const text = on("main")(file);
        assert.notEqual(text.replace(from, to), text, "the change has no effect");
        return validate(workshop, "main", { [file]: text.replace(from, to) });
      },
      holds: isInvalid,
    });
  }

  const asked: [by: Actor, what: string, files: Files, said: RegExp][] = [
    [
      "engineer",
      "Argo CD's parameters beside the chart",
      { "charts/service/.argocd-source-api.yaml": parameters },
      /argocd-source/,
    ],
    [
      "developer",
      "Git attributes with another encoding of a values file",
      { ".gitattributes": `${DEV} working-tree-encoding=UTF-16LE\n` },
      /gitattributes/,
    ],
  ];
  for (const [by, what, files, said] of asked) {
    attack({
      class: kind,
      by,
      what: `${what}, by a pull request`,
      try: () => propose(workshop, by, "main", files, { title: what }),
      holds: (pull) => invalid(pull, said),
    });
  }
});
