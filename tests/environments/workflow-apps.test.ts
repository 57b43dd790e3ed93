import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { parseConfiguration } from "@gitops-platform/environments/settings/parse";
import { formatProblem } from "@gitops-platform/contract/problems";
import {
  checkWorkflowApps,
  workflowApps,
  workflowAppsArea,
} from "@gitops-platform/environments/settings/workflow-apps";
import { missingSettings } from "@gitops-platform/environments/settings/requirements";
import { raw } from "@gitops-platform/test-support/stack";

// Tests which Apps and keys are valid together. Whether a key belongs to an App, only GitHub knows.

const pem = (type: "pkcs1" | "pkcs8" = "pkcs1") =>
  generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey.export({ type, format: "pem" }).toString();
const [bumpAppKey, releaseAppKey] = [pem(), pem("pkcs8")];
const apps = { owner: "vaarak", name: "gitops", checksApp: 17, bumpApp: 18 };
const configure = (values: Record<string, unknown>) => parseConfiguration(raw({ repository: apps, ...values }));

function messages(values: Record<string, unknown>): string[] {
  const { configuration, problems } = configure(values);
  const missing = missingSettings(workflowAppsArea, configuration, { given: new Set(), owns: true });
  return [...problems, ...missing, ...checkWorkflowApps(configuration)].map(formatProblem);
}

describe("the workflow Apps", () => {
  const second =
    "expected another App than repository.checksApp. " +
    "Create a second App: one that both proposes changes and sets their checks could merge its own changes.";
  const inCluster = "Create an App that can only read: its key is in the cluster, where a workflow's key must not be.";
  const notRsa = (key: string, app: string) =>
    `${key}: got a secret value; expected the private key of the GitHub App repository.${app}, an RSA key. ` +
    `Run: pulumi config set --secret ${key} < <the App's .pem file>`;
  const cases: [what: string, values: Record<string, unknown>, messages: string[]][] = [
    ["two, each with its key", { bumpAppKey, releaseAppKey }, []],
    ["two whose keys people set", {}, []],
    ["only the one whose checks count", { repository: { ...apps, bumpApp: undefined }, releaseAppKey }, []],
    [
      "one for both",
      { repository: { ...apps, bumpApp: 17 }, bumpAppKey, releaseAppKey: bumpAppKey },
      [
        `repository.bumpApp: got 17; ${second}`,
        "bumpAppKey: got a secret value; expected another key than releaseAppKey. " +
          "Use the .pem file of the bump App: each App has its own key.",
      ],
    ],
    [
      "a key without its App",
      { repository: { ...apps, bumpApp: undefined }, bumpAppKey },
      [
        "repository.bumpApp: got nothing; expected an App ID if bumpAppKey is set. " +
          "Set it: workflows create a token from the key and the ID. It is on the App's page on GitHub, under About.",
      ],
    ],
    [
      "the App that Argo CD reads with",
      { repository: { ...apps, reader: { appId: 18, installationId: 9 } } },
      [`repository.reader.appId: got 18; expected another App than repository.bumpApp. ${inCluster}`],
    ],
    [
      "an App whose ID is not a number",
      { repository: { ...apps, bumpApp: "Iv23li" } },
      [
        'repository.bumpApp: got "Iv23li"; expected the App ID of the GitHub App that writes bumps. ' +
          "It is on the App's page on GitHub, under About.",
      ],
    ],
    [
      "keys of other types, without showing them",
      {
        bumpAppKey: "hunter2",
        releaseAppKey: generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      },
      [notRsa("bumpAppKey", "bumpApp"), notRsa("releaseAppKey", "checksApp")],
    ],
  ];
  for (const [what, values, expected] of cases) {
    it(`may ${expected.length === 0 ? "be" : "not be"} ${what}`, () => {
      assert.deepEqual(messages(values), expected);
    });
  }

  it("keep their keys secret", async () => {
    const found = workflowApps(configure({ bumpAppKey }).configuration);
    assert.deepEqual(
      found.map(({ name, appId, key }) => [name, appId, key !== undefined]),
      [
        ["bump", 18, true],
        ["release", 17, false],
      ],
    );
    const [bump] = found;
    assert.ok(bump?.key);
    assert.equal(await pulumi.isSecret(bump.key), true);
  });
});
