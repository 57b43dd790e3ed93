import { generateKeyPairSync } from "node:crypto";
import { schemas } from "@gitops-platform/environments/settings/table";

/**
 * The generated private keys by path: a key must be the same in all evaluations of this process, and different from
 * other keys.
 */
const privateKeys = new Map<string, string>();

/**
 * Returns a placeholder for an encrypted value. It is a string, a URL or a private key: the first that passes the
 * validation of the setting. Within a process, the placeholder of a path is always the same.
 * @param path The configuration key without namespace, and the path in its value: `webhookSecrets.dev`.
 */
export function placeholderFor(path: string): string {
  const text = `placeholder-${path}`;
  const schema = Object.hasOwn(schemas, path) ? schemas[path] : undefined;
  const isValid = (value: string) => schema?.safeParse(value).success ?? true;
  if (isValid(text)) return text;
  const url = `https://placeholder.invalid/${path}`;
  return isValid(url) ? url : privateKey(path);
}

/** A private key in the format of GitHub Apps. It is short, to generate it quickly: it never signs anything. */
function privateKey(path: string): string {
  const made = privateKeys.get(path) ?? newPrivateKey();
  privateKeys.set(path, made);
  return made;
}

function newPrivateKey(): string {
  const { privateKey: key } = generateKeyPairSync("rsa", { modulusLength: 1024 });
  return key.export({ type: "pkcs1", format: "pem" }).toString();
}
