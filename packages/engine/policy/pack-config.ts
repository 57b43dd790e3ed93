import fs from "node:fs";
import type * as proto from "@pulumi/pulumi/proto/analyzer_pb";
import { EngineError, type Level, messageOf } from "../model/events";
import { isObject } from "../model/values";

/** The effective configuration of a rule. */
export interface RuleConfig {
  level: Level;
  properties: Record<string, unknown>;
}

/** The entry of one rule in a configuration file. */
type Entry = Record<string, unknown>;

const LEVELS: readonly (Level | "remediate")[] = ["advisory", "mandatory", "disabled", "remediate"];

/**
 * Reads a `--policy-pack-config` file. It is a JSON object with rule names as keys; a value is an enforcement level, or
 * an object with `enforcementLevel` and the rule's properties. The key `all` sets the level of all rules that set none.
 * @throws EngineError if the file is missing, is not valid JSON, or has another shape.
 */
export function readPackConfig(file: string): Record<string, Entry> {
  let content: unknown;
  try {
    content = JSON.parse(fs.readFileSync(file, "utf8"));
  } catch (error) {
    throw new EngineError(`${file}: ${messageOf(error)}; expected a policy pack configuration in JSON. Correct it.`);
  }
  if (!isObject(content)) {
    throw new EngineError(`${file}: got ${typeof content}; expected an object with rule names as keys. Correct it.`);
  }
  return Object.fromEntries(Object.entries(content).map(([rule, entry]) => [rule, readEntry(file, rule, entry)]));
}

function readEntry(file: string, rule: string, entry: unknown): Entry {
  const object = isObject(entry) ? entry : { enforcementLevel: entry };
  const level = object.enforcementLevel;
  if (level === undefined || LEVELS.includes(level as Level)) return object;
  const got = JSON.stringify(level);
  throw new EngineError(`${file}: ${rule}: got level ${got}; expected one of ${LEVELS.join(", ")}. Correct it.`);
}

/**
 * Merges the configuration of each rule like Pulumi's engine: the user's values override the pack's initial
 * configuration, which overrides the defaults of the rule's schema.
 * @throws EngineError for a rule that is not in the pack, a missing property, or a level that this engine does not
 *   support.
 */
export function mergeConfig(info: proto.AnalyzerInfo, user: Record<string, Entry>): Map<string, RuleConfig> {
  const names = info.getPoliciesList().map((policy) => policy.getName());
  const unknown = Object.keys(user).filter((name) => name !== "all" && !names.includes(name));
  if (unknown.length > 0) {
    const rules = names.sort().join(", ");
    throw new EngineError(`policy configuration: got ${unknown.join(", ")}; expected rules of the pack: ${rules}.`);
  }
  return new Map(info.getPoliciesList().map((policy) => [policy.getName(), mergeRule(policy, info, user)]));
}

function mergeRule(policy: proto.PolicyInfo, info: proto.AnalyzerInfo, user: Record<string, Entry>): RuleConfig {
  const name = policy.getName();
  const schema = policy.getConfigschema();
  const declared = (schema?.getProperties()?.toJavaScript() ?? {}) as Record<string, { default?: unknown }>;
  const defaults = Object.entries(declared).flatMap(([key, value]) =>
    value.default === undefined ? [] : [[key, value.default] as const],
  );
  const initialConfig: unknown = info.getInitialconfigMap().get(name);
  const initial = initialConfig as proto.PolicyConfig | undefined;
  const { enforcementLevel, ...own } = user[name] ?? {};
  const properties = {
    ...Object.fromEntries(defaults),
    ...initial?.getProperties()?.toJavaScript(),
    ...own,
  };
  const missing = (schema?.getRequiredList() ?? []).filter((key) => !(key in properties));
  if (missing.length > 0) {
    throw new EngineError(`${name}: got no ${missing.join(", ")}; expected it in the policy configuration. Add it.`);
  }
  const level = enforcementLevel ?? user.all?.enforcementLevel;
  const initialLevel = initial === undefined ? policy.getEnforcementlevel() : initial.getEnforcementlevel();
  return { level: supported(name, level ?? LEVELS_BY_NUMBER[initialLevel]), properties };
}

/** In the order of the numbers in the protocol. */
const LEVELS_BY_NUMBER = ["advisory", "mandatory", "disabled", "remediate"] as const;

function supported(rule: string, level: unknown): Level {
  if (level !== "remediate") return level as Level;
  throw new EngineError(
    `${rule}: got level remediate; expected another level, because policies of the local engine change no resources. ` +
      "Set another level, or use the Pulumi CLI.",
  );
}
