import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { checkDeployKeys, checkReadCredential } from "../../environments/credentials";
import { parseConfiguration } from "../../environments/parse";
import { formatProblem } from "../../environments/problems";
import { raw } from "../support/stack";

// Proves which credentials go together with which URL. That GitHub and Argo CD take them is for the end-to-end tests.

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

function messages(values: Record<string, unknown>): string[] {
  const { configuration, problems } = parseConfiguration(raw({ repository, ...values }));
  return [...problems, ...checkReadCredential(configuration), ...checkDeployKeys(configuration)].map(formatProblem);
}

describe("the credentials of the repository", () => {
  const both = "Set both, or neither: Argo CD needs all three.";
  const publicHalf =
    "expected the public half of an SSH key, on one line. Run: ssh-keygen -t ed25519 -N '' -f argocd-<environment>, and take the file that ends with .pub.";
  const cases: [what: string, values: Record<string, unknown>, messages: string[]][] = [
    ["none", {}, []],
    ["a token", { repositoryToken: "ghp_x" }, []],
    ["a deploy key and an ssh URL", { repository: ssh, repositoryKey: privateKey }, []],
    ["an App with its ids", { repository: { ...repository, reader }, repositoryAppKey: privateKey }, []],
    [
      "two of them",
      { repositoryToken: "ghp_x", repository: { ...repository, reader }, repositoryAppKey: privateKey },
      [
        "repositoryAppKey: got a secret value; expected nothing beside repositoryToken. Remove one of the two: Argo CD reads the repository with one credential.",
      ],
    ],
    [
      "a deploy key and an https URL",
      { repositoryKey: privateKey },
      [
        "repository.url: got nothing; expected an ssh URL beside repositoryKey. Set it to ssh://git@github.com/vaarak/gitops.git, or to the server of your own.",
      ],
    ],
    [
      "an App and an ssh URL",
      { repository: { ...ssh, reader }, repositoryAppKey: privateKey },
      [
        "repositoryAppKey: got a secret value; expected no App beside an ssh URL. Use the repository's https URL: an App's key makes tokens, and is no ssh key.",
      ],
    ],
    [
      "an App's key without its ids",
      { repositoryAppKey: privateKey },
      [`repository.reader: got nothing; expected appId and installationId beside repositoryAppKey. ${both}`],
    ],
    [
      "an App's ids without its key",
      { repository: { ...repository, reader } },
      [`repositoryAppKey: got nothing; expected a value beside repository.reader. ${both}`],
    ],
    [
      "the public half in the place of the private one, without repeating it",
      { repositoryKey: KEY },
      [
        "repositoryKey: got a secret value; expected the private half of a deploy key, without a passphrase. Run: pulumi config set --secret repositoryKey < argocd-<environment>",
      ],
    ],
    [
      "a private key with a passphrase",
      { repositoryKey: privateKey.replaceAll("RSA PRIVATE", "ENCRYPTED PRIVATE") },
      [
        "repositoryKey: got a secret value; expected the private half of a deploy key, without a passphrase. Run: pulumi config set --secret repositoryKey < argocd-<environment>",
      ],
    ],
    ["public halves of deploy keys", { deployKeys: { dev: KEY, prod: `${KEY}AA argocd@prod` } }, []],
    [
      "the private half in the place of the public one, without repeating it",
      { deployKeys: { dev: privateKey } },
      [`deployKeys.dev: got a secret value; ${publicHalf}`],
    ],
    [
      "the public half of no environment",
      { deployKeys: { stagin: KEY } },
      ["deployKeys.stagin: got a value; expected the name of an environment. Did you mean staging?"],
    ],
    [
      "one key for two clusters",
      { deployKeys: { dev: KEY, staging: `${KEY} comment` } },
      [
        "deployKeys.staging: got the key of dev; expected a key of its own. Make one for each cluster: GitHub takes a key once, and one that leaks is then one cluster's.",
      ],
    ],
  ];
  for (const [what, values, expected] of cases) {
    it(`may ${expected.length === 0 ? "be" : "not be"} ${what}`, () => {
      assert.deepEqual(messages(values), expected);
    });
  }
});
