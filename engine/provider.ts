/**
 * Stands for a value that only an apply can tell. It appears in the inputs of a preview wherever Pulumi's CLI would say
 * `output<string>`, at any depth, and a provider may return it for outputs that it cannot know yet. `up` never sees
 * one.
 */
export const UNKNOWN: unique symbol = Symbol("unknown");

/** Plain JSON values by property name. Secrets are unwrapped; unknowns (previews only) are {@link UNKNOWN}. */
export type Inputs = Record<string, unknown>;

/**
 * What the state remembers of a resource. The state keeps no secret in plain. In the inputs, a secret that did not
 * change since the last apply stands there as its plain value, so that comparing old and new inputs is a plain
 * comparison; any other secret, and every secret when a resource is deleted, is the text `[secret]`. Secret outputs are
 * always that text.
 */
export interface ResourceState {
  /** Pulumi type token, for example `kubernetes:apps/v1:Deployment`. */
  type: string;
  /** The provider's own id of the object, as its `create` or `read` returned it. */
  id: string;
  /** The inputs that were last applied. */
  inputs: Inputs;
  /** The outputs of the last apply. */
  outputs: Inputs;
}

/** What must happen to an object so that it has the new inputs. */
export interface Diff {
  /** `none`: nothing to do; `update`: in place; `replace`: only a new object can have these inputs. */
  change: "none" | "update" | "replace";
  /** Changed property paths as Pulumi writes them, for example `spec.replicas` or `data["a.b"]`; shown to the user. */
  paths: string[];
  /** Whether a replacement must delete the old object first, because both cannot exist at once. Default: false. */
  deleteBeforeReplace?: boolean;
}

/** What a provider answers once an object is as the inputs say. */
export interface Applied {
  /** The provider's own id of the object. In a preview of a create it may be empty, where only an apply can tell. */
  id: string;
  /**
   * Everything that the program may read from the resource. Outputs that repeat a secret input by path are secret
   * anyway.
   */
  outputs: Inputs;
  /** Top-level outputs that are secret besides those, for example `data` of a Kubernetes Secret. Default: none. */
  secretOutputs?: string[];
}

/** How an operation is meant. */
export interface ApplyOptions {
  /** True: check it as far as possible (for Kubernetes a server-side dry run) and change nothing. */
  preview: boolean;
  /** Aborted when the run is to stop: what was asked for stays asked for, but nothing is waited for any more. */
  signal?: AbortSignal | undefined;
}

/** How a deletion is meant. */
export interface DeleteOptions {
  /** As that of {@link ApplyOptions}: when it is aborted, the end of what was asked for is not waited for. */
  signal?: AbortSignal | undefined;
}

/**
 * A package's resources, configured for one endpoint and one set of credentials. The engine calls the methods of one
 * provider at the same time for different resources, never for one. An error that a method throws fails that resource;
 * its message is shown to the user as it is, and must hold no secret.
 */
export interface Provider {
  /**
   * Compares what was last applied with what the program asks for now, `ignoreChanges` already done. An unknown is a
   * change.
   */
  diff(type: string, old: ResourceState, inputs: Inputs): Promise<Diff>;
  /**
   * Makes the object. Throws {@link AlreadyExistsError} where one of that name exists and is not this provider's own
   * work. After any other error the engine takes it that the object may have been made, and asks `read` the next time.
   */
  create(type: string, inputs: Inputs, options: ApplyOptions): Promise<Applied>;
  /** Changes the object `old.id` in place. Must do no harm when some or all of the change has been made already. */
  update(type: string, old: ResourceState, inputs: Inputs, options: ApplyOptions): Promise<Applied>;
  /**
   * The object as it is now, or undefined where there is none. `id` is what the state or the `import` option says. It
   * is empty when an earlier run was killed in the middle of a create: then the inputs say which object is meant, and
   * only one that this provider itself may have made is to be returned. The engine then updates it, so that a half-made
   * object is finished.
   */
  read(type: string, id: string, inputs: Inputs): Promise<Applied | undefined>;
  /**
   * Where the object, as it is now, differs from what these inputs would make of it: property paths, as in
   * {@link Diff}. Undefined where there is none. Changes nothing.
   */
  differences(type: string, id: string, inputs: Inputs): Promise<string[] | undefined>;
  /** Deletes the object and waits until it is gone. One that is gone already is no error. */
  delete(type: string, state: ResourceState, options?: DeleteOptions): Promise<void>;
}

/** An object of that name exists, and is somebody else's. Nothing was changed. */
export class AlreadyExistsError extends Error {
  override name = "AlreadyExistsError";
}

/**
 * Makes the provider of a `pulumi:providers:<package>` resource from its inputs as the SDK sends them: strings as they
 * are, and everything else as JSON text, for example `"true"` or `"[1,2]"` (a string that looks like JSON cannot be
 * told from it, so only the provider can know what to parse). In a preview, inputs may hold {@link UNKNOWN}. Throws
 * where the inputs name anything but a loopback address.
 */
export type ProviderFactory = (inputs: Inputs) => Promise<Provider>;
