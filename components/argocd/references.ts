import type { IConfigMapKeySelector } from "kubernetes-models/v1/ConfigMapKeySelector";
import type { IConfigMapVolumeSource } from "kubernetes-models/v1/ConfigMapVolumeSource";

/** A key of a ConfigMap that a workload reads into an environment variable. */
export interface SettingReference {
  readonly configMap: string;
  readonly key: string;
}

/** The ConfigMap keys that a workload reads into environment variables. */
export function environmentReferences(workload: unknown): SettingReference[] {
  return fieldsNamed<IConfigMapKeySelector>(workload, "configMapKeyRef").map(({ name, key }) => ({
    configMap: name ?? "",
    key,
  }));
}

/** Every key of a ConfigMap that the workloads read, as an environment variable or as a file. */
export function referencedKeys(workloads: readonly unknown[], configMap: string): Set<string> {
  const variables = workloads.flatMap(environmentReferences).filter((reference) => reference.configMap === configMap);
  const files = workloads
    .flatMap((workload) => fieldsNamed<IConfigMapVolumeSource>(workload, "configMap"))
    .filter(({ name }) => name === configMap)
    .flatMap(({ items = [] }) => items);
  return new Set([...variables, ...files].map(({ key }) => key));
}

/** The values of every field with that name, at any depth. */
function fieldsNamed<T>(value: unknown, name: string): T[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([field, child]) =>
    field === name ? [child as T] : fieldsNamed<T>(child, name),
  );
}
