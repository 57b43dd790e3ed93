/** The tags of release records, as a pattern for GitHub rulesets. */
export const RECORD_TAGS = "release/**/*";

/** The tag that records who approved a release. It is named after the first 12 digits of the merge commit. */
export function recordTag(environment: string, commit: string): string {
  return `release/${environment}/${commit.slice(0, 12)}`;
}
