import { z } from "zod";
import { HIDDEN, show, suggest, type Problem } from "./problems";
import { allKeys, secretKeys, type Configuration, type Key } from "./schema";
import { SEPARATOR } from "./schema-parts";

/** The configuration of a run as Pulumi hands it to programs: text by full key, structured values as JSON. */
export type RawConfiguration = Readonly<Record<string, string>>;

const NAMESPACE = "gitops-platform";

/** The keys whose values are plain text; Pulumi hands over all others as JSON. */
const TEXT_KEYS: readonly string[] = [
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

/** Namespaces that a stack's configuration may have. A key in any other would be without effect, silently. */
const NAMESPACES = [NAMESPACE, "pulumi"];

/** Where a provider's own settings belong: they would act behind the program's back. */
const FOREIGN: Partial<Record<string, string>> = {
  kubernetes: "Name the cluster by gitops-platform:kubeconfig and gitops-platform:context.",
  github: "Set gitops-platform:githubToken and gitops-platform:repository.",
};

/** Switches of Argo CD that people look for under `delivery`, and what they are here. */
const DELIVERY_HINTS: Partial<Record<string, string>> = {
  selfheal: "Healing is drift: heal, with either sync.",
  automated: "Automated sync is sync: auto.",
  autosync: "Automated sync is sync: auto.",
  enabled: "Automated sync is sync: auto.",
  syncpolicy: "The two switches are sync and drift.",
  prune: "Pruning belongs to the environment: environments/<environment>.ts.",
  approval: "An approval is sync: manual.",
};

/** Reads what was configured. Takes each key on its own, so that every problem shows at once. */
export function parseConfiguration(raw: RawConfiguration): { configuration: Configuration; problems: Problem[] } {
  const configuration: Record<string, unknown> = {};
  const problems: Problem[] = [];
  for (const [fullKey, value] of Object.entries(raw)) {
    const [namespace = "", key = ""] = fullKey.split(/:(.*)/);
    const hint = FOREIGN[namespace];
    if (hint !== undefined) {
      problems.push({ key: fullKey, got: "a value", expected: "no settings of providers", fix: hint });
    } else if (!NAMESPACES.includes(namespace)) {
      const fix = suggest(namespace, NAMESPACES);
      problems.push({ key: fullKey, got: "a value", expected: `a key of ${NAMESPACE}`, fix });
    }
    if (namespace !== NAMESPACE) continue;
    if (!isKey(key)) {
      const fix = suggest(key, Object.keys(allKeys));
      problems.push({ key, got: "a value", expected: "no such key", fix });
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
  if (TEXT_KEYS.includes(key)) return value;
  try {
    return JSON.parse(value);
  } catch {
    // The schema then says that a text is not what the key takes.
    return value;
  }
}

function problemsOf(key: Key, issue: z.core.$ZodIssue): Problem[] {
  const place = issue.path.reduce<string>(
    (parent, step) => (typeof step === "number" ? `${parent}[${step}]` : `${parent}.${String(step)}`),
    key,
  );
  const got = (value: unknown) => (Object.hasOwn(secretKeys, key) && value !== undefined ? HIDDEN : show(value));
  if (issue.code === "unrecognized_keys") {
    const hints = key === "delivery" ? DELIVERY_HINTS : {};
    return issue.keys.map((name) => ({
      key: `${place}.${name}`,
      got: got(issue.input?.[name]),
      expected: "no such key",
      fix: hints[name.toLowerCase()] ?? suggest(name, keysAt(allKeys[key], issue.path)),
    }));
  }
  const [expected = "", fix = ""] = issue.message.split(SEPARATOR);
  return [{ key: place, got: got(issue.input), expected, fix }];
}

/** The keys of the map at a place within a value. */
function keysAt(schema: z.core.$ZodType, [step, ...rest]: PropertyKey[]): string[] {
  if (schema instanceof z.ZodOptional) return keysAt(schema.unwrap(), step === undefined ? [] : [step, ...rest]);
  if (schema instanceof z.ZodArray) return keysAt(schema.element, rest);
  if (!(schema instanceof z.ZodObject)) return [];
  const shape: z.core.$ZodShape = schema.shape;
  const inner = step === undefined ? undefined : shape[String(step)];
  return inner ? keysAt(inner, rest) : Object.keys(shape);
}
