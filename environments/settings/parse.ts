import { z } from "zod";
import { HIDDEN, show, suggest, type Problem } from "@gitops-platform/contract/problems";
import { schemas, secretKeys, type Configuration } from "./table";
import { ruleOfCheck, rules } from "./values";

/** The configuration as Pulumi passes it to programs: strings by full key, structured values as JSON. */
export type RawConfiguration = Readonly<Record<string, string>>;

const NAMESPACE = "gitops-platform";

/** The namespaces permitted in a stack's configuration. A key in any other would silently have no effect. */
const NAMESPACES = [NAMESPACE, "pulumi"];

/** The replacements for a provider's own settings, which would bypass the program. */
const PROVIDER_HINTS: Partial<Record<string, string>> = {
  kubernetes: "Set gitops-platform:kubeconfig and gitops-platform:context.",
  github: "Set gitops-platform:githubToken and gitops-platform:repository.",
};

const DECLARED = "A service is declared in the GitOps repository; docs/adding-a-service.md says how to hand it over.";

/** Keys of earlier versions, and what replaces them. */
const FORMER: Partial<Record<string, string>> = {
  services: `Rename it to handover. ${DECLARED}`,
  "argocd.access.teams": `Write its groups into the services' declarations, as groups. ${DECLARED}`,
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

/**
 * The part of a program's configuration that the platform checks. In a project of another name, the keys of other
 * namespaces are the program's own. A key with the name of a setting is not: it would silently have no effect.
 */
export function platformConfiguration(raw: RawConfiguration, project: string): RawConfiguration {
  if (project === NAMESPACE) return raw;
  const isOwn = (fullKey: string) => {
    const [namespace = "", key = ""] = fullKey.split(/:(.*)/);
    return !NAMESPACES.includes(namespace) && !Object.hasOwn(schemas, key);
  };
  return Object.fromEntries(Object.entries(raw).filter(([fullKey]) => !isOwn(fullKey)));
}

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
    const schema = Object.hasOwn(schemas, key) ? schemas[key] : undefined;
    if (!schema) {
      const fix = FORMER[key] ?? suggest(key, Object.keys(schemas));
      problems.push({ key, got: "a value", expected: "a known key", fix });
      continue;
    }
    const result = schema.safeParse(decode(schema, value), { reportInput: true });
    if (result.success) configuration[key] = result.data;
    else problems.push(...result.error.issues.flatMap((issue) => problemsOf(key, schema, issue)));
  }
  return { configuration, problems };
}

/** Pulumi passes text as it is, and everything else as JSON. */
function decode(schema: z.ZodType, value: string): unknown {
  if (isText(schema)) return value;
  try {
    return JSON.parse(value);
  } catch {
    // The schema then reports that the key does not accept text.
    return value;
  }
}

/** Whether a schema reads text. A schema that changes the text before it checks it is a pipe. */
function isText(schema: z.core.$ZodType): boolean {
  return schema instanceof z.ZodPipe ? isText(schema.in) : schema instanceof z.ZodString;
}

function problemsOf(key: string, schema: z.ZodType, issue: z.core.$ZodIssue): Problem[] {
  const path = issue.path.reduce<string>(
    (parent, step) => (typeof step === "number" ? `${parent}[${step}]` : `${parent}.${String(step)}`),
    key,
  );
  const got = (value: unknown) => (secretKeys.includes(key) && value !== undefined ? HIDDEN : show(value));
  const failed = schemaAt(schema, issue.path);
  if (issue.code === "unrecognized_keys") {
    const hints = key === "delivery" ? DELIVERY_HINTS : {};
    const known = failed instanceof z.ZodObject ? Object.keys(failed.shape) : [];
    return issue.keys.map((name) => ({
      key: `${path}.${name}`,
      got: got(issue.input?.[name]),
      expected: "a known key",
      fix: FORMER[`${path}.${name}`] ?? hints[name.toLowerCase()] ?? suggest(name, known),
    }));
  }
  const rule = ruleOfCheck(issue) ?? rules.get(failed);
  if (!rule) throw new Error(`The schema of ${path} has no rule.`);
  return [{ key: path, got: got(issue.input), ...rule }];
}

/** The schema of the value at a path. */
function schemaAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): z.core.$ZodType {
  if (schema instanceof z.ZodOptional) return schemaAt(schema.unwrap(), path);
  const [step, ...rest] = path;
  if (step === undefined) return schema;
  if (schema instanceof z.ZodArray) return schemaAt(schema.element, rest);
  if (schema instanceof z.ZodRecord) return schemaAt(schema.valueType, rest);
  if (!(schema instanceof z.ZodObject)) return schema;
  const shape: z.core.$ZodShape = schema.shape;
  const inner = shape[String(step)];
  return inner ? schemaAt(inner, rest) : schema;
}
