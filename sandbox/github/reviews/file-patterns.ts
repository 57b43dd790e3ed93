import { patternExpression } from "../domain/patterns";

/**
 * Whether a file matches the patterns of a required reviewer: patterns as in a gitignore file, evaluated in order,
 * where `!` excludes what an earlier one included.
 */
export function matchesFiles(patterns: readonly string[], path: string): boolean {
  let matches = false;
  for (const pattern of patterns) {
    const isNegated = pattern.startsWith("!");
    if (patternExpression(isNegated ? pattern.slice(1) : pattern).test(path)) matches = !isNegated;
  }
  return matches;
}
