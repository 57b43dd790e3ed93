import { type AdmissionPolicySpec, formOf, GUARD_FORMS, type GuardForm } from "../guard-forms";
import { byStage } from "../environments";
import { ARGOCD_NAMESPACE, ENVIRONMENT_LABEL, metadata, TYPES } from "../kubernetes";
import { formatValue } from "@gitops-platform/contract/values/plain";
import { environmentOf, type Resource, type StackRule } from "../rule";

interface Config {
  environments: Record<string, Mode>;
  forms: Record<GuardForm, string>;
}

type Mode = "deny" | "warn" | "off";

interface BindingSpec {
  paramRef?: object;
  policyName?: string;
  validationActions?: string[];
  matchResources?: {
    matchPolicy?: string;
    namespaceSelector?: { matchExpressions?: Requirement[]; matchLabels?: object };
    objectSelector?: object;
  };
}

interface Requirement {
  key: string;
  operator: string;
  values?: string[];
}

/** A policy of the guard, and where its binding has to apply at least. */
interface Needed {
  form: GuardForm;
  where: Where;
}

/** Namespaces: all, Argo CD's, or the services', which the stack does not know if the catalogue declares them. */
type Where = "everywhere" | "argocd" | "services";

const OF_SERVICES: readonly Needed[] = [
  { form: "delivered", where: "services" },
  { form: "limits", where: "services" },
  { form: "namespaces", where: "everywhere" },
];
const OF_ARGOCD: readonly Needed[] = [{ form: "argocd", where: "argocd" }, ...OF_SERVICES];

const EVERYONE = /"system:(authenticated|unauthenticated|anonymous|serviceaccounts)"/;

/**
 * Argo CD reverts only edits of fields that Git declares. The guard's admission policies reject other edits, which
 * would otherwise go unnoticed.
 */
export const namespacesAreGuarded: StackRule = {
  name: "namespaces-are-guarded",
  displayName: "Edits that bypass Git are rejected",
  description:
    "Admission policies check every change in Argo CD's namespace and services' namespaces, and reject it or warn, " +
    "as configured for the environment.",
  enforcementLevel: "mandatory",
  severity: "high",
  remediationSteps:
    "Set guard.mode, or guard in environments/<environment>.ts, or this rule's configuration if the requirement has " +
    "changed. To change the policies, change components/delivery/guard/ and packages/policy/guard-forms.ts together.",
  url: "docs/adr/0012-edits-past-git-are-refused.md",
  configSchema: {
    properties: {
      environments: {
        type: "object",
        additionalProperties: { type: "string", enum: ["deny", "warn", "off"] },
        default: byStage<Mode>({ development: "warn", staging: "deny", production: "deny" }),
        description: "By environment, the required mode for edits that bypass Git. Default for an environment: deny.",
      },
      forms: {
        type: "object",
        additionalProperties: { type: "string" },
        default: { ...GUARD_FORMS },
        description: "By policy of the guard, the SHA-256 of its reviewed form, regardless of exempt users and groups.",
      },
    },
  },
  validateStack: (stack, reportViolation) => {
    const { resources } = stack;
    const { environments, forms } = stack.getConfig<Config>();
    const policies = resources.filter(({ type }) => type === TYPES.admissionPolicy);
    const bindings = resources.filter(({ type }) => type === TYPES.admissionPolicyBinding);
    for (const namespace of resources.filter(({ type }) => type === TYPES.namespace)) {
      const { name = "", labels = {} } = metadata(namespace);
      const mode = environments[environmentOf(namespace)] ?? "deny";
      if ((labels[ENVIRONMENT_LABEL] === undefined && name !== ARGOCD_NAMESPACE) || mode === "off") continue;
      // Argo CD creates the catalogue's namespaces, which are no resources of the stack that installs it.
      for (const { form, where } of name === ARGOCD_NAMESPACE ? OF_ARGOCD : OF_SERVICES) {
        const bound = bindings
          .map(({ props }) => (props.spec ?? {}) as BindingSpec)
          .filter((binding) => isInForce(binding, mode) && selects(binding, where))
          .flatMap(({ policyName }) => policies.filter((policy) => metadata(policy).name === policyName))
          .map((policy) => ({ name: metadata(policy).name ?? "", form: formOf(specOf(policy)) }));
        if (bound.some((policy) => policy.form === forms[form])) continue;
        const others = bound.map((policy) => `${policy.name} with the form ${policy.form}`).join(", ") || "none";
        reportViolation(
          `guard of namespace ${name}: got ${others}; ` +
            `expected one with ${formatValue(mode)} for ${NAMES[where]} and the form ${form}, ${forms[form]}.`,
          namespace.urn,
        );
      }
    }
    for (const policy of policies) {
      const everyone = EVERYONE.exec(expressionsOf(specOf(policy)).join("\n"))?.[0];
      if (everyone !== undefined) {
        reportViolation(`expressions: got ${everyone}; expected no group that contains everyone.`, policy.urn);
      }
    }
  },
};

function specOf({ props }: Resource): AdmissionPolicySpec {
  return (props.spec ?? {}) as AdmissionPolicySpec;
}

/** Whether a binding is at least as strict as the mode: denying also satisfies `warn`. */
function isInForce({ validationActions = [] }: BindingSpec, mode: Mode): boolean {
  return validationActions.includes("Deny") || (mode === "warn" && validationActions.includes("Warn"));
}

/**
 * Whether a binding covers everything in these namespaces. It must select Argo CD's by the label with its name, which
 * the API server sets and protects, and the services' by the label that the policy on namespaces protects.
 */
function selects({ paramRef, matchResources = {} }: BindingSpec, where: Where): boolean {
  const { namespaceSelector = {}, matchPolicy = "Equivalent", objectSelector = {}, ...narrower } = matchResources;
  const { matchExpressions = [], ...labels } = namespaceSelector;
  return (
    matchPolicy === "Equivalent" &&
    paramRef === undefined &&
    [objectSelector, narrower, labels].every((none) => Object.keys(none).length === 0) &&
    matchExpressions.every(SELECTED[where])
  );
}

const SELECTED: Readonly<Record<Where, (requirement: Requirement) => boolean>> = {
  everywhere: () => false,
  argocd: ({ key, operator, values = [] }) =>
    key === "kubernetes.io/metadata.name" && operator === "In" && values.includes(ARGOCD_NAMESPACE),
  services: ({ key, operator }) => key === ENVIRONMENT_LABEL && operator === "Exists",
};

const NAMES: Readonly<Record<Where, string>> = {
  everywhere: "all namespaces",
  argocd: `namespace ${ARGOCD_NAMESPACE}`,
  services: `namespaces with the label ${ENVIRONMENT_LABEL}`,
};

function expressionsOf({ matchConditions = [], variables = [], validations = [] }: AdmissionPolicySpec): string[] {
  return [...matchConditions, ...variables, ...validations].map(({ expression }) => expression);
}
