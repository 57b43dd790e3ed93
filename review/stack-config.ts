import { findEnvironment } from "../environments/catalogue";
import { secretKeys } from "../environments/schema";
import { placeholderFor } from "./placeholder";

type Values = Record<string, unknown>;

/** A stack's configuration without its secrets and its cluster. */
export interface ReviewConfig {
  config: Values;
  /** The keys whose values are placeholders. */
  placeholders: string[];
}

const NAMESPACE = "gitops-platform:";

/**
 * Fills a committed configuration with placeholders, so that it can be evaluated where there is neither a cluster nor a
 * secret: for its cluster, for what is encrypted, and for what is set elsewhere, in CI's own secrets, but must be
 * there.
 * @param stack The stack's name.
 * @param committed `config` of its Pulumi.<stack>.yaml.
 * @param kubeconfig Path of a kubeconfig that has the stack's context.
 */
export function reviewConfig(stack: string, committed: Values, kubeconfig: string): ReviewConfig {
  const placeholders: string[] = [];
  const placeholder = (key: string): string => {
    placeholders.push(key);
    // Both ends of this cluster's webhook have the same secret.
    return placeholderFor(key === `webhookSecrets.${stack}` ? "webhookSecret" : key);
  };
  const config = Object.fromEntries(
    Object.entries(committed).map(([key, value]) => [
      key,
      withoutSecure(value, key.replace(NAMESPACE, ""), placeholder),
    ]),
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
 * The secrets that a committed configuration shows, by their paths: set without `--secret`. The Pulumi CLI takes them
 * as they are.
 * @param committed `config` of a stack's Pulumi.<stack>.yaml.
 */
export function shownSecrets(committed: Values): string[] {
  const shown: string[] = [];
  for (const key of Object.keys(secretKeys)) {
    // What is encrypted becomes a text of no characters here, what is not stays.
    const rest = withoutSecure(committed[NAMESPACE + key], key, () => "");
    if (typeof rest === "object" && rest !== null) {
      shown.push(...Object.entries(rest).flatMap(([name, value]) => (value === "" ? [] : [`${key}.${name}`])));
    } else if (rest !== undefined && rest !== null && rest !== "") shown.push(key);
  }
  return shown;
}

/** What the committed configuration asks for without saying it: see environments/rules.ts. */
function requiredSecrets(stack: string, config: Values): string[] {
  const value = (key: string) => (config[NAMESPACE + key] ?? {}) as Values;
  const repository = value("repository");
  const owns = repository.manage ?? findEnvironment(stack)?.manageRepository;
  const called = { ...value("webhooks"), ...value("applicationSetWebhooks") };
  return [
    "webhookSecret",
    ...(owns === true ? ["githubToken"] : []),
    ...(repository.reader !== undefined ? ["repositoryAppKey"] : []),
    ...Object.keys(called).map((environment) => `webhookSecrets.${environment}`),
  ];
}

/** Only the Pulumi CLI can read `secure:` values. */
function withoutSecure(value: unknown, key: string, placeholder: (key: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item, index) => withoutSecure(item, `${key}[${index}]`, placeholder));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  if (entries.length === 1 && entries[0]?.[0] === "secure") return placeholder(key);
  return Object.fromEntries(
    entries.map(([name, child]) => [name, withoutSecure(child, `${key}.${name}`, placeholder)]),
  );
}
