/** A resource as the state file holds it. Secrets are digests (see seal.ts). */
export interface ResourceRecord {
  /** Pulumi's name of the resource. */
  urn: string;
  /** Type token. */
  type: string;
  /**
   * Whether a provider manages it; false for components and the stack. Provider resources count as managed, by the
   * engine.
   */
  custom: boolean;
  /** The provider's id; empty for components, and while an object is being made. */
  id: string;
  /**
   * `live`: the program's resource. `creating`: a create has begun and may have happened. `condemned`: replaced by
   * another object of the same URN, to be deleted.
   */
  status: "live" | "creating" | "condemned";
  /**
   * A change of the object has begun and may have been cut: the next `up` applies the inputs whatever the diff says.
   */
  unfinished?: true;
  /** Inputs that were last applied. */
  inputs: Record<string, unknown>;
  /** Outputs of the last apply. */
  outputs: Record<string, unknown>;
  /** URN of the parent; unset for the stack. */
  parent?: string;
  /** URN of the provider; unset for components and providers. */
  provider?: string;
  /** URNs of what it needs, so that it is deleted before them. */
  dependencies: string[];
  /** The option `protect` at the last `up`. */
  protect?: true;
  /** The option `retainOnDelete` at the last `up`. */
  retainOnDelete?: true;
  /** The option `deletedWith` at the last `up`: a URN. */
  deletedWith?: string;
}

/** What makes a record unique: several may have one URN while a resource is replaced. */
export function recordKey({ urn, status, id }: ResourceRecord): string {
  return status === "condemned" ? `${urn}|condemned|${id}` : status === "creating" ? `${urn}|creating` : urn;
}
