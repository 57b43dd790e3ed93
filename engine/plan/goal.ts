import type { Alias } from "./urn";

/**
 * A resource as the program wants it: what a registration says, read and checked. Whatever judges resources starts from
 * this.
 */
export interface Goal {
  /** Type token. */
  type: string;
  /** The name within its type and parent. */
  name: string;
  /** Whether a provider manages it; false for components and the stack. */
  custom: boolean;
  /** URN of the parent; unset for the stack. */
  parent?: string;
  /** URN of the explicit provider; unset where the program names none. */
  provider?: string;
  /** Values with `Secret` marks; unknowns in previews. */
  inputs: Record<string, unknown>;
  /** URNs of everything that it needs, by option or by an input. */
  dependencies: string[];
  /** Former names. */
  aliases: Alias[];
  /** Unset: as the parent. */
  protect?: boolean;
  /** Unset: as the parent. */
  retainOnDelete?: boolean;
  /** URN; unset: as the parent. */
  deletedWith?: string;
  /** Unset: as the provider says. Unlike under the Pulumi CLI, what needs the resource is not replaced with it. */
  deleteBeforeReplace?: boolean;
  /** Property paths whose old input is kept. */
  ignoreChanges: string[];
  /** Property paths whose change replaces the resource. */
  replaceOnChanges: string[];
  /** Top-level outputs to keep secret. */
  additionalSecretOutputs: string[];
  /** Id of the existing object to take over; unset where there is none. */
  importId?: string;
}

/** What the program gets back. */
export interface Registered {
  urn: string;
  /** Empty where it is not known yet, and for components. */
  id: string;
  /** Values with `Secret` marks; unknowns in previews. */
  outputs: Record<string, unknown>;
}
