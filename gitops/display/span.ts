const UNITS: readonly [name: string, seconds: number][] = [
  ["d", 24 * 60 * 60],
  ["h", 60 * 60],
  ["min", 60],
  ["s", 1],
];

/** A span of time as people say it, in its two largest units: `3 d 4 h`. */
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
