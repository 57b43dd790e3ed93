import { createPublicKey } from "node:crypto";

/**
 * The public key of an RSA private key in OpenSSH's format: `ssh-rsa AAAA…`, without a comment.
 * @param pem The private key as GitHub provides it for an App, or in PKCS#8. For anything else the result is undefined.
 */
export function sshPublicKey(pem: string): string | undefined {
  if (!pem.includes("PRIVATE KEY")) return undefined;
  try {
    const { kty, n = "", e = "" } = createPublicKey(pem).export({ format: "jwk" });
    if (kty !== "RSA") return undefined;
    const blob = Buffer.concat([Buffer.from("ssh-rsa"), integer(e), integer(n)].map(prefixed));
    return `ssh-rsa ${blob.toString("base64")}`;
  } catch {
    // OpenSSL's message would not help: the caller reports what the value must be.
    return undefined;
  }
}

/** Encodes a positive integer as RFC 4251's mpint: a leading zero byte, because a set first bit means negative. */
function integer(base64url: string): Buffer {
  const bytes = Buffer.from(base64url, "base64url");
  return (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes;
}

/** Encodes RFC 4251's string: the length, then the bytes. */
function prefixed(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/**
 * Removes the surrounding spaces, newlines and quotes that shells, files and forms add to a secret. The inside is
 * unchanged.
 */
export function trimSecret(secret: string): string {
  const text = secret.replace(/^\uFEFF/, "").trim();
  const [, , inner] = /^(["'`])([^]*)\1$/.exec(text) ?? [];
  return inner === undefined ? text : trimSecret(inner);
}

/**
 * Converts a private key to the form that OpenSSL, OpenSSH and GitHub's actions read: PEM, each line terminated by a
 * line feed. Accepts the forms that a .pem file takes in transit: escaped `\n`, Windows line endings or none,
 * surrounding spaces and quotes, or base64 of the whole file. Anything else is returned unchanged, for the caller to
 * refuse.
 */
export function normalizedPem(text: string): string {
  const lines = trimSecret(text)
    .replace(/(\\r)?\\n|\r\n?/g, "\n")
    .trim();
  const [, label, body] = /^-----BEGIN ([A-Z0-9 ]+)-----([^]*)-----END \1-----$/.exec(lines) ?? [];
  if (label !== undefined && body !== undefined)
    return `-----BEGIN ${label}-----\n${pemLines(body)}\n-----END ${label}-----\n`;
  const decoded = /^[\w+/=\s-]+$/.test(lines) ? Buffer.from(lines, "base64").toString("latin1") : "";
  return decoded.startsWith("-----BEGIN ") ? normalizedPem(decoded) : text;
}

/**
 * The base64 of a PEM in its own lines, or in new lines if it has only one. Headers, as in a key with a passphrase, are
 * kept.
 */
function pemLines(body: string): string {
  const lines = body.trim().split("\n");
  if (body.includes(":")) return lines.join("\n");
  const words = lines.map((line) => line.trim()).filter((line) => line !== "");
  if (words.length > 1) return words.join("\n");
  return (body.replace(/\s/g, "").match(/.{1,64}/g) ?? []).join("\n");
}
