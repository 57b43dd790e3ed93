import { z } from "zod";
import { parseUrl } from "./url";
import { normalizedPem, sshPublicKey, trimSecret } from "./keys";

/** The error of a schema: what the value must be, and how to fix it. `problemsOf` in parse.ts splits it again. */
export function schemaError(expected: string, fix: string): { error: string } {
  return { error: `${expected}${SEPARATOR}${fix}` };
}

/** Separates the two parts of a schema's error message. NUL does not occur in either part. */
export const SEPARATOR = "\u0000";

const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** Whether requests to a URL are confidential: encrypted, or only on this machine. */
export function isConfidential(url: URL): boolean {
  return url.protocol === "https:" || (url.protocol === "http:" && LOOPBACK.has(url.hostname));
}

/** A URL that people or GitHub can reach. */
export function httpsUrl(purpose: string) {
  const message = schemaError(
    "an https URL without user, password, query or fragment (http only on this machine)",
    `Set the URL of ${purpose}.`,
  );
  return z.string(message).refine((value) => {
    const url = parseUrl(value);
    return url !== null && isConfidential(url) && !url.username && !url.password && !url.search && !url.hash;
  }, message);
}

/** A secret without whitespace, such as a token: a space or newline inside it is always a mistake. */
export const token = (what: string, fix: string) =>
  z
    .string(schemaError(what, fix))
    .transform(trimSecret)
    .refine((value) => /^\S+$/.test(value), schemaError(`${what}, without spaces and newlines`, fix));

/** A secret of arbitrary characters, not empty. */
export const secretString = (what: string, fix: string) =>
  z
    .string(schemaError(what, fix))
    .transform(trimSecret)
    .refine((value) => value !== "", schemaError(what, fix));

/** A URL that is itself a secret, such as a chat system's incoming webhook: anyone who knows it can post there. */
export function secretUrl(what: string, fix: string) {
  const message = schemaError(`${what}, an https URL without user or password (http only on this machine)`, fix);
  return z
    .string(message)
    .transform(trimSecret)
    .refine((value) => {
      const url = parseUrl(value);
      return url !== null && isConfidential(url) && !url.username && !url.password;
    }, message);
}

export const nonEmptyString = (what: string, fix: string) =>
  z.string(schemaError(what, fix)).min(1, schemaError(what, fix));

export const flag = (fix: string) => z.boolean(schemaError("true or false", fix));

/** One of the given strings. */
export const choice = <const T extends readonly [string, ...string[]]>(values: T, fix: string) =>
  z.enum(values, schemaError(`one of ${values.join(", ")}`, fix));

/** A numeric ID on GitHub. */
export const githubId = (what: string, fix: string) => z.int(schemaError(what, fix)).positive(schemaError(what, fix));

/** A PEM private key without a passphrase, in any form that {@link normalizedPem} accepts. */
export const privateKey = (what: string, fix: string) =>
  z
    .string(schemaError(what, fix))
    .transform(normalizedPem)
    .refine((pem) => PRIVATE_KEY.test(pem), schemaError(what, fix));

const PRIVATE_KEY =
  /^-----BEGIN (?!ENCRYPTED)([A-Z]+ )?PRIVATE KEY-----\s[^]+\s-----END ([A-Z]+ )?PRIVATE KEY-----\s*$/;

/** An RSA private key, such as GitHub creates for its Apps. */
export const rsaKey = (what: string, fix: string) =>
  z
    .string(schemaError(what, fix))
    .transform(normalizedPem)
    .refine((pem) => sshPublicKey(pem) !== undefined, schemaError(what, fix));

/** The error for a value that must be a map with the given keys. */
export const keysError = (names: string) =>
  schemaError(`a map with the keys ${names}`, "Write it as key: value lines below this key.");

/** The error for a value that must be a map whose keys are chosen by the user, such as environment names. */
export const mapError = (keys: string) =>
  schemaError(`a map with ${keys} as keys`, "Write it as key: value lines below this key.");
