import { GITHUB } from "../github";
import { TYPES } from "../kubernetes";
import { readable, stringsIn } from "../strings";
import type { Resource, StackRule } from "../rule";

/** Keys of a Secret whose values are secret. Others are not: a repository's Secret also contains its URL. */
const SECRET_KEY = /pass|token|secret|private|key/i;
/** In characters. Shorter values occur in ordinary text. */
const MIN_LENGTH = 8;

/** Finds secrets that have no recognisable format: values of Secrets that also appear elsewhere. */
export const secretsStayInSecrets: StackRule = {
  name: "secrets-stay-in-secrets",
  displayName: "Secrets stay in Secrets",
  description: "A value of a Secret, or a webhook's secret, does not also appear in a resource that others can read.",
  enforcementLevel: "mandatory",
  severity: "critical",
  remediationSteps: "Reference the Secret's key instead of repeating its value.",
  url: "https://www.pulumi.com/docs/iac/concepts/secrets/",
  validateStack: ({ resources }, reportViolation) => {
    const secrets = resources.flatMap(secretsOf);
    for (const resource of resources) {
      for (const { path, text } of stringsIn(readable(resource))) {
        const found = secrets.find(({ value }) => text.includes(value));
        if (found)
          reportViolation(`${path}: got the value of ${found.location}; expected it only there.`, resource.urn);
      }
    }
  },
};

function secretsOf({ type, name, props }: Resource): { location: string; value: string }[] {
  if (type === GITHUB.webhook) {
    const { secret = "" } = (props.configuration ?? {}) as { secret?: string };
    return longEnough([{ location: `${name}'s secret`, value: secret }]);
  }
  if (type !== TYPES.secret) return [];
  const { data, stringData } = props as Record<string, Record<string, string> | undefined>;
  const encoded = Object.entries(data ?? {}).map(
    ([key, text]) => [key, Buffer.from(text, "base64").toString()] as const,
  );
  const entries = [...encoded, ...Object.entries(stringData ?? {})].filter(([key]) => SECRET_KEY.test(key));
  return longEnough(entries.map(([key, value]) => ({ location: `${name}, ${key}`, value })));
}

function longEnough<T extends { value: string }>(secrets: T[]): T[] {
  return secrets.filter(({ value }) => value.length >= MIN_LENGTH);
}
