import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv2020 from "ajv/dist/2020";
import { parse } from "yaml";
import { decidingRule, mainCodeOwners } from "@gitops-platform/contract/code-owners";
import { RULES_PATH } from "@gitops-platform/contract/paths";
import { type Exception, isAllowed } from "../exceptions";
import { reservedBy } from "../hosts";
import { parseRules } from "../rules";

const folder = join(__dirname, "../../../gitops-repo");
const written = readFileSync(join(folder, RULES_PATH), "utf8");
const schema = JSON.parse(readFileSync(join(folder, "gitops.schema.json"), "utf8")) as object;

/** All problems of a text, with their positions. */
function problemsOf(text: string): string[] {
  return parseRules(text).problems.map(({ line, column, message }) => `${line}:${column}: ${message}`);
}

describe("the rules of the GitOps repository", () => {
  it("are the defaults in a new repository", () => {
    assert.deepEqual(parseRules(written), parseRules(undefined));
    assert.deepEqual(problemsOf(written), []);
  });

  for (const text of ["", "# nothing\n", "tags:\n", "tags:\n  kinds:\n    # date: false\n"]) {
    it(`are the defaults for ${JSON.stringify(text)}`, () => {
      assert.deepEqual(parseRules(text), parseRules(undefined));
    });
  }

  it("are owned by the platform team, regardless of other code owners", () => {
    const owners = mainCodeOwners({
      platformTeam: ["vaarak/platform"],
      codeOwners: { "*": ["ada"], "/*.yaml": ["bob"] },
    });
    for (const path of [RULES_PATH, "gitops.schema.json"]) {
      assert.deepEqual(decidingRule(owners, path)?.owners, ["vaarak/platform"]);
    }
  });

  it("are reported with all problems: position, key, value, rule and fix", () => {
    assert.deepEqual(problemsOf("tag: {}\ntags:\n  kinds:\n    date: 3\n    vesion: true\n"), [
      "1:6: tag: got {}; expected no such key. Did you mean tags?",
      "4:11: tags.kinds.date: got 3; expected true or false. Write one of them.",
      "5:13: tags.kinds.vesion: got true; expected no such key. Did you mean version?",
    ]);
    assert.match(
      problemsOf("- tags\n").join(),
      /^1:1: the file: got \["tags"\]; expected a mapping\. Write one of tags, /,
    );
  });

  it("may call a path harmless once, with a reason, a valid service and an environment", () => {
    const entry = (more: string) => `    - {${more}}\n`;
    const said = (...entries: string[]) =>
      problemsOf(`secrets:\n  harmless:\n${entries.map(entry).join("")}`).map((text) => text.replace(/^\S+ /, ""));
    const good = "service: api, path: env.A, reason: Of the test database";
    assert.deepEqual(said(good, good.replace("api", "web"), good.replace("env.A", "env.B")), []);
    assert.deepEqual(said(`${good}, environment: dev`, `${good}, environment: prod`), []);
    assert.match(
      said(good, `${good}, environment: prod`).join("\n"),
      /^secrets\.harmless\[1\]: got .*; expected another place than that of secrets\.harmless\[0\]\. Remove one /,
    );
    assert.match(
      said(good.replace("api", "../x")).join("\n"),
      /^secrets\.harmless\[0\]\.service: got "\.\.\/x"; expected the name of a service/,
    );
    assert.match(
      said(`${good}, environment: test`).join("\n"),
      /environment: got "test"; expected one of dev, staging, prod\./,
    );
    assert.match(
      said("service: api, path: env.A, reason: TODO").join("\n"),
      /reason: got "TODO"; expected why nobody must keep it secret/,
    );
    assert.match(
      said("service: api").join("\n"),
      /harmless\[0\]: got {"service":"api"}; expected service, path and reason\. Write what is missing\.$/,
    );
  });

  it("may allow an exception once, with a reason and a valid service", () => {
    const said = (...entries: string[]) =>
      problemsOf(`exceptions:\n${entries.map((entry) => `  - {${entry}}\n`).join("")}`).map((text) =>
        text.replace(/^\S+ /, ""),
      );
    const good = "service: api, exception: runAsUser, reason: Its files have this owner";
    const { rules } = parseRules(`exceptions:\n  - {${good}, environment: dev}\n`);
    const allowed = (service: string, environment: string, exception: Exception) =>
      isAllowed(rules.exceptions, { service, environment }, exception);
    assert.equal(allowed("api", "dev", "runAsUser"), true);
    assert.equal(allowed("api", "prod", "runAsUser"), false);
    assert.equal(allowed("web", "dev", "runAsUser"), false);
    assert.equal(allowed("api", "dev", "writableRoot"), false);
    assert.deepEqual(said(good, good.replace("api", "web"), good.replace("runAsUser", "privilegedPort")), []);
    assert.match(
      said(good, `${good}, environment: prod`).join("\n"),
      /^exceptions\[1\]: got .*; expected another exception than that of exceptions\[0\]\. Remove one of them\.$/,
    );
    assert.match(
      said(good.replace("runAsUser", "runAsRoot")).join("\n"),
      /^exceptions\[0\]\.exception: got "runAsRoot"; expected one of runAsUser, writableRoot, privilegedPort\./,
    );
    assert.match(
      said("service: api, exception: runAsUser").join("\n"),
      /expected service, exception and reason\. Write what is missing\.$/,
    );
    assert.match(said(good.replace(/reason: .*/, "reason: TODO")).join("\n"), /expected why the service needs it/);
    assert.match(problemsOf("exceptions:\n").join("\n"), /exceptions: got nothing; expected a list/);
  });

  it("may reserve hosts and permit annotations, by names that can match", () => {
    const { rules, problems } = parseRules(
      "hosts:\n  reserved: [argocd.dev.example.com, '*.platform.example.com']\n  annotations: [konghq.com/plugins]\n",
    );
    assert.deepEqual(problems, []);
    assert.deepEqual(rules.hosts.annotations, ["konghq.com/plugins"]);
    const cases: [string, string | undefined][] = [
      ["argocd.dev.example.com", "argocd.dev.example.com"],
      ["ArgoCD.dev.example.com.", "argocd.dev.example.com"],
      ["x.argocd.dev.example.com", undefined],
      ["a.b.platform.example.com", "*.platform.example.com"],
      ["platform.example.com", undefined],
      ["xplatform.example.com", undefined],
    ];
    for (const [host, entry] of cases) assert.equal(reservedBy(host, rules.hosts), entry);
    assert.deepEqual(problemsOf("hosts:\n  reserved: [Argo.example.com]\n  annotations: [helm.sh/hook]\n"), [
      '2:14: hosts.reserved[0]: got "Argo.example.com"; expected a host name in lower case, or *. ' +
        "and a name for all hosts below it. Write argocd.example.com, or '*.platform.example.com' in quotes.",
      '3:17: hosts.annotations[0]: got "helm.sh/hook"; expected the name of an annotation, and none of Argo CD or ' +
        "Helm. Write it as example.com/name.",
    ]);
  });

  it("may let environments that follow another get versions automatically, after a time of at most 30 days", () => {
    const promotion = (text: string) => [...parseRules(`promotion: {${text}}`).rules.promotion];
    assert.deepEqual(promotion(""), []);
    assert.deepEqual(
      promotion("staging: { automatic: true, healthyFor: 90m }, prod: { automatic: false, healthyFor: 1d }"),
      [["staging", { healthyFor: 5400 }]],
    );
    for (const [text, seconds] of [
      ["0m", 0],
      ["12h", 43_200],
      ["720h", 2_592_000],
      ["30d", 2_592_000],
    ] as const) {
      assert.deepEqual(promotion(`prod: { automatic: true, healthyFor: ${text} }`), [
        ["prod", { healthyFor: seconds }],
      ]);
    }
    const rule = "expected minutes, hours or days, such as 30m, 12h or 2d, and at most 30d. Write 0m for as soon as";
    const cases: [text: string, says: string][] = [
      [
        "dev: { automatic: true, healthyFor: 30m }",
        'dev: got {"automatic":true,"healthyFor":"30m"}; expected no such key.',
      ],
      ["stagin: {}", "stagin: got {}; expected no such key. Did you mean staging?"],
      [
        "staging: { automatic: true }",
        'staging: got {"automatic":true}; expected automatic and healthyFor. Write what',
      ],
      [
        "staging: { healthyFor: 30m }",
        'staging: got {"healthyFor":"30m"}; expected automatic and healthyFor. Write what',
      ],
      ["staging: true", "staging: got true; expected a mapping. Write one of automatic, healthyFor below it."],
      ["staging: { automatic: 1, healthyFor: 30m }", "staging.automatic: got 1; expected true or false."],
      ...["30", "-5m", "1.5h", "01h", "30 m", "30s", "721h", "31d", "10000m", "1h30m", ""].map(
        (time): [string, string] => [
          `staging: { automatic: true, healthyFor: "${time}" }`,
          `staging.healthyFor: got "${time}"; ${rule}`,
        ],
      ),
      ["staging: { automatic: true, healthyFor: 30 }", `staging.healthyFor: got 30; ${rule}`],
      ["staging: { automatic: false, healthyFor: now }", `staging.healthyFor: got "now"; ${rule}`],
    ];
    for (const [text, says] of cases) {
      const said = problemsOf(`promotion: {${text}}`).join("\n");
      assert.ok(said.includes(`: promotion.${says}`), said);
    }
  });

  const ambiguous: [what: string, text: string, says: RegExp][] = [
    ["a duplicate key", "tags: {}\ntags: {}\n", /^2:1: Map keys must be unique\. Correct the file\.$/],
    ["an anchor", "tags: &a {}\n", /an anchor; expected none/],
    ["a YAML tag", "tags: !!map {}\n", /a tag of YAML; expected none/],
    ["a merge key", "tags:\n  <<: {}\n", /a merge key/],
    ["another document", "tags: {}\n---\ntags: {}\n", /another document/],
    ["yes or no without quotes", "tags:\n  kinds:\n    date: no\n", /no without quotes/],
    ["an invisible character", "tags: {} # \u202e\n", /U\+202E/],
    ["invalid YAML", "tags: [\n", /Correct the file\./],
  ];
  for (const [what, text, says] of ambiguous) {
    it(`are refused with ${what}, and not read as the defaults`, () => {
      const problems = problemsOf(text);
      assert.match(problems.join("\n"), says);
    });
  }
});

