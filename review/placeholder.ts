import { generateKeyPairSync } from "node:crypto";
import { allKeys, type Key } from "../environments/schema";

/**
 * The keys that were made, by what they stand for: one evaluation's must not differ from the next one's, nor two keys
 * be the same.
 */
const privateKeys = new Map<string, string>();

/**
 * What stands for a value that cannot be read: the first of a text, an address and a private key that the settings take
 * in its place. Within one process the same key always has the same placeholder.
 * @param path The key without its namespace, and where the value is in it: `webhookSecrets.dev`.
 */
export function placeholderFor(path: string): string {
  const text = `placeholder-${path}`;
  const takes = (value: string) => !isKey(path) || allKeys[path].safeParse(value).success;
  if (takes(text)) return text;
  const url = `https://placeholder.invalid/${path}`;
  return takes(url) ? url : privateKey(path);
}

function isKey(path: string): path is Key {
  return Object.hasOwn(allKeys, path);
}

/** As GitHub makes them for its Apps. Short, so that making it takes no time: nothing is ever signed with it. */
function privateKey(path: string): string {
  const made = privateKeys.get(path) ?? newPrivateKey();
  privateKeys.set(path, made);
  return made;
}

function newPrivateKey(): string {
  const { privateKey: key } = generateKeyPairSync("rsa", { modulusLength: 1024 });
  return key.export({ type: "pkcs1", format: "pem" }).toString();
}
