/** Masks secrets in logs: each line of an added value becomes ***. */
export class Masks {
  private readonly values = new Set<string>();

  /**
   * Masks a value from now on. Each line of a multi-line value is masked separately, because logs are written line by
   * line.
   */
  add(value: string): void {
    for (const line of value.split(/\r?\n/)) if (line.trim() !== "") this.values.add(line);
  }

  /** Masks all values in a string. Longer values come first, because one may contain another. */
  apply(text: string): string {
    const longestFirst = [...this.values].sort((a, b) => b.length - a.length);
    return longestFirst.reduce((masked, value) => masked.replaceAll(value, "***"), text);
  }
}
