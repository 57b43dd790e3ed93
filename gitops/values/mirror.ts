import { leaves } from "./leaves";

/** Values of one service in one environment: the plain content of `environments/<env>/<service>.yaml`. */
export type Values = Readonly<Record<string, unknown>>;

/** One key in which staging is not the mirror of production that it should be. */
export interface MirrorDifference {
  /** The key's path: `autoscaling.maxReplicas`. */
  path: string;
  /** What staging's values say; undefined where they do not have the key. */
  staging: unknown;
  /** What production's values say; undefined where they do not have the key. */
  production: unknown;
  /** The whole sentence: key, value, rule and way out. */
  message: string;
}

/** A promotion moves these from staging to production, so staging is ahead while one waits. */
const PROMOTED = new Set(["image.tag", "image.digest"]);

/** Staging may have less of these than production, never more. */
const LOWERED = /^resources\.(limits|requests)\.(cpu|memory)$/;

/**
 * Names every difference between a service's values in staging and in production, but for the image that a promotion
 * moves and for lower resources. Both files are compared as they are written: a key that repeats a default of the chart
 * is still a difference.
 */
export function mirrorDifferences(staging: Values, production: Values): MirrorDifference[] {
  const [ours, theirs] = [leaves(staging), leaves(production)];
  const paths = [...new Set([...ours.keys(), ...theirs.keys()])].sort();
  return paths.flatMap((path) => {
    const [got, wanted] = [ours.get(path), theirs.get(path)];
    if (PROMOTED.has(path) || JSON.stringify(got) === JSON.stringify(wanted)) return [];
    const lower = LOWERED.test(path) && wanted !== undefined;
    if (lower && amount(got) <= amount(wanted)) return [];
    const rule = lower ? `at most production's ${show(wanted)}` : `what production has, ${show(wanted)}`;
    const message = `${path}: got ${show(got)}; expected ${rule}. Change staging, or release the same value to production.`;
    return [{ path, staging: got, production: wanted, message }];
  });
}

/** Powers of ten and of 1024: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/. */
const DECIMAL: Readonly<Record<string, number>> = { m: -3, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const BINARY = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const QUANTITY = /^(\d*)\.?(\d*)(?:[eE]([+-]?\d{1,2})|([mkMGTPE]?|[KMGTPE]i))$/;

/**
 * A quantity of Kubernetes in billionths, in whole ones as Kubernetes counts; NaN, which is below nothing, for anything
 * else. `quantityToScalar` of @kubernetes/client-node knows no 1.5Gi.
 */
function amount(quantity: unknown): number {
  const [, whole = "", decimals = "", exponent, unit = ""] = QUANTITY.exec(String(quantity)) ?? [];
  if (whole + decimals === "") return NaN;
  const tens = 9 - decimals.length + (exponent === undefined ? (DECIMAL[unit] ?? 0) : Number(exponent));
  const digits = BigInt(whole + decimals) * 1024n ** BigInt(BINARY.indexOf(unit) + 1);
  if (tens >= 0) return Number(digits * 10n ** BigInt(tens));
  const divisor = 10n ** BigInt(-tens);
  return Number((digits + divisor - 1n) / divisor);
}

function show(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}
