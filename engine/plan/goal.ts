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
