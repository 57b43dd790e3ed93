import type { EnvironmentGraph } from "@gitops-platform/contract/environment-graph";
import type { Entry } from "./entry";

/** That an environment gets versions without a person's request. */
export interface AutomaticPromotion {
  /** How long a version must have been healthy in the environment that it is promoted from, in seconds. */
  readonly healthyFor: number;
}

/** The environments that get versions automatically, by name. */
export type PromotionRules = ReadonlyMap<string, AutomaticPromotion>;

/** The key of the rule in `gitops.yaml` that lets an environment get versions without a person's request. */
export function automaticRule(environment: string): string {
  return `promotion.${environment}`;
}

/**
 * Reads the section `promotion`, with a key for each environment that follows another one. By default, a person
 * requests each promotion.
 */
export function readPromotion(section: Entry | undefined, graph: EnvironmentGraph): PromotionRules {
  const followers = graph.names.filter((name) => graph.previous(name) !== undefined);
  const rules = new Map<string, AutomaticPromotion>();
  for (const [name, entry] of Object.entries(section?.keys(followers) ?? {})) {
    const rule = entry && readEnvironment(entry);
    if (rule) rules.set(name, rule);
  }
  return rules;
}

function readEnvironment(entry: Entry): AutomaticPromotion | undefined {
  const { automatic, healthyFor } = entry.keys(["automatic", "healthyFor"]);
  if (!automatic || !healthyFor) entry.problem("automatic and healthyFor", "Write what is missing.");
  const isAutomatic = automatic?.flag();
  const seconds = healthyFor && readTime(healthyFor);
  return isAutomatic === true && seconds !== undefined ? { healthyFor: seconds } : undefined;
}

const TIME = /^(0|[1-9]\d{0,3})(m|h|d)$/;
const SECONDS: Readonly<Record<string, number>> = { m: 60, h: 3600, d: 86_400 };
const LONGEST = 30 * 86_400;

function readTime(entry: Entry): number | undefined {
  const expected = "minutes, hours or days, such as 30m, 12h or 2d, and at most 30d";
  const fix = "Write 0m for as soon as it is healthy.";
  const text = entry.text(expected, fix);
  if (text === undefined) return undefined;
  const [, count, unit = ""] = TIME.exec(text) ?? [];
  const seconds = Number(count) * (SECONDS[unit] ?? NaN);
  if (seconds <= LONGEST) return seconds;
  entry.problem(expected, fix);
  return undefined;
}
