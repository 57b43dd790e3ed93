import { findEnvironment } from "@gitops-platform/environments/environments";
import { requiredSettings } from "@gitops-platform/environments/settings/requirements";
import { secretKeys, settingTable } from "@gitops-platform/environments/settings/table";
import { placeholderFor } from "./placeholder";

type Values = Record<string, unknown>;

/** A stack's configuration with placeholders for its secrets and its cluster. */
export interface ReviewConfig {
  config: Values;
  /** The keys whose values are placeholders. */
  placeholders: string[];
}

const NAMESPACE = "gitops-platform:";

/**
 * Fills a committed configuration with placeholders, so that it can be evaluated without a cluster and secrets.
 * Placeholders replace encrypted values, and required secrets that are not committed, such as those set in CI.
 * @param committed `config` of Pulumi.<stack>.yaml.
 * @param kubeconfig Path of a kubeconfig with the stack's context.
 */
export function reviewConfig(stack: string, committed: Values, kubeconfig: string): ReviewConfig {
  const placeholders: string[] = [];
  const placeholder = (key: string): string => {
    placeholders.push(key);
    // Both settings are the secret of the same webhook, and must be equal.
    return placeholderFor(key === `webhookSecrets.${stack}` ? "webhookSecret" : key);
  };
  const config = Object.fromEntries(
    Object.entries(committed)
      // The path below replaces it.
      .filter(([key]) => key !== `${NAMESPACE}kubeconfigContent`)
      .map(([key, value]) => [key, withoutSecure(value, key.replace(NAMESPACE, ""), placeholder)]),
  );
  for (const path of requiredSecrets(stack, config)) {
    const [key = "", ...rest] = path.split(".");
    const full = `${NAMESPACE}${key}`;
    if (rest.length === 0) config[full] ??= placeholder(path);
    else {
      const map = { ...(config[full] as Values | undefined) };
      map[rest.join(".")] ??= placeholder(path);
      config[full] = map;
    }
  }
  return { config: { ...config, [`${NAMESPACE}kubeconfig`]: kubeconfig }, placeholders };
}

/**
 * The paths of secrets that a committed configuration contains in plain text, because they were set without `--secret`.
 * The Pulumi CLI does not reject these.
 * @param committed `config` of Pulumi.<stack>.yaml.
 */
export function plainTextSecrets(committed: Values): string[] {
  const paths: string[] = [];
  for (const key of secretKeys) {
    // Encrypted values become empty strings; values in plain text remain.
    const rest = withoutSecure(committed[NAMESPACE + key], key, () => "");
    if (typeof rest === "object" && rest !== null) {
      paths.push(...Object.entries(rest).flatMap(([name, value]) => (value === "" ? [] : [`${key}.${name}`])));
    } else if (rest !== undefined && rest !== null && rest !== "") paths.push(key);
  }
  return paths;
}

/** The paths of the secrets that a configuration requires. */
function requiredSecrets(stack: string, config: Values): string[] {
  const values = Object.fromEntries(Object.entries(config).map(([key, value]) => [key.replace(NAMESPACE, ""), value]));
  const { manage } = (values.repository ?? {}) as { manage?: unknown };
  const owns = manage ?? findEnvironment(stack)?.manageRepository;
  return requiredSettings(settingTable, values, owns === true)
    .filter(({ setting }) => setting.secret)
    .map(({ path }) => path);
}

/** Replaces `secure:` values, which only the Pulumi CLI can decrypt. */
function withoutSecure(value: unknown, key: string, placeholder: (key: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item, index) => withoutSecure(item, `${key}[${index}]`, placeholder));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  if (entries.length === 1 && entries[0]?.[0] === "secure") return placeholder(key);
  return Object.fromEntries(
    entries.map(([name, child]) => [name, withoutSecure(child, `${key}.${name}`, placeholder)]),
  );
}
