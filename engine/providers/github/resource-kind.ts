import type { Applied, Inputs, ResourceState } from "../../provider";
import type { GitHub } from "./rest";

/** What the provider does for one type of resource. */
export interface ResourceKind {
  /** The inputs that are supported; others are refused by name. */
  inputs: readonly string[];
  /** The inputs that must be given. */
  required: readonly string[];
  /** What unset inputs mean. */
  defaults?: Inputs;
  /** Inputs whose change only a new object can have. */
  replaceOn: readonly string[];
  /** Outputs that only an apply can tell, for previews of a create. */
  computed: readonly string[];
  create(github: GitHub, inputs: Inputs): Promise<Applied>;
  update(github: GitHub, old: ResourceState, inputs: Inputs): Promise<Applied>;
  /** `id` is never empty; undefined where the object is not there. */
  read(github: GitHub, id: string, inputs: Inputs): Promise<Applied | undefined>;
  /** The id of the object that an interrupted create of these inputs may have made. */
  find(github: GitHub, inputs: Inputs): Promise<string | undefined>;
  /** Need not mind an object that is gone: the provider takes a 404 for done. */
  delete(github: GitHub, state: ResourceState): Promise<void>;
}

/** A string among the inputs; empty where it is unset. */
export function text(inputs: Inputs, key: string): string {
  const value = inputs[key];
  return typeof value === "string" ? value : "";
}

/** Splits an id such as `gitops:env/prod`; missing parts are empty. */
export function splitId(id: string): [first: string, second: string] {
  const at = id.indexOf(":");
  return at < 0 ? [id, ""] : [id.slice(0, at), id.slice(at + 1)];
}

/** The inputs that were given, by their names in the REST API: `allowAutoMerge` becomes `allow_auto_merge`. */
export function snakeCase(inputs: Inputs): Inputs {
  return Object.fromEntries(
    Object.entries(inputs).map(([key, value]) => [
      key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value,
    ]),
  );
}
