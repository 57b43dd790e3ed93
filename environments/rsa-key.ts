import { createPublicKey } from "node:crypto";

/**
 * The public half of an RSA private key, as OpenSSH writes it: `ssh-rsa AAAA…`, without a comment.
 * @param pem The private key as GitHub gives it for an App, or in PKCS#8. Undefined is answered for anything else.
 */
export function sshPublicKey(pem: string): string | undefined {
  if (!pem.includes("PRIVATE KEY")) return undefined;
  try {
    const { kty, n = "", e = "" } = createPublicKey(pem).export({ format: "jwk" });
    if (kty !== "RSA") return undefined;
    const blob = Buffer.concat([Buffer.from("ssh-rsa"), integer(e), integer(n)].map(prefixed));
    return `ssh-rsa ${blob.toString("base64")}`;
  } catch {
    // What is wrong with it, OpenSSL says in words that help nobody: the caller says what it should be.
    return undefined;
  }
}

/** A positive integer of RFC 4251: a first bit that is set would make it negative. */
function integer(base64url: string): Buffer {
  const bytes = Buffer.from(base64url, "base64url");
  return (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes;
}

/** RFC 4251's string: its length, then itself. */
function prefixed(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
