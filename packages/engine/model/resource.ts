/**
 * The desired state of a resource: a registration after parsing and validation. Policies and the deployment work with
 * this form.
 */
export interface Goal {
  /** Type token. */
  type: string;
  /** Unique within its type and parent. */
  name: string;
  /** Whether a provider manages it; false for components and the stack. */
  custom: boolean;
  /** URN of the parent; unset for the stack. */
  parent?: string;
  /** URN of the explicit provider; unset if the program passes none. */
  provider?: string;
  /** Secrets are marked with `Secret`; previews may contain unknown values. */
  inputs: Record<string, unknown>;
  /** URNs of all resources that this one depends on, by the option `dependsOn` or through an input. */
  dependencies: string[];
  /** Unset: inherited from the parent. */
  protect?: boolean;
  /** Unset: inherited from the parent. */
  retainOnDelete?: boolean;
  /** Names of the inputs whose recorded value is kept. */
  ignoreChanges: string[];
  /** Top-level outputs to keep secret. */
  additionalSecretOutputs: string[];
  /** Id of the existing object to import; unset if the resource is not imported. */
  importId?: string;
}

/** The result of a registration, which is returned to the program. */
export interface Registered {
  urn: string;
  /** Empty for components, and if not known yet. */
  id: string;
  /** Secrets are marked with `Secret`; previews may contain unknown values. */
  outputs: Record<string, unknown>;
}

/** The stack that URNs belong to. */
export interface StackId {
  /** Stack name, for example `dev`. */
  stack: string;
  /** Project name, from Pulumi.yaml. */
  project: string;
}

/** The parts of a URN that belong to the resource itself. */
export interface Identity {
  type: string;
  name: string;
  /** URN of the parent; unset for the stack itself. */
  parent?: string | undefined;
}

/** The type token of the stack itself. */
export const STACK_TYPE = "pulumi:pulumi:Stack";

/**
 * Returns the URN in Pulumi's format: `urn:pulumi:<stack>::<project>::<parent types$type>::<name>`. The stack's type is
 * not part of the chain of types (pulumi/pulumi sdk/go/common/resource/urn, `urn.New`).
 */
export function makeUrn(stack: StackId, { type, name, parent }: Identity): string {
  const parentType = parent === undefined ? "" : qualifiedType(parent);
  const chain = parentType === "" || parentType === STACK_TYPE ? type : `${parentType}$${type}`;
  return `urn:pulumi:${stack.stack}::${stack.project}::${chain}::${name}`;
}

/** The resource's name: the part of a URN after the type. Names may contain `::`. */
export function urnName(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

/** The resource's own type, without the types of its parents. */
export function urnType(urn: string): string {
  return qualifiedType(urn).split("$").at(-1) ?? "";
}

/** `name (type)`: how messages refer to a resource. */
export function label(urn: string): string {
  return `${urnName(urn)} (${urnType(urn)})`;
}

function qualifiedType(urn: string): string {
  return urn.split("::")[2] ?? "";
}
