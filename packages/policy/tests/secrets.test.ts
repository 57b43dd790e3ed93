import assert from "node:assert/strict";
import fc from "fast-check";
import { stringify } from "yaml";
import { secretsIn, secretsInYaml } from "../secrets/secrets";
import { pathOf } from "../strings";

// Assembled at run time, so that secret scanners do not report this file.
const tokens: [kind: string, text: string][] = [
  ["a GitHub token", `ghp_${"a1B2".repeat(9)}`],
  ["a GitHub token", `github_pat_${"a1B2".repeat(20)}`],
  ["a GitLab token", `glpat-${"a1B2c".repeat(4)}`],
  ["a GitLab token", `gldt-${"a1B2c".repeat(4)}`],
  ["an AWS key", `AKIA${"A1B2".repeat(4)}`],
  ["a Slack token", `xoxb-${"1".repeat(12)}-${"a1B2".repeat(6)}`],
  ["a Slack token", `xapp-1-A0${"1".repeat(12)}-${"a1B2".repeat(6)}`],
  ["a Slack incoming webhook", `https://hooks.slack.com/services/T0/B0/${"a1B2".repeat(6)}`],
  [
    "a Microsoft Teams workflow",
    `https://a1.b.environment.api.powerplatform.com:443/powerautomate/triggers/manual/paths/invoke?sv=1.0&sig=${"a1B2".repeat(10)}`,
  ],
  ["a Stripe key", `sk_live_${"a1B2".repeat(6)}`],
  ["a Stripe key", `rk_test_${"a1B2".repeat(6)}`],
  ["a Stripe key", `whsec_${"a1B2".repeat(8)}`],
  ["a Google key", `AIza${"a1B2c".repeat(7)}`],
  ["an npm token", `npm_${"a1B2".repeat(9)}`],
  ["a PyPI token", `pypi-AgEI${"a1B2".repeat(16)}`],
  ["a Vault token", `hvs.${"a1B2".repeat(8)}`],
  ["a Pulumi token", `pul-${"a1b2".repeat(10)}`],
  ["a DigitalOcean token", `dop_v1_${"a1b2".repeat(16)}`],
  ["a SendGrid key", `SG.${"a1".repeat(11)}.${"a".repeat(43)}`],
  ["an OpenAI key", `sk-proj-${"a1B2".repeat(10)}`],
  ["an Anthropic key", `sk-ant-api03-${"a1B2".repeat(10)}`],
  ["an age private key", `AGE-SECRET-KEY-1${"QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L".repeat(2).slice(0, 58)}`],
  ["a JSON web token", `eyJ${"hbGci".repeat(3)}.eyJ${"zdWIi".repeat(3)}.${"a1B2".repeat(6)}`],
  ["a private key", `-----BEGIN RSA PRIVATE KEY-----\n${"MIIE".repeat(16)}\n-----END RSA PRIVATE KEY-----`],
  ["a private key", `-----BEGIN OPENSSH PRIVATE KEY-----\n${"b3Bl".repeat(16)}\n`],
  ["a private key", `{"private_key": "-----BEGIN PRIVATE KEY-----\\n${"MIIE".repeat(16)}\\n"}`],
  ["a private key", `-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: 1\nComment: a\n\n${"lQOY".repeat(16)}\n`],
  ["a password in a URL", "redis://:hunter2hunter2@redis:6379/0"],
  ["a password in a URL", "postgres://app:correct-horse@db/app?sslmode=require"],
  ["a password in a URL", "amqps://app:$(USER_NAME)hunter2@mq"],
  ["a password in a URL", "postgres://app:${DB_PASSWORD:-hunter2}@db/app"],
  ["a password in a URL", "nats://a:hunter2@one,nats://a:hunter2@two"],
  ["a password in a URL", "custom+scheme.v2://a:p@ss@host"],
];

