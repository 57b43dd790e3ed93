import { generateKeyPairSync } from "node:crypto";
import { schemas, secretKeys } from "@gitops-platform/environments/settings/table";

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
  // Argo CD posts to Microsoft Teams only at URLs of its workflows.
  const urls = [`https://placeholder.invalid/${path}`, `https://placeholder.invalid/powerautomate/${path}`];
  return [text, ...urls].find((value) => passes(path, value)) ?? privateKey(path);
}

/** Whether a value passes the validation of its setting, which may be a map of secrets. */
function passes(path: string, value: string): boolean {
  const [map = "", ...name] = path.split(".");
  const isInMap = name.length > 0 && secretKeys.includes(map);
  const key = isInMap ? map : path;
  const schema = Object.hasOwn(schemas, key) ? schemas[key] : undefined;
  return schema?.safeParse(isInMap ? { [name.join(".")]: value } : value).success ?? true;
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
