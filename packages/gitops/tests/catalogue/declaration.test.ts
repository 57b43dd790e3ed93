import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv from "ajv/dist/2020";
import { parse } from "yaml";
import type { Source } from "@gitops-platform/contract/source";
import { graph } from "@gitops-platform/environments/environments";
import { PROFILE_NAMES } from "@gitops-platform/environments/profiles";
import { parseDeclarations } from "../../catalogue/declaration";
import { rendered } from "./repository";

const schema = JSON.parse(
  readFileSync(join(__dirname, "../../../../gitops-repo/service.schema.json"), "utf8"),
) as object;

function read(files: Readonly<Record<string, string | undefined>>) {
  return parseDeclarations(new Map(Object.entries(files)), graph);
}

/** The problems of a declaration of the service `web`, with their positions. */
function problemsOf(text: string): string[] {
  return read({ "services/web.yaml": text }).problems.map(
    ({ line, column, message }) => `${line}:${column}: ${message}`,
  );
}

const VALID = "team: payments\nenvironments: [dev]\n";
const BAD_GROUPS = ["#ops", " ops", "a,b", 'a"b', "a\u202eb", "admin", "role:admin", "proj:dev-web:team"];

/** Lines instead of, or besides, those of a valid declaration; the problem; whether the schema can find it too. */
const BAD: readonly (readonly [what: string, text: string, problem: RegExp, bySchema: boolean])[] = [
  ["nothing", "", /^1:1: the file: got nothing; expected the declaration of a service\. /, true],
  ["a list", "- team\n", /^1:1: the file: got \["team"\]; expected a mapping\. /, true],
  ["an unknown key", `${VALID}enviroments: []\n`, /^3:14: enviroments: .*Did you mean environments\?$/, true],
  ["no team", "environments: [dev]\n", /the file: .*expected a line with team\. /, true],
  ["no environments", "team: a\n", /the file: .*expected a line with environments\. /, true],
  ["an organisation with the team", `team: vaarak/a\nenvironments: [dev]\n`, /^1:7: team: got "vaarak\/a"/, true],
  ["a team in capitals", `team: Payments\nenvironments: [dev]\n`, /^1:7: team: got "Payments"/, true],
  ["no list of environments", "team: a\nenvironments: dev\n", /^2:15: environments: got "dev"; expected a list/, true],
  [
    "environments without a value",
    "team: a\nenvironments:\n",
    /^2:1: environments: got nothing; expected a list/,
    true,
  ],
  [
    "no environment at all",
    "team: a\nenvironments: []\n",
    /^2:15: environments: got \[\]; expected at least one/,
    false,
  ],
  ["an unknown environment", "team: a\nenvironments: [prd]\n", /environments\[0\]: .*Did you mean prod\?$/, true],
  ["an environment twice", "team: a\nenvironments: [dev, dev]\n", /^2:21: environments\[1\]: .*each once/, true],
  ["a retired one that runs", `${VALID}retired: [dev]\n`, /^3:11: retired\[0\]: got "dev"; expected no env/, false],
  ["a number", "team: 12\nenvironments: [dev]\n", /^1:7: team: got 12; expected the name/, true],
  ["a reserved namespace", `${VALID}namespace: kube-system\n`, /^3:12: namespace: .*another namespace/, true],
  ["Argo CD's namespace", `${VALID}namespace: argocd\n`, /^3:12: namespace: got "argocd"/, true],
  ["a namespace of two labels", `${VALID}namespace: a.b\n`, /^3:12: namespace: got "a\.b"; expected an RFC/, true],
  ["namespace and joins", `${VALID}namespace: a\njoins: b\n`, /^3:12: namespace: .*either namespace or joins/, true],
  ["a service that joins itself", `${VALID}joins: web\n`, /^3:8: joins: .*owns its namespace/, false],
  ["an unknown service to join", `${VALID}joins: wbe\n`, /^3:8: joins: got "wbe"; .*Did you mean web/, false],
  ["another schema", `$schema: https://example.com/s.json\n${VALID}`, /^1:10: \$schema: got "https/, true],
  ["a group twice", `${VALID}groups: [a, a]\n`, /^3:13: groups\[1\]: .*each once/, true],
  ["an empty group", `${VALID}groups: [""]\n`, /^3:10: groups\[0\]: got ""/, true],
  [
    "a text that Argo CD skips files for",
    `${VALID}groups: ["argocd:skip-file-rendering"]\n`,
    /^3:10: groups\[0\]/,
    false,
  ],
  ["a base elsewhere", `${VALID}source: { kustomize: ../shop }\n`, /source\.kustomize: got "\.\.\/shop"/, true],
  [
    "the service chart as a base",
    `${VALID}source: { kustomize: charts/service }\n`,
    /expected the folder of a base/,
    true,
  ],
  ["an image with a space", `${VALID}source: { kustomize: charts/a, image: a b }\n`, /source\.image: got "a b"/, true],
  [
    "the key of another source",
    `${VALID}source: { kustomize: charts/a, container: a }\n`,
    /source\.container: .*no such key with kustomize/,
    true,
  ],
  ["an empty source", `${VALID}source:\n`, /^3:1: source: .*one of chart, kustomize and manifests/, true],
  [
    "two sources",
    `${VALID}source: { chart: charts/a, manifests: true }\n`,
    /source: .*one of chart, kustomize and manifests/,
    true,
  ],
  ["a chart elsewhere", `${VALID}source: { chart: ../a }\n`, /^3:18: source\.chart: got "\.\.\/a"/, true],
  ["a chart in a chart", `${VALID}source: { chart: charts/a/charts/b }\n`, /^3:18: source\.chart: got/, true],
  ["a chart of a registry", `${VALID}source: { chart: "oci://x/y" }\n`, /^3:18: source\.chart: got/, true],
  ["the service chart", `${VALID}source: { chart: charts/service }\n`, /source\.chart: .*expected another chart/, true],
  ["an odd path", `${VALID}source: { chart: charts/a, image: "a..b" }\n`, /source\.image: got "a\.\.b"/, true],
  ["a container of a chart", `${VALID}source: { chart: charts/a, container: b }\n`, /source\.container: got "b"/, true],
  ["manifests that are off", `${VALID}source: { manifests: false }\n`, /source\.manifests: got false/, true],
  ["an image of manifests", `${VALID}source: { manifests: true, image: a }\n`, /source\.image: got "a"/, true],
  ["an odd container", `${VALID}source: { manifests: true, container: A }\n`, /source\.container: got "A"/, true],
  [
    "an unknown profile",
    `${VALID}profile: kubernetes-clent\n`,
    /^3:10: profile: got "kubernetes-clent"; expected one of service, .*\. Did you mean kubernetes-client\?$/,
    true,
  ],
  ["a profile in capitals", `${VALID}profile: Service\n`, /^3:10: profile: .*Did you mean service\?$/, true],
  ["a profile by a prototype", `${VALID}profile: constructor\n`, /^3:10: profile: got "constructor"/, true],
  ["two profiles", `${VALID}profile: [service]\n`, /^3:10: profile: got \["service"\]; expected one of/, true],
  ["a profile without a name", `${VALID}profile:\n`, /^3:1: profile: got nothing; expected one of/, true],
  // What parsers of YAML read differently.
  ["a second document", `${VALID}---\nteam: b\n`, /^3:1: got another document/, false],
  ["a key twice", `${VALID}team: b\n`, /^3:1: Map keys must be unique/, false],
  ["an alias", "team: &t a\nenvironments: [dev]\ngroups: [*t]\n", /^1:7: got an anchor/, false],
  ["a merge key", `<<: { team: a }\nenvironments: [dev]\n`, /got a merge key/, false],
  ["a tag", `team: !!str a\nenvironments: [dev]\n`, /^1:7: got a tag/, false],
  ["a word that is true to some", `team: yes\nenvironments: [dev]\n`, /^1:7: got yes without quotes/, false],
  ["a number of base 8", `team: 0o17\nenvironments: [dev]\n`, /^1:7: got 0o17 without quotes/, false],
  ["a hidden character", `team: "a\u202e"\nenvironments: [dev]\n`, /^1:9: got the character U\+202E/, false],
  ["a byte order mark", `\ufeff${VALID}`, /^1:1: got the character U\+FEFF/, false],
];

describe("a service's declaration", () => {
  it("gives the service, with defaults", () => {
    assert.deepEqual(read({ "services/web.yaml": VALID }), {
      declarations: [
        { name: "web", team: "payments", groups: [], namespace: "web", environments: ["dev"], retired: [] },
      ],
      problems: [],
    });
  });

  it("names the profile of the service's kinds, and gives the kinds to its AppProject", () => {
    const files = { "services/web.yaml": `${VALID}profile: kubernetes-client\n` };
    const { declarations, problems } = read(files);
    assert.deepEqual([declarations[0]?.profile, problems], ["kubernetes-client", []]);
    const given = (text: string) => rendered({ "services/web.yaml": text }, ["dev"])["delivery/dev/web.yaml"] ?? "";
    assert.match(
      given(files["services/web.yaml"]),
      /\n {4}- group: rbac\.authorization\.k8s\.io\n {6}kind: RoleBinding\n/,
    );
    assert.equal(given(`${VALID}profile: service\n`), given(VALID));
    assert.doesNotMatch(given(VALID), /Role(Binding)?\n/);
  });

  it("gives the namespace of the service that it joins", () => {
    const { declarations, problems } = read({
      "services/api.yaml": "team: payments\njoins: web\nenvironments: [dev]\n",
      "services/web.yaml":
        "$schema: ../service.schema.json\nteam: payments\ngroups: [vaarak:payments]\nnamespace: shop\n" +
        "environments: [dev, staging]\nretired: [prod]\n",
    });
    assert.deepEqual(problems, []);
    assert.deepEqual(
      declarations.map(({ name, namespace, joins }) => ({ name, namespace, joins })),
      [
        { name: "api", namespace: "shop", joins: "web" },
        { name: "web", namespace: "shop", joins: undefined },
      ],
    );
    assert.deepEqual(declarations[1]?.retired, ["prod"]);
  });

  const sources: [text: string, source: Source][] = [
    ["{ chart: charts/shop }", { kind: "chart", chart: "charts/shop", image: ["image"] }],
    ["{ chart: charts/shop, image: web.image }", { kind: "chart", chart: "charts/shop", image: ["web", "image"] }],
    ["{ manifests: true }", { kind: "manifests", container: undefined }],
    ["{ manifests: true, container: api }", { kind: "manifests", container: "api" }],
    ["{ kustomize: charts/shop }", { kind: "kustomize", base: "charts/shop", image: undefined }],
    [
      "{ kustomize: charts/shop, image: ghcr.io/vaarak/shop }",
      { kind: "kustomize", base: "charts/shop", image: "ghcr.io/vaarak/shop" },
    ],
  ];
  for (const [text, source] of sources) {
    it(`may have the source ${text}`, () => {
      const { declarations, problems } = read({ "services/web.yaml": `${VALID}source: ${text}\n` });
      assert.deepEqual([declarations[0]?.source, problems], [source, []]);
    });
  }

  for (const [what, text, problem] of BAD) {
    it(`is refused with ${what}`, () => {
      assert.match(problemsOf(text).join("\n"), new RegExp(problem.source, `${problem.flags}m`));
    });
  }

  for (const group of BAD_GROUPS) {
    it(`is refused with the group ${JSON.stringify(group)}`, () => {
      assert.notDeepEqual(problemsOf(`${VALID}groups: [${JSON.stringify(group)}]\n`), []);
    });
  }

  it("is reported with all problems at once, in the order of the lines", () => {
    const found = problemsOf("team: A\nenvironments: [prd, dev]\nretired: [dev]\nnamespace: argocd\n");
    assert.deepEqual(
      found.map((text) => text.split(":", 3).join(":")),
      ["1:7: team", "2:16: environments[0]", "3:11: retired[0]", "4:12: namespace"],
    );
  });

  for (const path of [
    ...["services/Web.yaml", "services/web.yml", "services/catalogue.yaml", "services/charts.yaml"],
    ...["services/../web.yaml", "services/a b.yaml", "services/wéb.yaml", "services/-a.yaml", "services/.yaml"],
    ...["services/we\u200bb.yaml", "services/web.YAML", "services/web.json", "services/web\n.yaml"],
  ]) {
    it(`is refused at ${JSON.stringify(path)}`, () => {
      const { declarations, problems } = read({ [path]: VALID });
      assert.deepEqual(declarations, []);
      assert.match(problems.map(({ message }) => message).join(), /^Got another name; expected services\/<service>/);
    });
  }

  it("is refused in bytes that are not UTF-8", () => {
    assert.match(read({ "services/web.yaml": undefined }).problems[0]?.message ?? "", /not UTF-8/);
  });

  it("has a name of its own as its namespace, unless that is reserved", () => {
    const { problems } = read({ "services/default.yaml": VALID });
    assert.match(problems.map(({ message }) => message).join(), /another namespace than the service's name/);
    assert.deepEqual(read({ "services/default.yaml": `${VALID}namespace: shop\n` }).problems, []);
  });

  it("may be named like a property of JavaScript's objects", () => {
    const { declarations, problems } = read({ "services/constructor.yaml": VALID });
    assert.deepEqual([declarations.map(({ name }) => name), problems], [["constructor"], []]);
  });
});

describe("several declarations", () => {
  const messages = (files: Readonly<Record<string, string>>) =>
    read(files).problems.map(({ file, message }) => `${file}: ${message}`);

  it("cannot own one namespace", () => {
    const [problem, ...more] = messages({
      "services/api.yaml": `${VALID}namespace: web\n`,
      "services/web.yaml": VALID,
    });
    assert.deepEqual(more, []);
    assert.match(problem ?? "", /^services\/web\.yaml: the file: .*which the service api owns\. .*joins: api/);
  });

  it("cannot join a service that joins another, or is not in all of their environments", () => {
    const joined = messages({
      "services/a.yaml": `${VALID}joins: b\n`,
      "services/b.yaml": `${VALID}joins: c\n`,
      "services/c.yaml": "team: a\nenvironments: [staging]\n",
    });
    assert.match(joined[0] ?? "", /^services\/a\.yaml: joins: got "b"; .*Name its owner: joins: c\./);
    assert.match(joined[1] ?? "", /^services\/b\.yaml: joins: got "c"; expected a service that is in dev too\. /);
    assert.equal(joined.length, 2);
  });

  it("may join a service that is being retired, because its namespace stays", () => {
    assert.deepEqual(
      messages({
        "services/a.yaml": `${VALID}joins: b\n`,
        "services/b.yaml": "team: a\nenvironments: [staging]\nretired: [dev]\n",
      }),
      [],
    );
  });

  it("are not blamed for another file that cannot be read", () => {
    const found = messages({ "services/a.yaml": `${VALID}joins: b\n`, "services/b.yaml": "team: [\n" });
    assert.ok(found.every((text) => text.startsWith("services/b.yaml: ")));
  });
});

describe("the JSON Schema of declarations", () => {
  const validate = new Ajv({ strict: false }).compile(schema);

  it("accepts what the reader accepts", () => {
    for (const text of [VALID, `$schema: ../service.schema.json\n${VALID}groups: [a]\nretired: [prod]\njoins: x\n`]) {
      assert.ok(validate(parse(text)), JSON.stringify(validate.errors));
    }
  });

  for (const [what, text, , bySchema] of BAD.filter((row) => row[3])) {
    it(`refuses ${what}`, () => {
      assert.equal(validate(parse(text)), !bySchema);
    });
  }

  it("names the environments and the keys that the reader knows", () => {
    const { properties, $defs } = schema as {
      properties: Record<string, unknown> & { profile: { enum: string[] } };
      $defs: { environments: { items: { enum: string[] } } };
    };
    assert.deepEqual($defs.environments.items.enum, graph.names);
    assert.deepEqual(properties.profile.enum, PROFILE_NAMES);
    for (const key of Object.keys(properties)) {
      assert.ok(!problemsOf(`${VALID}${key}: 1\n`).join().includes("no such key"), key);
    }
    assert.match(
      problemsOf(`${VALID}x: 1\n`).join(),
      new RegExp(Object.keys(properties).join(", ").replace("$", "\\$")),
    );
  });
});
