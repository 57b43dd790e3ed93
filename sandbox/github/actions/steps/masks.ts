/** What logs must not show: each line of a value that was added becomes ***. */
export class Masks {
  private readonly values = new Set<string>();

  /** Hide a value from now on. A value of several lines is hidden line by line, as logs are written. */
  add(value: string): void {
    for (const line of value.split(/\r?\n/)) if (line.trim() !== "") this.values.add(line);
  }

  /** A text without any of them. Longer values first: one may hold another. */
  apply(text: string): string {
    const longestFirst = [...this.values].sort((a, b) => b.length - a.length);
    return longestFirst.reduce((masked, value) => masked.replaceAll(value, "***"), text);
  }
}
