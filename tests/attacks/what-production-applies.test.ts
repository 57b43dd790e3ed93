/**
 * Changes of production's branch besides a release, checked by `gitops validate` with the real Helm: the branch may
 * contain exactly the manifests that Helm renders from its sources, and nothing else.
 */
import assert from "node:assert/strict";
import { until } from "@gitops-platform/clients/until";
import { cli } from "../e2e/support/people";
import { cluster } from "../e2e/support/platform";
import type { Actor } from "./support/actors";
import { attack } from "./support/attack";
import { link, object, parameters } from "./support/files";
import { type Files, tipOf, Workshop } from "./support/git";
import { EVIL, released } from "./support/production";
import { approve, invalid, propose, pullOf, validated } from "./support/pulls";
import { isInvalid, validate } from "./support/validate";

const kind = "what is applied";
const MANIFESTS = "manifests/api/manifests.yaml";
const OWNERS = ".github/CODEOWNERS";

/** The changes in pull requests into production's branch. */
const production: [by: Actor, what: string, files: (read: (path: string) => string) => Files][] = [
  [
    "approver",
    "another image only in the manifests",
    (read) => ({ [MANIFESTS]: read(MANIFESTS).replace(/image: .*/, `image: "ghcr.io/vaarak/api:${EVIL}"`) }),
  ],
  ["approver", "a comment in the manifests", (read) => ({ [MANIFESTS]: `# Harmless\n${read(MANIFESTS)}` })],
  ["approver", "an empty line at the end of the manifests", (read) => ({ [MANIFESTS]: `${read(MANIFESTS)}\n` })],
  [
    "approver",
    "manifests with CRLF line breaks",
    (read) => ({ [MANIFESTS]: read(MANIFESTS).replaceAll("\n", "\r\n") }),
  ],
  ["approver", "a byte order mark before the manifests", (read) => ({ [MANIFESTS]: `\ufeff${read(MANIFESTS)}` })],
  [
    "approver",
    "an additional object in the manifests",
    (read) => ({ [MANIFESTS]: `${read(MANIFESTS)}---\n${object("v1", "ConfigMap", "", "data: {}")}` }),
  ],
  [
    "approver",
    "manifests without a NetworkPolicy",
    (read) => ({ [MANIFESTS]: without(read(MANIFESTS), "NetworkPolicy") }),
  ],
  [
    "approver",
    "values that do not match the manifests",
    (read) => ({
      "environments/prod/api.yaml": read("environments/prod/api.yaml").replace(/minReplicas: \d+/, "minReplicas: 1"),
    }),
  ],
  [
    "approver",
    "a second file beside the manifests",
    () => ({ "manifests/api/evil.yaml": object("v1", "ConfigMap", "", "data: {}") }),
  ],
  [
    "approver",
    "a folder below the manifests",
    () => ({ "manifests/api/deeper/evil.yaml": object("v1", "ConfigMap", "", "data: {}") }),
  ],
  [
    "approver",
    "a JSON file beside the manifests",
    () => ({ "manifests/api/evil.json": '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"evil"}}\n' }),
  ],
  [
    "approver",
    "a chart in the manifests' folder, so that Argo CD calls Helm",
    () => ({ "manifests/api/Chart.yaml": "apiVersion: v2\nname: evil\nversion: 1.0.0\n" }),
  ],
  [
    "approver",
    "a kustomization in the manifests' folder",
    () => ({ "manifests/api/kustomization.yaml": "resources: [manifests.yaml]\nnamespace: kube-system\n" }),
  ],
  [
    "approver",
    "Argo CD's parameters in the manifests' folder",
    () => ({ "manifests/api/.argocd-source-api.yaml": parameters }),
  ],
  ["approver", "manifests that are a symbolic link", () => ({ [MANIFESTS]: link("../../environments/prod/api.yaml") })],
  [
    "approver",
    "manifests of a service that does not exist",
    () => ({ "manifests/evil/manifests.yaml": object("v1", "ConfigMap", "", "data: {}") }),
  ],
  [
    "approver",
    "Git attributes on production's branch",
    () => ({ ".gitattributes": "manifests/** working-tree-encoding=UTF-16LE\n" }),
  ],
  ["approver", "production's branch without CODEOWNERS", () => ({ [OWNERS]: null })],
  [
    "approver",
    "CODEOWNERS with another owner of the values",
    (read) => ({ [OWNERS]: `${read(OWNERS)}/environments/ @developer\n` }),
  ],
  [
    "approver",
    "CODEOWNERS without an owner of the manifests",
    (read) => ({ [OWNERS]: `${read(OWNERS)}/manifests/\n` }),
  ],
  [
    "approver",
    "CODEOWNERS with another owner of CODEOWNERS",
    (read) => ({ [OWNERS]: `${read(OWNERS)}/.github/ @developer\n` }),
  ],
  ["approver", "CODEOWNERS at the root, which GitHub reads second", () => ({ CODEOWNERS: "* @developer\n" })],
  ["approver", "a workflow on production's branch", () => ({ ".github/workflows/evil.yaml": "on: push\njobs: {}\n" })],
];

