import { ARGOCD_NAMESPACE, ENVIRONMENT_LABEL, metadata, TYPES } from "../kubernetes";
import { environmentOf, show, type Resource, type StackRule } from "../rule";

interface Config {
  environments: Record<string, Mode>;
}

type Mode = "deny" | "warn" | "off";

interface ResourceRule {
  apiGroups?: string[];
  resources?: string[];
  operations?: string[];
}

interface MatchResources {
  resourceRules?: ResourceRule[];
  excludeResourceRules?: ResourceRule[];
  namespaceSelector?: { matchExpressions?: { key: string; operator: string; values?: string[] }[] };
  objectSelector?: object;
}

interface PolicySpec {
  failurePolicy?: string;
  matchConstraints?: MatchResources;
  matchConditions?: { expression: string }[];
  variables?: { expression: string }[];
  validations?: { expression: string }[];
}

interface BindingSpec {
  policyName?: string;
  validationActions?: string[];
  matchResources?: MatchResources;
}

/** What guards must judge, as `<group>/<resource>`, and for which operations. */
const COVERED: readonly [resource: string, operations: readonly string[]][] = [
  ["*/*", ["CREATE", "UPDATE", "DELETE"]],
  ["*/*/scale", ["UPDATE"]],
  ["*/*/status", ["UPDATE"]],
  ["*/pods/ephemeralcontainers", ["UPDATE"]],
  // The core group has no name.
  ["/namespaces", ["UPDATE", "DELETE"]],
];

/** What everybody may write past a guard: no process reads from these what is to run. */
const REPORTS = ["events", "leases"];

const EVERYBODY = /"system:(authenticated|unauthenticated|anonymous|serviceaccounts)"/;

/** Argo CD reverts only what Git declares, so whatever else can be edited is refused by the API server, or nobody hears of it. */
export const namespacesAreGuarded: StackRule = {
  name: "namespaces-are-guarded",
  displayName: "Edits past Git are refused",
  description:
    "Admission policies judge every change in the services' namespaces and Argo CD's, and refuse it or warn as was decided for the environment.",
  enforcementLevel: "mandatory",
  severity: "high",
  remediationSteps:
    "Set guard.mode, or guard in environments/<environment>.ts, or this rule's configuration where the decision changed.",
  url: "docs/adr/0012-edits-past-git-are-refused.md",
  configSchema: {
    properties: {
      environments: {
        type: "object",
        additionalProperties: { type: "string", enum: ["deny", "warn", "off"] },
        default: { dev: "warn", staging: "deny", prod: "deny" },
        description: "By environment, what happens to an edit past Git. An environment that is not named refuses it.",
      },
    },
  },
  validateStack: (stack, reportViolation) => {
    const { resources } = stack;
    const { environments } = stack.getConfig<Config>();
    const policies = resources.filter(({ type }) => type === TYPES.admissionPolicy);
    const bindings = resources.filter(({ type }) => type === TYPES.admissionPolicyBinding);
    for (const namespace of resources.filter(({ type }) => type === TYPES.namespace)) {
      const { name = "", labels = {} } = metadata(namespace);
      const mode = environments[environmentOf(namespace)] ?? "deny";
      if ((labels[ENVIRONMENT_LABEL] === undefined && name !== ARGOCD_NAMESPACE) || mode === "off") continue;
      const bound = bindings
        .map(({ props }) => (props.spec ?? {}) as BindingSpec)
        .filter((binding) => isInForce(binding, mode) && selects(binding, name))
        .flatMap(({ policyName }) => policies.filter((policy) => metadata(policy).name === policyName))
        .map(specOf)
        .filter(isWhole);
      for (const [resource, operations] of COVERED) {
        const free = operations.filter((operation) => !bound.some((policy) => covers(policy, resource, operation)));
        if (free.length > 0) {
          reportViolation(
            `guard of namespace ${name}: got none for ${free.join(", ")} of ${resource}; expected one with ${show(mode)}.`,
            namespace.urn,
          );
        }
      }
    }
    for (const policy of policies) {
      const everybody = EVERYBODY.exec(expressionsOf(specOf(policy)).join("\n"))?.[0];
      if (everybody !== undefined) {
        reportViolation(`expressions: got ${everybody}; expected nobody that everybody is.`, policy.urn);
      }
    }
  },
};

function specOf({ props }: Resource): PolicySpec {
  return (props.spec ?? {}) as PolicySpec;
}

/** A binding that refuses also where a warning was enough. */
function isInForce({ validationActions = [] }: BindingSpec, mode: Mode): boolean {
  return validationActions.includes("Deny") || (mode === "warn" && validationActions.includes("Warn"));
}

/** Whether a binding is for a namespace by the name that the API server itself gives it, and for all that is in it. */
function selects({ matchResources = {} }: BindingSpec, name: string): boolean {
  const { namespaceSelector, ...narrower } = matchResources;
  return (
    Object.keys(narrower).length === 0 &&
    (namespaceSelector?.matchExpressions ?? []).every(
      ({ key, operator, values = [] }) =>
        key === "kubernetes.io/metadata.name" && operator === "In" && values.includes(name),
    )
  );
}

/** Whether a policy judges what its rules cover: nothing selects further, and none of its rules is always kept. */
function isWhole({
  failurePolicy = "Fail",
  matchConstraints = {},
  matchConditions = [],
  validations = [],
}: PolicySpec): boolean {
  const { resourceRules, excludeResourceRules = [], ...narrower } = matchConstraints;
  return (
    failurePolicy === "Fail" &&
    resourceRules !== undefined &&
    Object.keys(narrower).length === 0 &&
    excludeResourceRules.every(({ resources = ["*"] }) => resources.every((each) => REPORTS.includes(each))) &&
    matchConditions.every(({ expression }) => expression.trim() !== "false") &&
    validations.length > 0 &&
    validations.every(({ expression }) => expression.trim() !== "true")
  );
}

function covers({ matchConstraints = {} }: PolicySpec, resource: string, operation: string): boolean {
  return (matchConstraints.resourceRules ?? []).some(
    ({ apiGroups = [], resources = [], operations = [] }) =>
      apiGroups.some((group) => resources.some((each) => `${group}/${each}` === resource)) &&
      (operations.includes(operation) || operations.includes("*")),
  );
}

function expressionsOf({ matchConditions = [], variables = [], validations = [] }: PolicySpec): string[] {
  return [...matchConditions, ...variables, ...validations].map(({ expression }) => expression);
}