const NAMED = "a value whose name says that it is secret";
const named: [name: string, text: string][] = [
  ["DB_PASSWORD", "correct-horse"],
  ["PGPASSWORD", "hunter2"],
  ["DBPASS", "hunter2"],
  ["API_TOKEN", "a1b2c3"],
  ["CLIENT_SECRET", "a1b2c3"],
  ["AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"],
  ["apiKey", "a1b2c3"],
  ["JWT_SIGNING_KEY", "a1b2c3"],
  ["SECRET_KEY_BASE", "a1b2c3"],
  ["spring.datasource.password", "hunter2"],
  ["DB_PASSWORD_2", "hunter2"],
  ["DB_PASSWORD_PROD", "hunter2"],
  ["Authorization", "Bearer a1b2c3d4"],
  ["SMTP_PASSWORD", "12345678"],
  ["SMTP_PASSWORD", "$(USER_NAME)-hunter2"],
  ["SMTP_PASSWORD", "пароль-2026"],
  ["DSN", "host=db user=app password=hunter2"],
  ["DSN", "Server=db;User Id=app;Password='hunter2';"],
  ["JAVA_TOOL_OPTIONS", "-Xmx1g -Ddb.password=hunter2"],
  ["CALLBACK", "https://example.com/hook?api_key=a1b2c3&x=1"],
  ["STORAGE", `DefaultEndpointsProtocol=https;AccountName=a;AccountKey=${"a1B2".repeat(4)}==`],
  ["CONFIG", '{"db": {"password": "hunter2"}}'],
];

const harmless: [name: string, text: string][] = [
  ...[
    ...[
      "",
      " ",
      "PASSWORD",
      "password",
      "changeme",
      "change-me",
      "<password>",
      "<your password>",
      "xxx",
      "****",
      "...",
    ],
    ...[
      "your-password-here",
      "REPLACE_ME",
      "example",
      "dummy-token",
      "(none)",
      "[redacted]",
      "$(PW)",
      "$$(PW)",
      "${PW}",
    ],
    ...[
      "${PW:-}",
      "$PW",
      "%PW%",
      "{{ .Values.pw }}",
      "${{ secrets.PW }}",
      "$(USER)-$(PW)",
      "DB_PASSWORD",
      "true",
      "off",
    ],
    ...["/run/secrets/db", "file:///etc/db", "op://vault/item/field", "vault:secret/data/db#pw", "Bearer $(TOKEN)"],
    ...["arn:aws:secretsmanager:eu-west-1:123456789012:secret:db", "projects/p/secrets/db/versions/1"],
  ].map((text): [string, string] => ["DB_PASSWORD", text]),
  ...[
    ...["PUBLIC_KEY", "PASSWORD_FILE", "TOKEN_TTL", "SECRET_NAME", "CACHE_KEY", "SORT_KEY", "PASSWORD_MIN_LENGTH"],
    ...["TOKEN_URL", "KEY", "NEXT_PUBLIC_API_TOKEN", "CSRF_TOKEN", "USE_TOKEN", "EXISTING_SECRET", "PASSWORD_POLICY"],
    ...["MONKEY", "KEYBOARD", "BYPASS", "COMPASS", "AUTHOR", "SECRETARY", "TOKENIZER", "AWS_ACCESS_KEY_ID"],
  ].map((name): [string, string] => [name, "a1b2c3"]),
  ["MAX_TOKENS", "4096"],
  ["COMPLETION_TOKENS", "4096"],
  ["AUTH_TOKEN", "https://issuer.example.com/token"],
  ["DSN", "postgres://app:PASSWORD@db/app"],
  ["DSN", "postgres://app:$(DB_PASSWORD)@db/app"],
  ["DSN", "postgres://app:${DB_PASSWORD}@db/app"],
  ["DSN", "postgres://$(USER_NAME)@db/app"],
  ["DSN", "postgres://app:<password>@db/app"],
  ["DSN", "host=db user=app password=$(DB_PASSWORD)"],
  ["DSN", "host=db passfile=/run/x sslmode=require"],
  ["URL", "https://example.com:8443/a@b"],
  ["URL", "https://example.com/?next=/a:b@c"],
  ["BROKERS", "http://one:80,user@two"],
  ["STRIPE_PUBLISHABLE", `pk_live_${"a1B2".repeat(6)}`],
  ["CONFIG", '{"db": {"password": "${DB_PASSWORD}", "passwordFile": "/x"}}'],
  ["IMAGE", `sha256:${"a1".repeat(32)}`],
  ["NOTE", "-----BEGIN RSA PRIVATE KEY-----"],
];

