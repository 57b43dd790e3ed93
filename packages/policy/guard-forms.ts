import { digestOf } from "./digest";

/** The fields of a ValidatingAdmissionPolicy that affect its decision. */
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

/** The admission policies of the guard. One form of each has been reviewed. */
export type GuardForm = "delivered" | "limits" | "argocd";

/**
 * Digests ({@link formOf}) of the reviewed forms. They are separate from components/delivery/guard/ on purpose: a
 * change there violates a rule until somebody has reviewed it and updated the digest here.
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
/** The expression for the users and groups in the settings. */
const IDENTITIES = new RegExp(`${USERS}(?: \\|\\| ${GROUPS})?|${GROUPS}`, "g");

/**
 * SHA-256 of a policy's form: everything that affects its decision. Leaves out messages, the users and groups from the
 * settings, and the defaults that the API server adds.
 */
export function formOf(spec: AdmissionPolicySpec): string {
  const { matchConditions = [], variables = [], validations = [], auditAnnotations = [], ...rest } = spec;
  const expressions = [...matchConditions, ...validations].map(({ expression }) => expression);
  expressions.push(...auditAnnotations.map(({ valueExpression }) => valueExpression));
  const used = new Set<string>();
  // The list grows during the iteration, because variables refer to other variables.
  for (const expression of expressions) {
    for (const [, name = ""] of expression.matchAll(/\bvariables\.(\w+)/g)) {
      if (used.has(name)) continue;
      used.add(name);
      expressions.push(...variables.filter((each) => each.name === name).map((each) => each.expression));
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

/** Defaults of the API server, left out so that a policy that was read from it has the same form. */
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
