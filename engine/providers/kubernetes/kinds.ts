import type { KubernetesObject } from "../../../clients/kubernetes";
import type { Inputs } from "../../provider";

/** Type tokens that stand for several objects. */
const COMPOSITES = /^kubernetes:(helm\.sh|yaml|kustomize)\//;

/**
 * Converts a resource's inputs to a Kubernetes object.
 * @param type Type token, for example `kubernetes:apps/v1:Deployment`, `kubernetes:core/v1:ConfigMap` or
 *   `kubernetes:v1:ConfigMap`.
 * @throws if the type is not supported or the inputs have no `metadata.name`.
 */
export function toObject(type: string, inputs: Inputs): KubernetesObject {
  const { apiVersion, kind } = parseType(type);
  const metadata = (inputs.metadata ?? {}) as Partial<KubernetesObject["metadata"]>;
  if (typeof metadata.name !== "string" || metadata.name === "") {
    throw new Error(
      `${type}: metadata.name: got ${metadata.generateName === undefined ? "none" : "generateName"}; ` +
        "expected a name. The local engine does not generate names: set one in the program.",
    );
  }
  return {
    ...inputs,
    apiVersion: typeof inputs.apiVersion === "string" ? inputs.apiVersion : apiVersion,
    kind: typeof inputs.kind === "string" ? inputs.kind : kind,
    metadata: { ...metadata, name: metadata.name },
  };
}

/** Splits a type token into API version and kind. Throws if the type is not supported. */
export function parseType(type: string): { apiVersion: string; kind: string } {
  const [, group = "", kind = ""] = type.split(":");
  const refuse = (why: string): Error =>
    new Error(`${type}: the local engine does not support ${why}. Register each object as a separate resource.`);
  if (COMPOSITES.test(type)) throw refuse("charts, YAML files and kustomizations");
  if (kind.endsWith("Patch")) throw refuse("patch resources");
  if (kind.endsWith("List")) throw refuse("lists of objects");
  // Pulumi's provider waits for them.
  if (/^(apps\/v1:DaemonSet|batch\/v1:Job)$/.test(`${group}:${kind}`)) throw refuse("DaemonSets and Jobs");
  if (group === "" || kind === "") throw refuse("this type");
  return { apiVersion: group.replace(/^core\//, ""), kind };
}
