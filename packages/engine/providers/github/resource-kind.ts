import type { Applied, Inputs, ResourceState } from "../../model/provider";
import type { GitHub } from "./rest";

/** The implementation of one resource type. */
export interface ResourceKind {
  /** The supported inputs. Other inputs are an error. */
  inputs: readonly string[];
  /** The inputs that must be set. */
  required: readonly string[];
  /** The values of unset inputs. */
  defaults?: Inputs;
  /** Inputs whose change replaces the object. */
  replaceOn: readonly string[];
  /** Outputs that are known only after an apply; a preview of a create returns them as unknown. */
  computed: readonly string[];
  create(github: GitHub, inputs: Inputs): Promise<Applied>;
  update(github: GitHub, old: ResourceState, inputs: Inputs): Promise<Applied>;
  /** `id` is never empty. Returns undefined if the object does not exist. */
  read(github: GitHub, id: string, inputs: Inputs): Promise<Applied | undefined>;
  /** The id of the object that an interrupted create with these inputs may have created. */
  find(github: GitHub, inputs: Inputs): Promise<string | undefined>;
  /** May throw a 404 if the object does not exist: the provider treats that as success. */
  delete(github: GitHub, state: ResourceState): Promise<void>;
}

/** The value of a string input; empty if it is unset. */
export function stringInput(inputs: Inputs, key: string): string {
  const value = inputs[key];
  return typeof value === "string" ? value : "";
}

/** An id of several parts, such as `gitops:a??b:KEY`: as in Pulumi's provider, `:` in a part is escaped as `??`. */
export function joinId(...parts: string[]): string {
  return parts.map((part) => part.replaceAll(":", "??")).join(":");
}

/** The parts of an id from {@link joinId}. */
export function idParts(id: string): string[] {
  return id.split(":").map((part) => part.replaceAll("??", ":"));
}

/** Splits an id such as `gitops:env/prod` at the first colon. The second part is empty if there is no colon. */
export function splitId(id: string): [first: string, second: string] {
  const at = id.indexOf(":");
  return at < 0 ? [id, ""] : [id.slice(0, at), id.slice(at + 1)];
}

/** Converts input names to those of the REST API: `allowAutoMerge` becomes `allow_auto_merge`. */
export function snakeCase(inputs: Inputs): Inputs {
  return Object.fromEntries(
    Object.entries(inputs).map(([key, value]) => [
      key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value,
    ]),
  );
}
