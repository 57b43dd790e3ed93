import type { IEnvVarSource } from "kubernetes-models/v1";
import { dataOf, lookUp, type References } from "./references";
import type { Container } from "./workload";

/** A pod's fields that the downward API offers, by `fieldPath`. */
export type PodFields = Record<string, string>;

/**
 * A container's environment as the kubelet builds it: `envFrom` first, then `env`, where later entries override earlier
 * ones and `$(NAME)` in a value refers to an earlier variable. References that are optional and missing are omitted.
 * @throws MissingReference for a required reference that is missing; Error for a source that only a real kubelet has
 */
export function containerEnv(container: Container, references: References, pod: PodFields): Record<string, string> {
  const env: Record<string, string> = {};
  for (const source of container.envFrom ?? []) {
    const data =
      (source.configMapRef && dataOf(references, "ConfigMap", source.configMapRef)) ??
      (source.secretRef && dataOf(references, "Secret", source.secretRef));
    for (const [key, value] of Object.entries(data ?? {})) env[`${source.prefix ?? ""}${key}`] = value.toString("utf8");
  }
  for (const { name, value, valueFrom } of container.env ?? []) {
    const resolved = valueFrom ? fromSource(name, valueFrom, references, pod) : expand(value ?? "", env);
    if (resolved !== undefined) env[name] = resolved;
  }
  return env;
}

/** Replaces `$(NAME)` with the variable's value and `$$` with a dollar sign. An unknown name stays as written. */
export function expand(text: string, env: Record<string, string>): string {
  return text.replace(/\$\$|\$\(([^)]*)\)/g, (written, name?: string) =>
    name === undefined ? "$" : (env[name] ?? written),
  );
}

function fromSource(name: string, source: IEnvVarSource, references: References, pod: PodFields): string | undefined {
  if (source.configMapKeyRef) return lookUp(references, "ConfigMap", source.configMapKeyRef);
  if (source.secretKeyRef) return lookUp(references, "Secret", source.secretKeyRef);
  const field = source.fieldRef?.fieldPath;
  if (field !== undefined && field in pod) return pod[field];
  throw new Error(
    `env ${name}: got valueFrom ${JSON.stringify(source)}; expected configMapKeyRef, secretKeyRef or fieldRef of ` +
      `${Object.keys(pod).join(", ")}. The sandbox has no kubelet: set \`value\` instead.`,
  );
}
