/** How secrets look that have a form of their own, each by its name. */
const FORMS: readonly [name: string, form: RegExp][] = [
  // With some of its content: programs that read keys hold the first line too.
  ["a private key", /-----BEGIN ([A-Z]+ )*PRIVATE KEY-----(\s|\\n)*[A-Za-z0-9+/=]{32}/],
  ["a token of GitHub", /\b(gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{22,})/],
  ["a token of GitLab", /\bglpat-[\w-]{20,}/],
  ["a key of AWS", /\b(AKIA|ASIA)[A-Z0-9]{16}\b/],
  ["a token of Slack", /\bxox[abprs]-[\w-]{10,}/],
  ["an incoming webhook of Slack", /\bhooks\.slack\.com\/services\/T\w+\/B\w+\/\w+/],
  ["a JSON web token", /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}/],
  [
    "a password in an address",
    /\b(https?|ssh|git|ftp|postgres(ql)?|mysql|mongodb(\+srv)?|rediss?|amqps?):\/\/[^\s/@:"'$<{]+:[^\s/@"'$<{]+@/,
  ],
];

/**
 * The secrets in a text that have a form of their own: what each is, and where it begins. The secret itself is not
 * told.
 */
export function secretsIn(text: string): { readonly name: string; readonly at: number }[] {
  return FORMS.map(([name, form]) => ({ name, at: text.search(form) })).filter(({ at }) => at >= 0);
}
