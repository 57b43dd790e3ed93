import { z } from "zod";
import { parseUrl } from "./address";
import { normalizedPem, sshPublicKey, unwrapped } from "./keys";

/** The message of a schema: what the value must be, and what to do about it. `problemsOf` reads it back. */
export function rule(expected: string, fix: string): { error: string } {
  return { error: `${expected}${SEPARATOR}${fix}` };
}

/** Stands between the two halves of a schema's message; no message holds it by itself. */
export const SEPARATOR = "\u0000";

const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** Whether a URL keeps what is sent to it to itself: encrypted, or never leaving this machine. */
export function isPrivate(url: URL): boolean {
  return url.protocol === "https:" || (url.protocol === "http:" && LOOPBACK.has(url.hostname));
}

/** An address that people or GitHub reach. */
export function webUrl(purpose: string) {
  const message = rule(
    "an https URL without user, password, query or fragment (http only on this machine)",
    `Set the address of ${purpose}.`,
  );
  return z.string(message).refine((text) => {
    const url = parseUrl(text);
    return url !== null && isPrivate(url) && !url.username && !url.password && !url.search && !url.hash;
  }, message);
}

/** A secret of one word, as tokens are: a space or a line end inside it is never meant. */
export const token = (what: string, fix: string) =>
  z
    .string(rule(what, fix))
    .transform(unwrapped)
    .refine((text) => /^\S+$/.test(text), rule(`${what}, without spaces and line ends`, fix));

/** A secret of any characters. */
export const secretText = (what: string, fix: string) =>
  z
    .string(rule(what, fix))
    .transform(unwrapped)
    .refine((text) => text !== "", rule(what, fix));

/** An address that is a secret itself, as chat systems' incoming webhooks are: anyone who knows it may write there. */
export function secretUrl(what: string, fix: string) {
  const message = rule(`${what}, an https URL without user or password (http only on this machine)`, fix);
  return z
    .string(message)
    .transform(unwrapped)
    .refine((text) => {
      const url = parseUrl(text);
      return url !== null && isPrivate(url) && !url.username && !url.password;
    }, message);
}

/** A text that is not empty. */
export const text = (what: string, fix: string) => z.string(rule(what, fix)).min(1, rule(what, fix));

/** True or false. */
export const flag = (fix: string) => z.boolean(rule("true or false", fix));

/** One of a few words. */
export const choice = <const T extends readonly [string, ...string[]]>(values: T, fix: string) =>
  z.enum(values, rule(`one of ${values.join(", ")}`, fix));

/** The number by which GitHub knows something. */
export const githubId = (what: string, fix: string) => z.int(rule(what, fix)).positive(rule(what, fix));

/** A private key as PEM, without a passphrase, in any of the forms that {@link normalizedPem} takes. */
export const privateKey = (what: string, fix: string) =>
  z
    .string(rule(what, fix))
    .transform(normalizedPem)
    .refine((pem) => PRIVATE_KEY.test(pem), rule(what, fix));

const PRIVATE_KEY =
  /^-----BEGIN (?!ENCRYPTED)([A-Z]+ )?PRIVATE KEY-----\s[^]+\s-----END ([A-Z]+ )?PRIVATE KEY-----\s*$/;

/** The same of an RSA pair: what GitHub makes for its Apps. */
export const rsaKey = (what: string, fix: string) =>
  z
    .string(rule(what, fix))
    .transform(normalizedPem)
    .refine((pem) => sshPublicKey(pem) !== undefined, rule(what, fix));

/** What a map must be. */
export const keys = (names: string) =>
  rule(`a map with the keys ${names}`, "Write it as key: value lines below this key.");