describe("secrets in plain text", () => {
  for (const [kind, text] of tokens) {
    it(`are found by their format: ${kind}, ${JSON.stringify(text.slice(0, 24))}…`, () => {
      for (const around of [text, `see ${text} there`, `"${text}"`]) {
        const found = secretsIn({ env: { PLAIN: around } });
        assert.deepEqual(new Set(found.map((each) => each.kind)), new Set([kind]));
        assert.deepEqual(new Set(found.map(({ keys }) => pathOf(keys))), new Set(["env.PLAIN"]));
      }
    });
  }

  for (const [name, text] of named) {
    it(`are found by their name: ${name}=${text}`, () => {
      const [found, ...more] = secretsIn({ env: { [name]: text } });
      assert.deepEqual([found?.kind, found?.keys, more], [NAMED, ["env", name], []]);
      const inPod = secretsIn({ env: [{ name, value: text }] });
      assert.deepEqual(
        inPod.map(({ kind, keys }) => [kind, pathOf(keys)]),
        [[NAMED, "env[0].value"]],
      );
    });
  }

  for (const [name, text] of harmless) {
    it(`are not reported for ${name}=${text}`, () => {
      assert.deepEqual(secretsIn({ env: { [name]: text }, list: [{ name, value: text }] }), []);
    });
  }

  it("are found in numbers, but not in booleans, null, objects or lists", () => {
    assert.equal(secretsIn({ password: 12345678 }).length, 1);
    assert.deepEqual(secretsIn({ password: true, token: null, secret: {}, apiKey: [], secrets: ["api"] }), []);
  });

  it("are found once each in YAML, with their position, and by their format in comments", () => {
    const token = tokens[0]?.[1] ?? "";
    const text = `# ${token}\nenv:\n  DB_PASSWORD: hunter2 # DB\n  "my.token": a1b2\n  KEY: |\n    ${token}\n`;
    const found = secretsInYaml(text).map(({ kind, keys, at }) => {
      return [kind, keys && pathOf(keys), text.slice(0, at).split("\n").length];
    });
    assert.deepEqual(found, [
      [NAMED, "env.DB_PASSWORD", 3],
      [NAMED, 'env["my.token"]', 4],
      ["a GitHub token", "env.KEY", 5],
      ["a GitHub token", undefined, 1],
    ]);
  });

  it("are found by their format in invalid YAML, and in escaped strings", () => {
    const token = tokens[0]?.[1] ?? "";
    for (const broken of [`a: [\n# ${token}`, `a: *b\nc: ${token}`, `${token}: 1`, `a: 1\n---\nb: ${token}\n`])
      assert.deepEqual(
        secretsInYaml(broken).map(({ kind }) => kind),
        ["a GitHub token"],
        broken,
      );
    const escaped = `a: "\\u0067hp_${token.slice(4)}"\n`;
    assert.deepEqual(
      secretsInYaml(escaped).map(({ keys, secret }) => [keys, secret]),
      [[["a"], token]],
    );
  });

  it("are found in YAML exactly as in the parsed value, for any value", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const found = secretsInYaml(stringify(value)).filter(({ keys }) => keys !== undefined);
        assert.deepEqual(
          found.map(({ secret }) => secret),
          secretsIn(JSON.parse(JSON.stringify(value))).map(({ secret }) => secret),
        );
      }),
      { numRuns: 200 },
    );
  });

  // The time must grow linearly with the text. A search that restarts at every position would be slow for each of
  // these.
  for (const part of [
    "a-",
    "a.a-",
    "{{",
    "$(",
    "<a ",
    "a://a:",
    "a: ",
    '"a":"\\',
    "-----BEGIN PRIVATE KEY-----\na: ",
    "\0",
  ]) {
    it(`are searched for in linear time in repetitions of ${JSON.stringify(part)}`, () => {
      assert.deepEqual(secretsIn({ DB_PASSWORD_FILE: part.repeat(200_000) }), []);
    });
  }
});
