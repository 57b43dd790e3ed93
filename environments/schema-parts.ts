import { createPrivateKey } from "node:crypto";
import { z } from "zod";
import { parseUrl } from "./address";

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

/** An address that is a secret itself, as chat systems' incoming webhooks are: whoever knows it may write there. */
export function secretUrl(what: string, fix: string) {
  const message = rule(`${what}, an https URL without user or password (http only on this machine)`, fix);
  return z.string(message).refine((text) => {
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

/** The private half of an RSA pair as PEM, without a passphrase: what GitHub makes for its Apps. */
export const rsaKey = (what: string, fix: string) =>
  z.string(rule(what, fix)).refine(
    (pem) => {
      try {
        return createPrivateKey(pem).asymmetricKeyType === "rsa";
      } catch {
        return false;
      }
    },
    rule(what, fix),
  );

/** What a map must be. */
export const keys = (names: string) =>
  rule(`a map with the keys ${names}`, "Write it as key: value lines below this key.");
