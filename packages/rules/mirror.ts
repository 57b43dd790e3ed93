import { formatValue, isMap } from "@gitops-platform/contract/values/plain";
import { formatPath, goesBelow, matchesPath, type ValuePath } from "./paths";
import { amount } from "./quantity";
import { SERVICE_SOURCE, type Source } from "@gitops-platform/contract/source";
import { hasPath, rulesOf, type StagingRules, wayToAllow } from "./staging";

/** Values of one service in one environment: the plain content of `environments/<env>/<service>.yaml`. */
export type Values = Readonly<Record<string, unknown>>;

/** A key in which staging differs from production although it must not. */
export interface MirrorDifference {
  /** The key's path, such as `autoscaling.maxReplicas`. */
  path: string;
  /** The value in staging; undefined if it has none. */
  staging: unknown;
  /** The value in production; undefined if it has none. */
  production: unknown;
  /** The complete message: key, value, rule and how to fix it. */
  message: string;
}

/** A promotion copies these from staging to production, so staging is ahead while one waits. */
function promoted(source: Source): readonly ValuePath[] {
  // The caller has taken the version out of objects and kustomizations.
  if (source.kind !== "chart") return [];
  return ["tag", "digest"].map((key) => [...source.image, key]);
}

/**
 * Finds all differences between a service's values in staging and production, except the version, which a promotion
 * copies, and what the rules permit to differ. Both files are compared without the chart's defaults, so a key that
 * repeats a default is a difference.
 * @param source The service's source. Default: the service chart. Of manifests, the values are the objects by kind and
 *   name, of a kustomization its keys, both without the service's version.
 */
export function mirrorDifferences(
  staging: Values,
  production: Values,
  all: StagingRules,
  source: Source = SERVICE_SOURCE,
): MirrorDifference[] {
  const rules = rulesOf(all, source);
  const open = [...promoted(source), ...rules.mayDiffer];
  const [ours, theirs] = [staging, production].map((values) => leavesOf(compared(values, [], open)));
  const keys = [...new Set([...(ours?.keys() ?? []), ...(theirs?.keys() ?? [])])];
  const found = keys.flatMap((key) => {
    const path = JSON.parse(key) as string[];
    const [got, wanted] = [ours?.get(key), theirs?.get(key)];
    if (JSON.stringify(got) === JSON.stringify(wanted)) return [];
    const lower = hasPath(rules.mayBeLower, path) && wanted !== undefined;
    if (lower && amount(got) <= amount(wanted)) return [];
    if (hasPath(rules.mayDifferInHost, path) && sameButHosts(got, wanted)) return [];
    const rule = lower ? `at most production's ${formatValue(wanted)}` : `what production has, ${formatValue(wanted)}`;
    const waysOut = ["Change staging, or release the same value to production.", wayToAllow(path, rules, source) ?? ""];
    const message = `${formatPath(path)}: got ${formatValue(got)}; expected ${rule}. ${waysOut.join(" ").trim()}`;
    return [{ path: formatPath(path), staging: got, production: wanted, message }];
  });
  return found.sort((one, other) => (one.path < other.path ? -1 : 1));
}

/**
 * Removes what may differ from a value, and mappings that become empty by it. If entries of a list may differ in
 * something, then the order and the number of equal entries do not matter either.
 */
function compared(value: unknown, path: readonly string[], open: readonly ValuePath[]): unknown {
  const within = open.filter((pattern) => goesBelow(pattern, path));
  if (typeof value !== "object" || value === null || within.length === 0) return value;
  if (Array.isArray(value)) {
    const entries = value.map((entry, index) => JSON.stringify(compared(entry, [...path, String(index)], within)));
    return [...new Set(entries)].sort().map((entry) => JSON.parse(entry) as unknown);
  }
  const left = Object.entries(value)
    .filter(([key]) => !within.some((pattern) => matchesPath(pattern, [...path, key])))
    .map(([key, child]): [string, unknown] => [key, compared(child, [...path, key], within)])
    .filter(([key, child]) => !(isEmpty(child) && within.some((pattern) => goesBelow(pattern, [...path, key]))));
  return Object.fromEntries(left);
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

/** Each value other than a mapping, and each empty mapping. The paths are JSON: a key may contain any character. */
function leavesOf(value: unknown, path: readonly string[] = []): Map<string, unknown> {
  const entries = isMap(value) ? Object.entries(value) : [];
  if (entries.length === 0) return new Map(path.length === 0 ? [] : [[JSON.stringify(path), value]]);
  return new Map(entries.flatMap(([key, child]) => [...leavesOf(child, [...path, key])]));
}

/**
 * Whether two texts are equal except for hosts: in URLs such as `postgres://app@db.example/app`, or in lists of hosts
 * with a domain or IPv4 address, with or without a port. User names, ports and paths must be equal.
 */
export function sameButHosts(one: unknown, other: unknown): boolean {
  return typeof one === "string" && typeof other === "string" && withoutHosts(one) === withoutHosts(other);
}

const AUTHORITY = /(:\/\/(?:[^\s/?#@]*@)?)([^\s/?#@]+)/g;
const HOST = /^[a-z0-9][a-z0-9.-]*(?=:\d{1,5}$|$)/;
/** A single word such as `debug` or `eu` is not recognised as a host. */
const FULL_HOST = /^(?:(?:[a-z0-9-]+\.)+[a-z]{2,}|(?:\d{1,3}\.){3}\d{1,3})(?=:\d{1,5}$|$)/;

function withoutHosts(text: string): string {
  const stripped = (list: string, host: RegExp) =>
    list
      .split(",")
      .map((part) => part.replace(host, "*"))
      .join(",");
  if (!text.includes("://")) return stripped(text, FULL_HOST);
  return text.replace(AUTHORITY, (_, start: string, authority: string) => start + stripped(authority, HOST));
}
