import { patternExpression } from "../codeowners/pattern";

/**
 * Whether a file is one of those that a required reviewer is for: patterns as in a gitignore file, tried in order,
 * where `!` takes out what an earlier one took in.
 */
export function matchesFiles(patterns: readonly string[], path: string): boolean {
  let matches = false;
  for (const pattern of patterns) {
    const isNegated = pattern.startsWith("!");
    if (patternExpression(isNegated ? pattern.slice(1) : pattern).test(path)) matches = !isNegated;
  }
  return matches;
}
