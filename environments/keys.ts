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

/**
 * A secret as it was meant: without spaces, line ends and quotes around it, which shells, files and forms add. What is
 * inside stays.
 */
export function unwrapped(secret: string): string {
  const text = secret.replace(/^\uFEFF/, "").trim();
  const [, , inner] = /^(["'`])([^]*)\1$/.exec(text) ?? [];
  return inner === undefined ? text : unwrapped(inner);
}

/**
 * A private key as OpenSSL, OpenSSH and GitHub's actions read it: PEM, of lines that each end by a line feed. Takes
 * what a .pem becomes on its way: `\n` written out, the line ends of Windows or none at all, spaces and quotes around
 * it, or base64 of the whole file. What is no PEM even so is given back for the caller to refuse.
 */
export function normalizedPem(text: string): string {
  const lines = unwrapped(text)
    .replace(/(\\r)?\\n|\r\n?/g, "\n")
    .trim();
  const [, label, body] = /^-----BEGIN ([A-Z0-9 ]+)-----([^]*)-----END \1-----$/.exec(lines) ?? [];
  if (label !== undefined && body !== undefined)
    return `-----BEGIN ${label}-----\n${wrapped(body)}\n-----END ${label}-----\n`;
  const decoded = /^[\w+/=\s-]+$/.test(lines) ? Buffer.from(lines, "base64").toString("latin1") : "";
  return decoded.startsWith("-----BEGIN ") ? normalizedPem(decoded) : text;
}

/**
 * The base64 of a PEM in its lines; in new ones where it has none of its own. A header, as of a key with a password,
 * stays.
 */
function wrapped(body: string): string {
  const lines = body.trim().split("\n");
  if (body.includes(":")) return lines.join("\n");
  const words = lines.map((line) => line.trim()).filter((line) => line !== "");
  if (words.length > 1) return words.join("\n");
  return (body.replace(/\s/g, "").match(/.{1,64}/g) ?? []).join("\n");
}
