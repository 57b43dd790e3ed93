/** Powers of ten and of 1024: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/. */
const DECIMAL: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const BINARY = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const QUANTITY = /^(\d*)\.?(\d*)(?:[eE]([+-]?\d{1,2})|([numkMGTPE]?|[KMGTPE]i))$/;

/**
 * A number or Kubernetes quantity in billionths, rounded up as Kubernetes does; NaN, which compares as false, for
 * anything else. `quantityToScalar` of @kubernetes/client-node does not support quantities such as 1.5Gi.
 */
export function amount(quantity: unknown): number {
  const [, whole = "", decimals = "", exponent, unit = ""] = QUANTITY.exec(String(quantity)) ?? [];
  if (whole + decimals === "") return NaN;
  const tens = 9 - decimals.length + (exponent === undefined ? (DECIMAL[unit] ?? 0) : Number(exponent));
  const digits = BigInt(whole + decimals) * 1024n ** BigInt(BINARY.indexOf(unit) + 1);
  if (tens >= 0) return Number(digits * 10n ** BigInt(tens));
  const divisor = 10n ** BigInt(-tens);
  return Number((digits + divisor - 1n) / divisor);
}
