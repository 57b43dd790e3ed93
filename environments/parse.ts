import { z } from "zod";
import { HIDDEN, show, suggest, type Problem } from "./problems";
import { allKeys, secretKeys, type Configuration, type Key } from "./schema";
import { SEPARATOR } from "./schema-parts";

/** The configuration as Pulumi passes it to programs: strings by full key, structured values as JSON. */
export type RawConfiguration = Readonly<Record<string, string>>;

const NAMESPACE = "gitops-platform";

/** The keys whose values are plain strings. Pulumi passes all others as JSON. */
const STRING_KEYS: readonly string[] = [
  "kubeconfig",
  "context",
  "githubToken",
  "repositoryToken",
  "repositoryKey",
  "repositoryAppKey",
  "bumpAppKey",
  "releaseAppKey",
  "releaseAlertsUrl",
  "notificationsToken",
  "slackToken",
  "deploymentsAppKey",
  "webhookSecret",
];

/** The namespaces permitted in a stack's configuration. A key in any other would silently have no effect. */
const NAMESPACES = [NAMESPACE, "pulumi"];

/** The replacements for a provider's own settings, which would bypass the program. */
const PROVIDER_HINTS: Partial<Record<string, string>> = {
  kubernetes: "Set gitops-platform:kubeconfig and gitops-platform:context.",
  github: "Set gitops-platform:githubToken and gitops-platform:repository.",
};

/** Argo CD settings that people expect under `delivery`, and their equivalents here. */
const DELIVERY_HINTS: Partial<Record<string, string>> = {
  selfheal: "Use drift: heal, with either value of sync.",
  automated: "Use sync: auto for automated sync.",
  autosync: "Use sync: auto for automated sync.",
  enabled: "Use sync: auto for automated sync.",
  syncpolicy: "Use sync and drift.",
  prune: "Set pruning in environments/<environment>.ts.",
  approval: "Use sync: manual to require an approval.",
};

/** Parses the configuration. Each key is parsed separately, so that all problems are reported at once. */
export function parseConfiguration(raw: RawConfiguration): { configuration: Configuration; problems: Problem[] } {
  const configuration: Record<string, unknown> = {};
  const problems: Problem[] = [];
  for (const [fullKey, value] of Object.entries(raw)) {
    const [namespace = "", key = ""] = fullKey.split(/:(.*)/);
    const hint = PROVIDER_HINTS[namespace];
    if (hint !== undefined) {
      problems.push({ key: fullKey, got: "a value", expected: "no provider settings", fix: hint });
    } else if (!NAMESPACES.includes(namespace)) {
      const fix = suggest(namespace, NAMESPACES);
      problems.push({ key: fullKey, got: "a value", expected: `a key of ${NAMESPACE}`, fix });
    }
    if (namespace !== NAMESPACE) continue;
    if (!isKey(key)) {
      const fix = suggest(key, Object.keys(allKeys));
      problems.push({ key, got: "a value", expected: "a known key", fix });
      continue;
    }
    const result = allKeys[key].safeParse(decode(key, value), { reportInput: true });
    if (result.success) configuration[key] = result.data;
    else problems.push(...result.error.issues.flatMap((issue) => problemsOf(key, issue)));
  }
  return { configuration, problems };
}

function isKey(key: string): key is Key {
  return Object.hasOwn(allKeys, key);
}

function decode(key: Key, value: string): unknown {
  if (STRING_KEYS.includes(key)) return value;
  try {
    return JSON.parse(value);
  } catch {
    // The schema then reports that the key does not accept a string.
    return value;
  }
}

function problemsOf(key: Key, issue: z.core.$ZodIssue): Problem[] {
  const path = issue.path.reduce<string>(
    (parent, step) => (typeof step === "number" ? `${parent}[${step}]` : `${parent}.${String(step)}`),
    key,
  );
  const got = (value: unknown) => (Object.hasOwn(secretKeys, key) && value !== undefined ? HIDDEN : show(value));
  if (issue.code === "unrecognized_keys") {
    const hints = key === "delivery" ? DELIVERY_HINTS : {};
    return issue.keys.map((name) => ({
      key: `${path}.${name}`,
      got: got(issue.input?.[name]),
      expected: "a known key",
      fix: hints[name.toLowerCase()] ?? suggest(name, keysAt(allKeys[key], issue.path)),
    }));
  }
  const [expected = "", fix = ""] = issue.message.split(SEPARATOR);
  return [{ key: path, got: got(issue.input), expected, fix }];
}

/** The keys of the map at a path within a value. */
function keysAt(schema: z.core.$ZodType, [step, ...rest]: PropertyKey[]): string[] {
  if (schema instanceof z.ZodOptional) return keysAt(schema.unwrap(), step === undefined ? [] : [step, ...rest]);
  if (schema instanceof z.ZodArray) return keysAt(schema.element, rest);
  if (!(schema instanceof z.ZodObject)) return [];
  const shape: z.core.$ZodShape = schema.shape;
  const inner = step === undefined ? undefined : shape[String(step)];
  return inner ? keysAt(inner, rest) : Object.keys(shape);
}
