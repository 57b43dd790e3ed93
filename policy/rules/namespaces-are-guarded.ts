import { type AdmissionPolicySpec, formOf, GUARD_FORMS, type GuardForm } from "../guard-forms";
import { ARGOCD_NAMESPACE, ENVIRONMENT_LABEL, metadata, TYPES } from "../kubernetes";
import { environmentOf, show, type Resource, type StackRule } from "../rule";

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
    namespaceSelector?: { matchExpressions?: { key: string; operator: string; values?: string[] }[] };
    objectSelector?: object;
  };
}

const EVERYBODY = /"system:(authenticated|unauthenticated|anonymous|serviceaccounts)"/;

/**
 * Argo CD reverts only what Git declares, so whatever else can be edited is refused by the API server, or nobody hears
 * of it.
 */
export const namespacesAreGuarded: StackRule = {
  name: "namespaces-are-guarded",
  displayName: "Edits past Git are refused",
  description:
    "Admission policies judge every change in the services' namespaces and Argo CD's, and refuse it or warn as was decided for the environment.",
  enforcementLevel: "mandatory",
  severity: "high",
  remediationSteps:
    "Set guard.mode, or guard in environments/<environment>.ts, or this rule's configuration where the decision " +
    "changed. For a change of the policies, change components/delivery/guard/ and policy/guard-forms.ts together.",
  url: "docs/adr/0012-edits-past-git-are-refused.md",
  configSchema: {
    properties: {
      environments: {
        type: "object",
        additionalProperties: { type: "string", enum: ["deny", "warn", "off"] },
        default: { dev: "warn", staging: "deny", prod: "deny" },
        description: "By environment, what happens to an edit past Git. An environment that is not named refuses it.",
      },
      forms: {
        type: "object",
        additionalProperties: { type: "string" },
        default: { ...GUARD_FORMS },
        description: "By the guard's policy, the SHA-256 of what it decides, no matter who the settings let past.",
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
      const bound = bindings
        .map(({ props }) => (props.spec ?? {}) as BindingSpec)
        .filter((binding) => isInForce(binding, mode) && selects(binding, name))
        .flatMap(({ policyName }) => policies.filter((policy) => metadata(policy).name === policyName))
        .map((policy) => ({ name: metadata(policy).name ?? "", form: formOf(specOf(policy)) }));
      const needed: GuardForm[] = [name === ARGOCD_NAMESPACE ? "argocd" : "delivered", "limits"];
      for (const form of needed.filter((each) => !bound.some((policy) => policy.form === forms[each]))) {
        const others = bound.map((policy) => `${policy.name} of the form ${policy.form}`).join(", ") || "none";
        reportViolation(
          `guard of namespace ${name}: got ${others}; ` +
            `expected one with ${show(mode)} of the form ${form}, ${forms[form]}.`,
          namespace.urn,
        );
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

function specOf({ props }: Resource): AdmissionPolicySpec {
  return (props.spec ?? {}) as AdmissionPolicySpec;
}

/** A binding that refuses also where a warning was enough. */
function isInForce({ validationActions = [] }: BindingSpec, mode: Mode): boolean {
  return validationActions.includes("Deny") || (mode === "warn" && validationActions.includes("Warn"));
}

/** Whether a binding is for a namespace by the name that the API server itself gives it, and for all that is in it. */
function selects({ paramRef, matchResources = {} }: BindingSpec, name: string): boolean {
  const { namespaceSelector, matchPolicy = "Equivalent", objectSelector = {}, ...narrower } = matchResources;
  return (
    matchPolicy === "Equivalent" &&
    paramRef === undefined &&
    [objectSelector, narrower].every((none) => Object.keys(none).length === 0) &&
    (namespaceSelector?.matchExpressions ?? []).every(
      ({ key, operator, values = [] }) =>
        key === "kubernetes.io/metadata.name" && operator === "In" && values.includes(name),
    )
  );
}

function expressionsOf({ matchConditions = [], variables = [], validations = [] }: AdmissionPolicySpec): string[] {
  return [...matchConditions, ...variables, ...validations].map(({ expression }) => expression);
}
