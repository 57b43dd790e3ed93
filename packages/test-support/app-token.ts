import { sign } from "node:crypto";

/**
 * The JWT with which an App authenticates.
 * @param pem The App's private key.
 */
export function appToken(id: number, pem: string): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const time = Math.floor(Date.now() / 1000);
  const claims = { iat: time - 60, exp: time + 540, iss: String(id) };
  const text = `${encode({ alg: "RS256", typ: "JWT" })}.${encode(claims)}`;
  return `${text}.${sign("RSA-SHA256", Buffer.from(text), pem).toString("base64url")}`;
}
