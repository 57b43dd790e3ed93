/** The tags of release records, as a pattern for GitHub rulesets. */
export const RECORD_TAGS = "release/**/*";

/** The tag that records who approved a release: of its merge commit, the first 12 digits. */
export function recordTag(environment: string, commit: string): string {
  return `release/${environment}/${commit.slice(0, 12)}`;
}
