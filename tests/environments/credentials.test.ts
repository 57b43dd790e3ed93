import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import {
  checkDeployKeys,
  checkReadCredential,
  readCredentialArea,
} from "@gitops-platform/environments/settings/read-credential";
import { missingSettings } from "@gitops-platform/environments/settings/requirements";
import { parseConfiguration } from "@gitops-platform/environments/settings/parse";
import { formatProblem } from "@gitops-platform/contract/problems";
import { raw } from "@gitops-platform/test-support/stack";

// Tests which credentials are valid with which URL. The end-to-end tests check that GitHub and Argo CD accept them.

const pem = { type: "pkcs1", format: "pem" } as const;
const { privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 1024,
  privateKeyEncoding: pem,
  publicKeyEncoding: pem,
});
const repository = { owner: "vaarak", name: "gitops" };
const ssh = { ...repository, url: "ssh://git@github.com/vaarak/gitops.git" };
const reader = { appId: 7, installationId: 99 };
const KEY = `ssh-ed25519 ${"AAAA".repeat(17)}`;

function messages(values: Record<string, unknown>, given: readonly string[] = []): string[] {
  const { configuration, problems } = parseConfiguration(raw({ repository, ...values }));
  const missing = missingSettings(readCredentialArea, configuration, { given: new Set(given), owns: true });
  return [...problems, ...checkReadCredential(configuration), ...missing, ...checkDeployKeys(configuration)].map(
    formatProblem,
  );
}

describe("the credentials of the repository", () => {
  const both = "Set both or neither: Argo CD needs the key and both ids.";
  const publicHalf =
    "expected an SSH public key, on one line. Run: ssh-keygen -t ed25519 -N '' -f argocd-<environment>, " +
    "and use the file that ends with .pub.";
  const cases: [what: string, values: Record<string, unknown>, messages: string[]][] = [
    ["none", {}, []],
    ["a token", { repositoryToken: "ghp_x" }, []],
    ["a deploy key and an ssh URL", { repository: ssh, repositoryKey: privateKey }, []],
    ["an App with its ids", { repository: { ...repository, reader }, repositoryAppKey: privateKey }, []],
    [
      "two of them",
      { repositoryToken: "ghp_x", repository: { ...repository, reader }, repositoryAppKey: privateKey },
      [
        "repositoryAppKey: got a secret value; expected no value if repositoryToken is set. " +
          "Remove one of the two: Argo CD uses one credential for the repository.",
      ],
    ],
    [
      "a deploy key and an https URL",
      { repositoryKey: privateKey },
      [
        "repository.url: got nothing; expected an ssh URL if repositoryKey is set. " +
          "Set it to ssh://git@github.com/vaarak/gitops.git, or to your own server's URL.",
      ],
    ],
    [
      "an App and an ssh URL",
      { repository: { ...ssh, reader }, repositoryAppKey: privateKey },
      [
        "repositoryAppKey: got a secret value; expected no App with an ssh URL. Use the repository's https URL: " +
          "an App's key creates tokens and is not an ssh key.",
      ],
    ],
    [
      "an App's key without its ids",
      { repositoryAppKey: privateKey },
      [`repository.reader: got nothing; expected appId and installationId if repositoryAppKey is set. ${both}`],
    ],
    [
      "an App's ids without its key",
      { repository: { ...repository, reader } },
      [`repositoryAppKey: got nothing; expected a value if repository.reader is set. ${both}`],
    ],
    [
      "a public key instead of the private one, without showing it",
      { repositoryKey: KEY },
      [
        "repositoryKey: got a secret value; expected the private key of a deploy key, without a passphrase. " +
          "Run: pulumi config set --secret repositoryKey < argocd-<environment>",
      ],
    ],
    [
      "a private key with a passphrase",
      { repositoryKey: privateKey.replaceAll("RSA PRIVATE", "ENCRYPTED PRIVATE") },
      [
        "repositoryKey: got a secret value; expected the private key of a deploy key, without a passphrase. " +
          "Run: pulumi config set --secret repositoryKey < argocd-<environment>",
      ],
    ],
    ["public deploy keys", { deployKeys: { dev: KEY, prod: `${KEY}AA argocd@prod` } }, []],
    [
      "a private key instead of the public one, without showing it",
      { deployKeys: { dev: privateKey } },
      [`deployKeys.dev: got a secret value; ${publicHalf}`],
    ],
    [
      "the public key of an unknown environment",
      { deployKeys: { stagin: KEY } },
      ["deployKeys.stagin: got a value; expected the name of an environment. Did you mean staging?"],
    ],
    [
      "one key for two clusters",
      { deployKeys: { dev: KEY, staging: `${KEY} comment` } },
      [
        "deployKeys.staging: got the key of dev; expected a different key. Create one for each cluster: " +
          "GitHub accepts a key only once, and a leak then affects one cluster only.",
      ],
    ],
  ];
  for (const [what, values, expected] of cases) {
    it(`may ${expected.length === 0 ? "be" : "not be"} ${what}`, () => {
      assert.deepEqual(messages(values), expected);
    });
  }

  it("reports nothing as missing in a map that is invalid", () => {
    const values = { repository: { ...repository, reader, visiblity: "private" }, repositoryAppKey: privateKey };
    const found = messages(values, ["repository", "repositoryAppKey"]);
    assert.deepEqual(
      found.map((text) => text.split(":", 1)[0]),
      ["repository.visiblity"],
    );
  });
});
