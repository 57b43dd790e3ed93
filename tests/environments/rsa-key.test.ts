import assert from "node:assert/strict";
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { sshPublicKey } from "../../environments/rsa-key";

// Proves that the public half has OpenSSH's form, by reading it back. That Git verifies with it is for the end-to-end tests.

/** The parts of the key, read as RFC 4253 says. */
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

describe("the public half of an RSA key", () => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });

  for (const type of ["pkcs1", "pkcs8"] as const) {
    it(`is OpenSSH's form of it, from ${type}`, () => {
      const key = sshPublicKey(privateKey.export({ type, format: "pem" }).toString());
      assert.ok(key);
      assert.match(key, /^ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ[A-Za-z0-9+/]+={0,2}$/);
      const [name, e, n] = parts(key);
      assert.equal(name?.toString(), "ssh-rsa");
      // A modulus has its first bit set, which would be a sign: a zero is before it.
      assert.deepEqual([n?.length, n?.[0]], [257, 0]);
      const jwk = { kty: "RSA", e: e?.toString("base64url"), n: n?.subarray(1).toString("base64url") };
      assert.ok(createPublicKey({ key: jwk, format: "jwk" }).equals(publicKey));
    });
  }

  it("is none of anything else", () => {
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
