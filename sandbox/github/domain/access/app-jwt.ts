import { createPublicKey, verify } from "node:crypto";

/**
 * Maximum time until a JWT expires, in seconds: GitHub accepts ten minutes; one minute more allows for clock
 * differences.
 */
const MAX_LIFETIME = 660;

/**
 * The App id (or slug) in the `iss` of an App's JWT; undefined if the string is no JWT. The signature is not verified
 * yet, because the issuer determines the key.
 */
export function issuerOf(token: string): string | undefined {
  const payload = decode(token.split(".")[1]);
  const issuer = token.split(".").length === 3 ? payload?.iss : undefined;
  return typeof issuer === "string" || typeof issuer === "number" ? String(issuer) : undefined;
}

/**
 * Whether a JWT is signed (RS256) with the private key of a public key (PEM) and valid at a time (seconds since 1970).
 */
export function isSignedBy(token: string, publicKey: string, time: number): boolean {
  const [header, payload, signature = ""] = token.split(".");
  const { exp } = decode(payload) ?? {};
  if (decode(header)?.alg !== "RS256" || typeof exp !== "number" || exp <= time || exp > time + MAX_LIFETIME)
    return false;
  const signed = Buffer.from(`${header ?? ""}.${payload ?? ""}`);
  return verify("RSA-SHA256", signed, createPublicKey(publicKey), Buffer.from(signature, "base64url"));
}

function decode(part: string | undefined): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part ?? "", "base64url").toString());
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
