/** The message with which an API call is rejected: GitHub's heading and one paragraph per rule. */
export function violationMessage(violations: readonly string[]): string {
  return `Repository rule violations found\n\n${violations.map((violation) => `${violation}\n\n`).join("")}`;
}

/** The output of a rejected push: git puts `remote: ` before each line. `rules` is the URL of the rules page. */
export function violationText(ref: string, rules: string, violations: readonly string[]): string {
  return [
    `error: GH013: Repository rule violations found for ${ref}.`,
    `Review all repository rules at ${rules}?ref=${encodeURIComponent(ref)}`,
    "",
    ...violations.flatMap((violation) => [`- ${violation}`, ""]),
  ].join("\n");
}
