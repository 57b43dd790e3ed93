import assert from "node:assert/strict";
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { parseConfiguration } from "@gitops-platform/environments/settings/parse";
import { formatProblem } from "@gitops-platform/contract/problems";
import { raw } from "@gitops-platform/test-support/stack";
import { normalizedPem, sshPublicKey, trimSecret } from "@gitops-platform/environments/keys";

// Tests that the public key has OpenSSH's format, by parsing it. The end-to-end tests verify signatures with it.

/** The fields of the key, parsed according to RFC 4253. */
function parts(key: string): Buffer[] {
  const blob = Buffer.from(key.split(" ")[1] ?? "", "base64");
  const found: Buffer[] = [];
  for (let at = 0; at < blob.length;) {
    const length = blob.readUInt32BE(at);
    found.push(blob.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return found;
}

describe("the public key of an RSA key pair", () => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });

  for (const type of ["pkcs1", "pkcs8"] as const) {
    it(`has OpenSSH's format, from ${type}`, () => {
      const key = sshPublicKey(privateKey.export({ type, format: "pem" }).toString());
      assert.ok(key);
      assert.match(key, /^ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ[A-Za-z0-9+/]+={0,2}$/);
      const [name, e, n] = parts(key);
      assert.equal(name?.toString(), "ssh-rsa");
      // A modulus has its first bit set, which would make it negative, so a zero byte precedes it.
      assert.deepEqual([n?.length, n?.[0]], [257, 0]);
      const jwk = { kty: "RSA", e: e?.toString("base64url"), n: n?.subarray(1).toString("base64url") };
      assert.ok(createPublicKey({ key: jwk, format: "jwk" }).equals(publicKey));
    });
  }

  it("is undefined for anything else", () => {
    const { privateKey: other } = generateKeyPairSync("ed25519");
    const half = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\n";
    const pem = { type: "pkcs1", format: "pem", cipher: "aes-256-cbc", passphrase: "p" } as const;
    const locked = privateKey.export(pem).toString();
    const itself = publicKey.export({ type: "spki", format: "pem" }).toString();
    for (const text of ["", "hello", half, itself, locked, other.export({ type: "pkcs8", format: "pem" }).toString()]) {
      assert.equal(sshPublicKey(text), undefined);
    }
  });
});

/** The forms that a .pem file takes in shells, files, forms and secret stores. */
const MANGLED: readonly [how: string, mangle: (pem: string) => string][] = [
  ["as it is", (pem) => pem],
  ["without the last line end", (pem) => pem.trimEnd()],
  ["with more line ends", (pem) => `\n\n${pem}\n\n`],
  ["with the line ends of Windows", (pem) => pem.replaceAll("\n", "\r\n")],
  ["with the line ends of old Macs", (pem) => pem.replaceAll("\n", "\r")],
  ["with escaped line ends", (pem) => pem.replaceAll("\n", "\\n")],
  ["with escaped Windows line ends", (pem) => pem.replaceAll("\n", "\\r\\n")],
  ["in quotes, with escaped line ends", (pem) => JSON.stringify(pem)],
  ["in single quotes, with spaces around", (pem) => `  '${pem}'  `],
  ["on one line", (pem) => pem.trim().replaceAll("\n", " ")],
  ["indented", (pem) => pem.replace(/^/gm, "    ")],
  ["with every line end doubled", (pem) => pem.replaceAll("\n", "\n\n")],
  ["with a byte order mark", (pem) => `\uFEFF${pem}`],
  ["as base64", (pem) => Buffer.from(pem).toString("base64")],
  ["as base64 in lines, in quotes", (pem) => `"${Buffer.from(pem).toString("base64").replace(/.{76}/g, "$&\n")}\n"`],
];

describe("a private key", () => {
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  const forms = {
    "PKCS#1": rsa.export({ type: "pkcs1", format: "pem" }).toString(),
    "PKCS#8": rsa.export({ type: "pkcs8", format: "pem" }).toString(),
    OpenSSH: [
      "-----BEGIN OPENSSH PRIVATE KEY-----",
      "b3BlbnNzaC1rZXktdjE".repeat(9).replace(/.{70}/g, "$&\n"),
      "-----END OPENSSH PRIVATE KEY-----\n",
    ].join("\n"),
  };
  for (const [form, pem] of Object.entries(forms)) {
    for (const [how, mangle] of MANGLED) {
      it(`of ${form} is accepted ${how}`, () => {
        const taken = normalizedPem(mangle(pem));
        const joined = (text: string) => text.replaceAll("\n", "");
        assert.equal(joined(taken), joined(pem));
        assert.match(taken, /^-----BEGIN [A-Z ]+-----\n([\w+/=]{1,70}\n)+-----END [A-Z ]+-----\n$/);
        if (form !== "OpenSSH") assert.equal(sshPublicKey(taken), sshPublicKey(pem));
        assert.equal(normalizedPem(taken), taken);
      });
    }
  }

  it("is unchanged if it is not a private key, or has a passphrase", () => {
    const locked = rsa.export({ type: "pkcs1", format: "pem", cipher: "aes-256-cbc", passphrase: "p" }).toString();
    for (const text of ["", "hunter2", "aHVudGVyMg==", "-----BEGIN RSA PRIVATE KEY-----\nMIIE", locked]) {
      assert.equal(normalizedPem(text), text);
    }
  });
});

describe("a secret", () => {
  const cases = {
    t0k3n: "t0k3n",
    " t0k3n\r\n": "t0k3n",
    '"t0k3n"\n': "t0k3n",
    "'\"a b\"'": "a b",
    '"': '"',
    'a"b"': 'a"b"',
  };
  for (const [given, meant] of Object.entries(cases)) {
    it(`is ${JSON.stringify(meant)} if it was given as ${JSON.stringify(given)}`, () => {
      assert.equal(trimSecret(given), meant);
    });
  }

  it("is trimmed in every setting that holds one, and an invalid token is refused without being shown", () => {
    const pem = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs1", format: "pem" });
    const keys = ["repositoryKey", "repositoryAppKey", "bumpAppKey", "releaseAppKey", "deploymentsAppKey"];
    const words = ["githubToken", "repositoryToken", "notificationsToken", "slackToken", "webhookSecret"];
    const given = {
      ...Object.fromEntries(keys.map((key) => [key, JSON.stringify(pem.toString())])),
      ...Object.fromEntries(words.map((key) => [key, ` '${key}-t0k3n'\r\n`])),
      releaseAlertsUrl: ' "https://hooks.example/hunter2"\n',
      webhookSecrets: { dev: "dev-secret\n" },
    };
    const { configuration, problems } = parseConfiguration(raw(given));
    assert.deepEqual(problems, []);
    assert.deepEqual(configuration, {
      ...Object.fromEntries(keys.map((key) => [key, pem.toString()])),
      ...Object.fromEntries(words.map((key) => [key, `${key}-t0k3n`])),
      releaseAlertsUrl: "https://hooks.example/hunter2",
      webhookSecrets: { dev: "dev-secret" },
    });
    const refused = parseConfiguration(raw({ githubToken: "TOKEN=\nghp_hunter2" })).problems.map(formatProblem);
    assert.deepEqual(refused, [
      "githubToken: got a secret value; expected a GitHub token, without spaces and newlines. " +
        "Run: pulumi config set --secret githubToken",
    ]);
  });
});
