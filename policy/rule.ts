import type {
  Policy,
  PolicyResource,
  ReportViolation,
  ResourceValidationArgs,
  ResourceValidationPolicy,
  StackValidationArgs,
  StackValidationPolicy,
} from "@pulumi/policy";

/** What a rule tells the person who broke it; the SDK leaves each of these out where it may. */
type Told = Required<
  Pick<Policy, "description" | "displayName" | "enforcementLevel" | "severity" | "remediationSteps" | "url">
>;

/** A rule that judges one resource by its inputs, before it is made. */
export type ResourceRule = Omit<ResourceValidationPolicy, keyof Told | "validateResource" | "remediateResource"> &
  Told & { readonly validateResource: (args: ResourceValidationArgs, reportViolation: ReportViolation) => void };

/**
 * A rule that judges a stack's resources together, by their outputs. In a preview an output that only an apply can tell
 * ends the rule, so a rule reads only what the program itself sets.
 */
export type StackRule = Omit<StackValidationPolicy, keyof Told | "validateStack"> &
  Told & { readonly validateStack: (args: StackValidationArgs, reportViolation: ReportViolation) => void };

/** Any rule of the pack. */
export type Rule = ResourceRule | StackRule;

/**
 * Judges the resources of one type. The mark lets the SDK pass over all others without reading them: each of a pack's
 * rules reads each resource again, and a definition has more than a megabyte.
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

/** Judges the stacks that have a resource of a type; marked like {@link resourcesOfType}. */
export function stacksWith(type: string, validate: StackRule["validateStack"]): StackRule["validateStack"] {
  const withType: typeof validate = (args, reportViolation) => {
    if (args.resources.some((resource) => resource.type === type)) validate(args, reportViolation);
  };
  return Object.assign(withType, { __pulumiType: type });
}

/** What both kinds of rules see of a resource. */
export type Resource = Pick<PolicyResource, "type" | "name" | "urn" | "props">;

/** The environment that a resource belongs to: a stack is named after its environment. */
export function environmentOf({ urn }: Pick<Resource, "urn">): string {
  return /^urn:pulumi:([^:]*)::/.exec(urn)?.[1] ?? "";
}

/** A value as a message shows it. */
export function show(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}
