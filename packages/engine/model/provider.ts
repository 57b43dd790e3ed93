/**
 * Placeholder for a value that is known only after an apply. It appears in the inputs of a preview, at any depth,
 * wherever Pulumi's CLI would print `output<string>`. A provider may return it for outputs that it does not know yet.
 * `up` never sees it.
 */
export const UNKNOWN: unique symbol = Symbol("unknown");

/** Plain JSON values by property name. Secrets are unwrapped; unknown values (previews only) are {@link UNKNOWN}. */
export type Inputs = Record<string, unknown>;

/**
 * A resource as recorded in the state, which stores no secret in plain text. In the inputs, a secret that has not
 * changed since the last apply appears as its plain value, so that old and new inputs can be compared directly. Any
 * other secret, and every secret when a resource is deleted, is the string `[secret]`. Secret outputs are always that
 * string.
 */
export interface ResourceState {
  /** Pulumi type token, for example `kubernetes:apps/v1:Deployment`. */
  type: string;
  /** The provider's id of the object, as returned by its `create` or `read`. */
  id: string;
  /** Inputs of the last apply. */
  inputs: Inputs;
  /** Outputs of the last apply. */
  outputs: Inputs;
}

/** The change that gives an existing object the new inputs. */
export interface Diff {
  /** `none`: nothing to do; `update`: in place; `replace`: only a new object can have these inputs. */
  change: "none" | "update" | "replace";
  /** Changed property paths in Pulumi's notation, for example `spec.replicas` or `data["a.b"]`; shown to the user. */
  paths: string[];
  /** Whether a replacement must delete the old object first because both cannot exist at once. Default: false. */
  deleteBeforeReplace?: boolean;
}

/** A provider's result after it has applied the inputs to an object. */
export interface Applied {
  /** The provider's id of the object. May be empty in a preview of a create, if only an apply can determine it. */
  id: string;
  /**
   * Everything that the program may read from the resource. The engine itself marks an output as secret if the input at
   * the same path is secret.
   */
  outputs: Inputs;
  /** Further top-level outputs that are secret, for example `data` of a Kubernetes Secret. Default: none. */
  secretOutputs?: string[];
}

/** Options of a create or an update. */
export interface ApplyOptions {
  /** True: validate as far as possible (for Kubernetes by a server-side dry run) without changing anything. */
  preview: boolean;
  /** Aborted when the run stops: requests that were sent are not undone, but the provider stops waiting. */
  signal?: AbortSignal | undefined;
}

/** Options of a deletion. */
export interface DeleteOptions {
  /** As in {@link ApplyOptions}: when aborted, the provider stops waiting for the deletion to complete. */
  signal?: AbortSignal | undefined;
}

/**
 * Manages the resources of one package, with one endpoint and one set of credentials. The engine may call a provider's
 * methods concurrently for different resources, but never for the same one. An error thrown by a method fails that
 * resource. Its message is shown to the user unchanged, so it must not contain a secret.
 */
export interface Provider {
  /**
   * Compares the inputs of the last apply with the program's current inputs, to which `ignoreChanges` has been applied.
   * An unknown value counts as a change.
   */
  diff(type: string, old: ResourceState, inputs: Inputs): Promise<Diff>;
  /**
   * Creates the object. Throws {@link AlreadyExistsError} if an object of that name exists that this provider did not
   * create. After any other error the engine assumes that the object may have been created, and calls `read` in the
   * next run.
   */
  create(type: string, inputs: Inputs, options: ApplyOptions): Promise<Applied>;
  /** Changes the object `old.id` in place. Must be idempotent: part or all of the change may already be applied. */
  update(type: string, old: ResourceState, inputs: Inputs, options: ApplyOptions): Promise<Applied>;
  /**
   * Reads the object's current state; undefined if it does not exist. `id` comes from the state or from the `import`
   * option. It is empty if an earlier run was killed during a create. In that case, find the object by its inputs, and
   * return it only if this provider may have created it; the engine then updates it to complete the create.
   */
  read(type: string, id: string, inputs: Inputs): Promise<Applied | undefined>;
  /**
   * Where an object differs from what an apply of these inputs would make of it: property paths, as in {@link Diff}.
   * Changes nothing.
   * @param live The object, as `read` returned it.
   */
  differences(type: string, live: Applied, inputs: Inputs): Promise<string[]>;
  /** Deletes the object and waits until it is gone. Succeeds if it does not exist. */
  delete(type: string, state: ResourceState, options?: DeleteOptions): Promise<void>;
}

/** An object of that name exists and this provider did not create it. Nothing was changed. */
export class AlreadyExistsError extends Error {
  override name = "AlreadyExistsError";
}

/**
 * Creates the provider of a `pulumi:providers:<package>` resource from its inputs. The SDK sends strings unchanged and
 * everything else as JSON, for example `"true"` or `"[1,2]"`. A string may look like JSON, so only the provider knows
 * which inputs to parse. In a preview, inputs may contain {@link UNKNOWN}. Throws if the inputs name an address that is
 * not a loopback address.
 */
export type ProviderFactory = (inputs: Inputs) => Promise<Provider>;
