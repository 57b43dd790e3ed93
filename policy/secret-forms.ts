/** Secrets that are recognisable by their format. */
const PATTERNS: readonly [name: string, pattern: RegExp][] = [
  // Requires some of the content: programs that parse keys also contain the first line.
  ["a private key", /-----BEGIN ([A-Z]+ )*PRIVATE KEY-----(\s|\\n)*[A-Za-z0-9+/=]{32}/],
  ["a GitHub token", /\b(gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{22,})/],
  ["a GitLab token", /\bglpat-[\w-]{20,}/],
  ["an AWS access key", /\b(AKIA|ASIA)[A-Z0-9]{16}\b/],
  ["a Slack token", /\bxox[abprs]-[\w-]{10,}/],
  ["a Slack incoming webhook", /\bhooks\.slack\.com\/services\/T\w+\/B\w+\/\w+/],
  ["a JSON Web Token", /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}/],
  [
    "a password in a URL",
    /\b(https?|ssh|git|ftp|postgres(ql)?|mysql|mongodb(\+srv)?|rediss?|amqps?):\/\/[^\s/@:"'$<{]+:[^\s/@"'$<{]+@/,
  ],
];

/**
 * Finds secrets in a text by their format. Returns the kind and the offset of each, but not the secret itself.
 */
export function secretsIn(text: string): { readonly name: string; readonly at: number }[] {
  return PATTERNS.map(([name, pattern]) => ({ name, at: text.search(pattern) })).filter(({ at }) => at >= 0);
}
