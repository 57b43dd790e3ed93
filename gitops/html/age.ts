const STEPS: readonly [seconds: number, unit: string][] = [
  [365 * 24 * 3600, "y"],
  [30 * 24 * 3600, "mo"],
  [24 * 3600, "d"],
  [3600, "h"],
  [60, "min"],
];

/**
 * How long ago something was, in its largest unit: `3 h`. What was less than ten seconds ago, or is yet to come, is
 * `now`.
 */
export function age(at: string, now: number): string {
  const seconds = Math.floor((now - Date.parse(at)) / 1000);
  const step = STEPS.find(([size]) => seconds >= size);
  if (step) return `${Math.floor(seconds / step[0])} ${step[1]}`;
  return seconds >= 10 ? `${seconds} s` : "now";
}