function without(manifests: string, kindOf: string): string {
  const documents = manifests.split(/^---\n/m);
  return documents.filter((document) => !document.includes(`kind: ${kindOf}`)).join("---\n");
}

describe(`${kind}, in production`, () => {
  let workshop: Workshop;
  const on = (path: string) => workshop.show(workshop.tip("env/prod"), path);
  before(async () => {
    await released();
    workshop = await Workshop.open();
    // Otherwise a command that refuses everything would pass.
    assert.deepEqual((await validate(workshop, "env/prod", { "README.md": "# Ours\n" })).problems, []);
  });
  after(() => {
    workshop.close();
  });

  for (const [by, what, files] of production) {
    attack({ class: kind, by, what, try: () => validate(workshop, "env/prod", files(on)), holds: isInvalid });
  }

  const asked: [what: string, files: Files, said: RegExp][] = [
    ["production's branch without CODEOWNERS", { [OWNERS]: null }, /CODEOWNERS/],
    ["a second file beside the manifests", { "manifests/api/evil.yaml": object("v1", "ConfigMap") }, /manifests/],
  ];
  for (const [what, files, said] of asked) {
    attack({
      class: kind,
      by: "approver",
      what: `${what}, by a pull request`,
      try: () => propose(workshop, "approver", "env/prod", files, { title: what }),
      holds: (pull) => invalid(pull, said),
    });
  }

  attack({
    class: kind,
    by: "developer",
    what: "a change of production's branch besides values and charts, hidden from its history",
    expected: "reported",
    try: async () => {
      const pull = await propose(
        workshop,
        "developer",
        "env/prod",
        { "README.md": "# Ours\n" },
        { title: "Tell of us" },
      );
      await validated(pull);
      await approve("approver", pull.number);
      await until(`#${pull.number} to be merged`, async () => {
        const { merged } = await pullOf(pull.number);
        return merged ? { done: true } : { waitingFor: "it is open" };
      });
      return (await cli("developer", "history", "--env", "prod", "--json")).stdout;
    },
    holds: (said) => {
      assert.match(said, /README\.md/, "history does not list it");
      return "gitops history: names README.md";
    },
  });

  attack({
    class: kind,
    by: "nobody",
    what: "a rendering of production's charts by Argo CD itself, with other files beside them",
    try: async () => {
      const api = { apiVersion: "argoproj.io/v1alpha1", kind: "Application", namespace: "argocd", name: "api" };
      return (await cluster("prod").get(api)) as unknown as { spec: { source: Record<string, unknown> } };
    },
    holds: async ({ spec: { source } }) => {
      assert.deepEqual(
        [source.path, source.helm, source.kustomize, source.plugin],
        ["manifests/api", undefined, undefined, undefined],
      );
      assert.equal(source.targetRevision, "refs/heads/env/prod");
      return `Argo CD: applies ${String(source.path)} of ${(await tipOf("env/prod")).slice(0, 12)} as it stands`;
    },
  });
});
