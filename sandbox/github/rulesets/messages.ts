/** The text that an API call is refused with: GitHub's heading and one paragraph a rule. */
export function violationMessage(violations: readonly string[]): string {
  return `Repository rule violations found\n\n${violations.map((violation) => `${violation}\n\n`).join("")}`;
}

/** What a push prints: git puts `remote: ` before each line. `rules` is the address of the page of rules. */
export function violationText(ref: string, rules: string, violations: readonly string[]): string {
  return [
    `error: GH013: Repository rule violations found for ${ref}.`,
    `Review all repository rules at ${rules}?ref=${encodeURIComponent(ref)}`,
    "",
    ...violations.flatMap((violation) => [`- ${violation}`, ""]),
  ].join("\n");
}