describe("the schema of the rules, for editors", () => {
  const valid = new Ajv2020({ allErrors: true }).compile(schema);

  it("is named in the file, and accepts it", () => {
    assert.match(written, /^# yaml-language-server: \$schema=\.\/gitops\.schema\.json\n/);
    assert.ok(valid(parse(written)), JSON.stringify(valid.errors));
  });

  const place = '{service: api, path: env.DB_PASSWORD, reason: "Of the test database"';
  for (const text of [
    ...["", "tags:\n", "tags: {kinds: {date: false}}\n", "secrets:\n", "secrets: {}\n", "secrets: {harmless: []}\n"],
    ...[`secrets: {harmless: [${place}}]}\n`, `secrets: {harmless: [${place}, environment: dev}]}\n`],
    ...["resources: {cpuLimit: required}\n", "resources: {cpuLimit: optional}\n"],
    "exceptions: []\n",
    "exceptions: [{service: api, exception: writableRoot, environment: prod, reason: It writes beside its binary}]\n",
    ...["hosts:\n", "hosts: {reserved: [a.example.com, '*.b.example.com'], annotations: [konghq.com/plugins, a]}\n"],
    ...["promotion:\n", "promotion: {}\n", "promotion: {staging: {automatic: false, healthyFor: 0m}}\n"],
    "promotion: {staging: {automatic: true, healthyFor: 720h}, prod: {automatic: true, healthyFor: 30d}}\n",
    "tags: {patterns: ['[0-9]{4}']}\n",
    "staging: {mayDiffer: [env.A, 'env.\"B.C\"']}\n",
  ]) {
    it(`accepts ${JSON.stringify(text)}, like the parser`, () => {
      assert.deepEqual([valid(parse(text)), problemsOf(text)], [true, []]);
    });
  }

  for (const text of [
    "tag: {}\n",
    "tags: []\n",
    "tags: {kinds: {dates: true}}\n",
    "tags: {kinds: {date: 1}}\n",
    "secrets: {harmless: {}}\n",
    "secrets: {harmless: [api]}\n",
    "secrets: {harmless: [{service: api, path: env.A}]}\n",
    'secrets: {harmless: [{service: api, path: env.A, reason: ""}]}\n',
    `secrets: {harmless: [${place}, environment: test}]}\n`,
    `secrets: {harmless: [${place}, paths: []}]}\n`,
    "exceptions:\n",
    "exceptions: {}\n",
    "exceptions: [{service: api, exception: root, reason: It must}]\n",
    "exceptions: [{service: api, reason: It must}]\n",
    "resources: {cpuLimit: true}\n",
    "resources: {cpuLimit: always}\n",
    ...["hosts: {reserved: ['*']}\n", "hosts: {reserved: [a.*.com]}\n", "hosts: {reserved: localhost}\n"],
    ...["hosts: {annotations: ['a b']}\n", "hosts: {annotations: [argocd.argoproj.io/sync-options]}\n"],
    ...["promotion: []\n", "promotion: {dev: {automatic: true, healthyFor: 1h}}\n", "promotion: {staging: true}\n"],
    ...["promotion: {staging: {automatic: true}}\n", "promotion: {staging: {automatic: yes, healthyFor: 1h}}\n"],
    ...["30", "'30'", "721h", "31d", "01m"].map(
      (time) => `promotion: {prod: {automatic: true, healthyFor: ${time}}}\n`,
    ),
    "tags: {patterns: [1]}\n",
    "staging: {mayDiffer: [a..b]}\n",
    "staging: {mayDifer: []}\n",
    "staging:\n  mayDiffer:\n",
    "[]\n",
  ]) {
    it(`refuses ${JSON.stringify(text)}, like the parser`, () => {
      assert.equal(valid(parse(text)), false);
      assert.notDeepEqual(problemsOf(text), []);
    });
  }
});
