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
export type GuardForm = "delivered" | "limits" | "namespaces" | "argocd";

/**
 * Digests ({@link formOf}) of the reviewed forms. They are separate from components/delivery/guard/ on purpose: a
 * change there violates a rule until somebody has reviewed it and updated the digest here.
 */
export const GUARD_FORMS: Readonly<Record<GuardForm, string>> = {
  delivered: "212420e0fb84acb5b01e72476df5060a4dd6c315b49b88f9e91055cfef483158",
  limits: "3eb19dffc6b9f8bdf36064a73f57b4f2fcdb08ed412f813122f5c8a054d84e64",
  namespaces: "29a010e16423027ed5de7766bba2184674933d77f219616925677edbd43d0a91",
  argocd: "79a48f596af17981a169367d0fc7c342625408d27f6ba4bcae1265757b8fdec0",
};

const STRING = String.raw`"(?:[^"\\]|\\.)*"`;
const LIST = String.raw`\[(?:${STRING}(?:, ${STRING})*)?\]`;
const USERS = String.raw`request\.userInfo\.username in ${LIST}`;
const GROUPS = String.raw`request\.userInfo\.\?groups\.orValue\(\[\]\)\.exists\(group, group in ${LIST}\)`;
/** The expression for the users and groups in the settings. */
const IDENTITIES = new RegExp(`${USERS}(?: \\|\\| ${GROUPS})?|${GROUPS}`, "g");
/** The variables that hold a setting as text. */
const SETTINGS = ["environment", "repository", "revision"];
const TEXT = new RegExp(`^${STRING}$`);

/**
 * SHA-256 of a policy's form: everything that affects its decision. Leaves out messages, the users, groups and texts
 * from the settings, and the defaults that the API server adds.
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
      .map((variable) => [variable.name, withoutSettings(variable)]),
    validations: validations.map(({ expression }) => expression),
    auditAnnotations,
  };
  return digestOf(withoutDefaults(form));
}

function withoutSettings({ name, expression }: Variable): string {
  return SETTINGS.includes(name) && TEXT.test(expression)
    ? "<setting>"
    : expression.replace(IDENTITIES, "<identities>");
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
