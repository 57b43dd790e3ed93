import assert from "node:assert/strict";
import { formatProblem } from "@gitops-platform/contract/problems";
import { findEnvironment } from "@gitops-platform/environments/environments";
import { parseConfiguration } from "@gitops-platform/environments/settings/parse";
import { requiredSettings, topLevelKey } from "@gitops-platform/environments/settings/requirements";
import { checkRules } from "@gitops-platform/environments/settings/rules";
import type { SettingTable } from "@gitops-platform/environments/settings/setting";
import { areas, schemas, secretKeys, settingTable } from "@gitops-platform/environments/settings/table";
import { reviewConfig } from "@gitops-platform/review/stack-config";
import { raw } from "@gitops-platform/test-support/stack";

// Tests what is true of every declared setting. The other tests have the rules of each.

describe("a declared setting", () => {
  it("is in one area, and its key is not that of a map", () => {
    const keys = Object.values<SettingTable>(areas).flatMap((area) => Object.keys(area));
    const maps = keys.filter((key) => key.includes(".")).map(topLevelKey);
    assert.deepEqual(keys.toSorted(), Array.from(new Set(keys)).sort());
    assert.deepEqual(
      keys.filter((key) => maps.includes(key)),
      [],
    );
  });

  for (const [key, { schema, doc, example, secret, required }] of Object.entries(settingTable)) {
    describe(key, () => {
      it("has an example that is valid, or the command that sets a secret", () => {
        if (secret) assert.match(String(example), new RegExp(`pulumi config set --secret (--path )?${key}\\b`));
        else assert.equal(schema.safeParse(example).error, undefined);
      });

      it("is described in one to three sentences", () => {
        assert.match(doc, /^[A-Z].*\.$/);
        assert.ok(doc.split(/(?<=\.) (?=[A-Z])/).length <= 3);
      });

      it("is required only with settings that exist", () => {
        const others = Array.isArray(required?.by) ? required.by : [];
        assert.deepEqual(
          others.filter((other) => !(other in settingTable)),
          [],
        );
      });
    });
  }

  it("is reported by its key if it is a secret and missing, so that a review knows which placeholders it needs", () => {
    const environment = findEnvironment("prod") ?? assert.fail("no environment");
    const app = { appId: 3, installationId: 4 };
    const committed = {
      repository: { owner: "o", name: "n", reader: app },
      argocd: { slack: { channel: "alerts" }, deployments: app },
      webhooks: { dev: "https://dev.example/api/webhook" },
      applicationSetWebhooks: { staging: "https://staging.example/api/webhook" },
    };
    const full = Object.fromEntries(
      Object.entries(committed).map(([key, value]) => [`gitops-platform:${key}`, value] as const),
    );
    const { config, placeholders } = reviewConfig("prod", full, "/tmp/kubeconfig");
    const missing = (values: Record<string, unknown>) => {
      const { configuration } = parseConfiguration(raw(values));
      const given = new Set(Object.keys(values));
      return checkRules(configuration, given, environment).filter(({ got }) => got === "nothing");
    };
    const secrets = requiredSettings(settingTable, committed, true).filter(({ setting }) => setting.secret);
    const paths = secrets.map(({ path }) => path);
    assert.deepEqual(placeholders.toSorted(), paths.toSorted());
    const reported = missing(committed).map(({ key }) => key);
    assert.deepEqual(
      paths.filter((path) => !reported.includes(path)),
      [],
    );
    const values = Object.fromEntries(Object.entries(config).map(([key, value]) => [key.split(":")[1] ?? "", value]));
    assert.deepEqual(
      missing(values)
        .filter(({ key }) => secretKeys.includes(key.split(".")[0] ?? ""))
        .map(formatProblem),
      [],
    );
  });
});

describe("a configuration", () => {
  it("is read as text for a text setting, and as JSON otherwise", () => {
    const { configuration, problems } = parseConfiguration({
      "gitops-platform:context": "123",
      "gitops-platform:repositoryToken": "true",
      "gitops-platform:protect": "true",
      "gitops-platform:handover": '[{"name":"api"}]',
    });
    assert.deepEqual(problems, []);
    assert.deepEqual(configuration, {
      context: "123",
      repositoryToken: "true",
      protect: true,
      handover: [{ name: "api" }],
    });
  });

  it("has a rule for every value of a wrong type", () => {
    for (const key of Object.keys(schemas)) {
      for (const value of ["", "[]", "{}", "0", "null", '{"a":{"b":[{}]}}', "[{},[],0]"]) {
        for (const { expected, fix } of parseConfiguration({ [`gitops-platform:${key}`]: value }).problems) {
          assert.ok(expected !== "" && fix !== "");
        }
      }
    }
  });
});
