const STEPS: readonly [seconds: number, unit: string][] = [
  [365 * 24 * 3600, "y"],
  [30 * 24 * 3600, "mo"],
  [24 * 3600, "d"],
  [3600, "h"],
  [60, "min"],
];

/** The age of a time in its largest unit: `3 h`. Less than ten seconds, or a time in the future, is `now`. */
export function age(at: string, now: number): string {
  const seconds = Math.floor((now - Date.parse(at)) / 1000);
  const step = STEPS.find(([size]) => seconds >= size);
  if (step) return `${Math.floor(seconds / step[0])} ${step[1]}`;
  return seconds >= 10 ? `${seconds} s` : "now";
}

const UNITS: readonly [name: string, seconds: number][] = [
  ["d", 24 * 60 * 60],
  ["h", 60 * 60],
  ["min", 60],
  ["s", 1],
];

/** A duration in its two largest units: `3 d 4 h`. */
export function span(seconds: number): string {
  let rest = Math.round(seconds);
  const parts = UNITS.map(([name, size]): [number, string] => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return [count, name];
  });
  const first = parts.findIndex(([count]) => count > 0);
  if (first < 0) return "0 s";
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, name]) => `${count} ${name}`)
    .join(" ");
}
