/** A resource in the state file. Secrets are stored as digests (see seal.ts). */
export interface ResourceRecord {
  urn: string;
  /** Type token. */
  type: string;
  /** Whether a provider manages it. False for components and the stack, true for provider resources. */
  custom: boolean;
  /** The provider's id of the object; empty for components, and during a create. */
  id: string;
  /**
   * `live`: the object is current. `creating`: a create was started, and may have succeeded. `condemned`: the object
   * was replaced by another object with the same URN, and is to be deleted.
   */
  status: "live" | "creating" | "condemned";
  /** A change was started and may be incomplete: the next `up` applies the inputs even if the diff is empty. */
  unfinished?: true;
  /** Inputs of the last apply. */
  inputs: Record<string, unknown>;
  /** Outputs of the last apply. */
  outputs: Record<string, unknown>;
  /** URN of the parent; unset for the stack. */
  parent?: string;
  /** URN of the provider; unset for components and providers. */
  provider?: string;
  /** URNs of the resources that it depends on. It is deleted before them. */
  dependencies: string[];
  /** The option `protect` at the last `up`. */
  protect?: true;
  /** The option `retainOnDelete` at the last `up`. */
  retainOnDelete?: true;
}

/** The unique key of a record. During a replacement, several records have the same URN. */
export function recordKey({ urn, status, id }: ResourceRecord): string {
  return status === "condemned" ? `${urn}|condemned|${id}` : status === "creating" ? `${urn}|creating` : urn;
}
