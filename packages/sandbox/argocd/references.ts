import type { KubernetesObject } from "@gitops-platform/clients/kubernetes";

/** Object name → key → value. The values of Secrets are decoded. */
export type KeyedData = Record<string, Record<string, Buffer>>;

/** The ConfigMaps and Secrets that pod templates can refer to, as they are in the cluster. */
export interface References {
  configMaps: KeyedData;
  secrets: KeyedData;
}

/**
 * A template requires a ConfigMap, Secret or key that does not exist (yet). A real pod would wait in
 * CreateContainerConfigError or ContainerCreating; here its process waits.
 */
export class MissingReference extends Error {}

interface Data {
  data?: Record<string, string>;
  binaryData?: Record<string, string>;
}

/** Reads the data of ConfigMaps and Secrets. */
export function referencesOf(objects: { configMaps: KubernetesObject[]; secrets: KubernetesObject[] }): References {
  return {
    configMaps: keyed(objects.configMaps, ({ data, binaryData }) => ({
      ...decoded(data, "utf8"),
      ...decoded(binaryData, "base64"),
    })),
    secrets: keyed(objects.secrets, ({ data }) => decoded(data, "base64")),
  };
}

/**
 * One value, or undefined if it is optional and missing. Throws {@link MissingReference} if it is required and missing.
 */
export function lookUp(
  references: References,
  kind: "ConfigMap" | "Secret",
  ref: { name?: string; key: string; optional?: boolean },
): string | undefined {
  const name = ref.name ?? "";
  const value = dataOf(references, kind, { name, optional: ref.optional })?.[ref.key];
  if (value === undefined && !ref.optional) {
    throw new MissingReference(`${kind} ${name}: no key ${ref.key} yet; it is required`);
  }
  return value?.toString("utf8");
}

/** All values of one object; undefined and {@link MissingReference} as for {@link lookUp}. */
export function dataOf(
  references: References,
  kind: "ConfigMap" | "Secret",
  ref: { name?: string; optional?: boolean },
): Record<string, Buffer> | undefined {
  const name = ref.name ?? "";
  const found = (kind === "ConfigMap" ? references.configMaps : references.secrets)[name];
  if (found === undefined && !ref.optional) {
    throw new MissingReference(`${kind} ${name}: does not exist yet; it is required`);
  }
  return found;
}

function keyed(objects: KubernetesObject[], read: (object: Data) => Record<string, Buffer>): KeyedData {
  return Object.fromEntries(objects.map((object) => [object.metadata.name, read(object as Data)]));
}

function decoded(data: Record<string, string> | undefined, encoding: "utf8" | "base64"): Record<string, Buffer> {
  return Object.fromEntries(Object.entries(data ?? {}).map(([key, value]) => [key, Buffer.from(value, encoding)]));
}
