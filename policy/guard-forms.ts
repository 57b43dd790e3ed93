import { digestOf } from "./digest";

/** What of an admission policy decides, as far as rules read it. */
export interface AdmissionPolicySpec {
  readonly matchConditions?: readonly Expression[];
  readonly variables?: readonly Variable[];
  readonly validations?: readonly Expression[];
  readonly auditAnnotations?: readonly { readonly key: string; readonly valueExpression: string }[];
}

interface Expression {
  readonly expression: string;
}

interface Variable extends Expression {
  readonly name: string;
}

/** The guard's policies. Of each, one form was reviewed. */
export type GuardForm = "delivered" | "limits" | "argocd";

/**
 * Digests of the reviewed forms. Beside components/delivery/guard/ on purpose: a change there is refused until somebody
 * has reviewed it and changed the digest here.
 */
export const GUARD_FORMS: Readonly<Record<GuardForm, string>> = {
  delivered: "78bdfeba34f980cbf7a4ffe5df46ab744fd83d3d132a9f3e30ede3f88ae4203e",
  limits: "dd8df5f3e74cfab66636ec65b4070cc1f4531bb1e5d4a447a9095502fd952419",
  argocd: "90b0f1d2505186f91ed98ed7938d6740b0dcd7982da37c1ffc8605f4ee192f99",
};

const STRING = String.raw`"(?:[^"\\]|\\.)*"`;
const LIST = String.raw`\[(?:${STRING}(?:, ${STRING})*)?\]`;
const USERS = String.raw`request\.userInfo\.username in ${LIST}`;
const GROUPS = String.raw`request\.userInfo\.\?groups\.orValue\(\[\]\)\.exists\(group, group in ${LIST}\)`;
/** A list of users and groups, as settings name them. */
const IDENTITIES = new RegExp(`${USERS}(?: \\|\\| ${GROUPS})?|${GROUPS}`, "g");

/**
 * SHA-256 of a policy's form: everything that decides what is refused, without messages and without the users and
 * groups that settings name in its variables. What the API server adds to a policy by itself is left out.
 */
export function formOf(spec: AdmissionPolicySpec): string {
  const { matchConditions = [], variables = [], validations = [], auditAnnotations = [], ...rest } = spec;
  const read = [...matchConditions, ...validations].map(({ expression }) => expression);
  read.push(...auditAnnotations.map(({ valueExpression }) => valueExpression));
  const used = new Set<string>();
  // Grows while it is read: variables name each other.
  for (const expression of read) {
    for (const [, name = ""] of expression.matchAll(/\bvariables\.(\w+)/g)) {
      if (used.has(name)) continue;
      used.add(name);
      read.push(...variables.filter((each) => each.name === name).map((each) => each.expression));
    }
  }
  const form = {
    failurePolicy: "Fail",
    ...rest,
    matchConditions: matchConditions.map(({ expression }) => expression),
    variables: variables
      .filter(({ name }) => used.has(name))
      .map(({ name, expression }) => [name, expression.replace(IDENTITIES, "<identities>")]),
    validations: validations.map(({ expression }) => expression),
    auditAnnotations,
  };
  return digestOf(withoutDefaults(form));
}

/** What the API server sets where nothing is said: a policy that was read back has the same form. */
const DEFAULTS: Readonly<Record<string, string>> = { matchPolicy: "Equivalent", scope: "*" };

function withoutDefaults(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDefaults);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(
    ([key, inner]) =>
      inner !== undefined &&
      DEFAULTS[key] !== inner &&
      !(key.endsWith("Selector") && Object.keys(inner as object).length === 0),
  );
  return Object.fromEntries(entries.map(([key, inner]) => [key, withoutDefaults(inner)]));
}
