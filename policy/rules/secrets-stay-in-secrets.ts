import { GITHUB } from "../github";
import { TYPES } from "../kubernetes";
import { readable, texts } from "../texts";
import type { Resource, StackRule } from "../rule";

/** Entries of a Secret that are secret by their name; a repository's Secret also says its address. */
const SECRET_KEY = /pass|token|secret|private|key/i;
/** Shorter ones are found everywhere. */
const LEAST = 8;

/** A secret without a form of its own is known by standing in a Secret: there, and nowhere else. */
export const secretsStayInSecrets: StackRule = {
  name: "secrets-stay-in-secrets",
  displayName: "Secrets stay in Secrets",
  description: "What stands in a Secret, or signs a webhook, does not also stand where everybody reads it.",
  enforcementLevel: "mandatory",
  severity: "critical",
  remediationSteps: "Refer to the Secret's entry instead of repeating its value.",
  url: "https://www.pulumi.com/docs/iac/concepts/secrets/",
  validateStack: ({ resources }, reportViolation) => {
    const secrets = resources.flatMap(secretsOf);
    for (const resource of resources) {
      for (const { path, text } of texts(readable(resource))) {
        const found = secrets.find(({ value }) => text.includes(value));
        if (found) reportViolation(`${path}: got the value of ${found.place}; expected it there only.`, resource.urn);
      }
    }
  },
};

function secretsOf({ type, name, props }: Resource): { place: string; value: string }[] {
  if (type === GITHUB.webhook) {
    const { secret = "" } = (props.configuration ?? {}) as { secret?: string };
    return long([{ place: `${name}'s secret`, value: secret }]);
  }
  if (type !== TYPES.secret) return [];
  const { data, stringData } = props as Record<string, Record<string, string> | undefined>;
  const encoded = Object.entries(data ?? {}).map(
    ([key, text]) => [key, Buffer.from(text, "base64").toString()] as const,
  );
  const entries = [...encoded, ...Object.entries(stringData ?? {})].filter(([key]) => SECRET_KEY.test(key));
  return long(entries.map(([key, value]) => ({ place: `${name}, ${key}`, value })));
}

function long<T extends { value: string }>(secrets: T[]): T[] {
  return secrets.filter(({ value }) => value.length >= LEAST);
}
