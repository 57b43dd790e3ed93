import type {
  Policy,
  PolicyResource,
  ReportViolation,
  ResourceValidationArgs,
  ResourceValidationPolicy,
  StackValidationArgs,
  StackValidationPolicy,
} from "@pulumi/policy";

/** The fields that explain a rule to its users. They are optional in the SDK, but required in this pack. */
type Explanation = Required<
  Pick<Policy, "description" | "displayName" | "enforcementLevel" | "severity" | "remediationSteps" | "url">
>;

/** A rule that checks the inputs of one resource, before the resource is created or updated. */
export type ResourceRule = Omit<
  ResourceValidationPolicy,
  keyof Explanation | "validateResource" | "remediateResource"
> &
  Explanation & { readonly validateResource: (args: ResourceValidationArgs, reportViolation: ReportViolation) => void };

/**
 * A rule that checks the outputs of all resources in a stack together. In a preview, an output that is known only after
 * an apply ends the rule, so a rule must read only properties that the program itself sets.
 */
export type StackRule = Omit<StackValidationPolicy, keyof Explanation | "validateStack"> &
  Explanation & { readonly validateStack: (args: StackValidationArgs, reportViolation: ReportViolation) => void };

export type Rule = ResourceRule | StackRule;

/**
 * Limits a rule to resources of one type. The property `__pulumiType` lets the SDK skip other resources without
 * deserialising them: otherwise it would do so per rule, and a CustomResourceDefinition is larger than a megabyte.
 */
export function resourcesOfType(
  type: string,
  validate: ResourceRule["validateResource"],
): ResourceRule["validateResource"] {
  const ofType: typeof validate = (args, reportViolation) => {
    if (args.type === type) validate(args, reportViolation);
  };
  return Object.assign(ofType, { __pulumiType: type });
}

/** Limits a rule to stacks with a resource of the type. Sets `__pulumiType` like {@link resourcesOfType}. */
export function stacksWith(type: string, validate: StackRule["validateStack"]): StackRule["validateStack"] {
  const withType: typeof validate = (args, reportViolation) => {
    if (args.resources.some((resource) => resource.type === type)) validate(args, reportViolation);
  };
  return Object.assign(withType, { __pulumiType: type });
}

/** The fields of a resource that both kinds of rules receive. */
export type Resource = Pick<PolicyResource, "type" | "name" | "urn" | "props">;

/** The environment of a resource. It is the stack's name. */
export function environmentOf({ urn }: Pick<Resource, "urn">): string {
  return /^urn:pulumi:([^:]*)::/.exec(urn)?.[1] ?? "";
}
